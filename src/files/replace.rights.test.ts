/** Whose a replaced file is, and who may read it. */
import { chmodSync, chownSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { getuid, pid, setegid, seteuid } from 'node:process'
import t from 'tap'
import { replaceFile } from './replace.js'

const { signal } = new AbortController()
const isRoot = getuid?.() === 0
const nobody = 65_534

void t.test('a new file is not readable for other users (0640)', async t => {
  const dir = t.testdir()
  await replaceFile(join(dir, 'new.json'), ['new'], signal)
  t.equal(statSync(join(dir, 'new.json')).mode & 0o7777 & ~0o640, 0)
  t.strictSame(readdirSync(dir), ['new.json'])
})

void t.test('mode and owner stay the same, from the first byte on', async t => {
  const dir = t.testdir({ table: 'old' })
  const path = join(dir, 'table')
  if (isRoot) chownSync(path, nobody, nobody)
  for (const mode of [0o600, 0o604, 0o666, 0o440]) {
    chmodSync(path, mode)
    const { uid, gid } = statSync(path)
    const pieces = function* () {
      t.match(statSync(`${path}.${pid}.part`), { mode: 0o100_000 | mode, uid, gid })
      yield 'new'
    }
    await replaceFile(path, pieces(), signal)
    t.match(statSync(path), { mode: 0o100_000 | mode, uid, gid })
  }
})

void t.test('a folder that may not be written leaves the file as it was', async t => {
  const dir = t.testdir({ 'old.json': 'old' })
  chmodSync(dir, 0o555)
  // As the unprivileged user, since root may write everywhere.
  if (isRoot) seteuid?.(nobody)
  try {
    await t.rejects(replaceFile(join(dir, 'old.json'), ['new'], signal), /EACCES/)
  } finally {
    if (isRoot) seteuid?.(0)
    chmodSync(dir, 0o755)
  }
  t.equal(readFileSync(join(dir, 'old.json'), 'utf8'), 'old')
  t.strictSame(readdirSync(dir), ['old.json'])
})

void t.test(
  'who may not give a file away keeps it, with its mode; a group of one’s own has it as before',
  { skip: !isRoot && 'only root has files of others to try with' },
  async t => {
    const dir = t.testdir({ theirs: 'old', ours: 'old' })
    chmodSync(dir, 0o777)
    const own = 12_345
    chownSync(join(dir, 'theirs'), 0, 0)
    chownSync(join(dir, 'ours'), 0, own)
    for (const name of ['theirs', 'ours']) chmodSync(join(dir, name), 0o664)
    setegid?.(own)
    seteuid?.(nobody)
    try {
      for (const name of ['theirs', 'ours']) await replaceFile(join(dir, name), ['new'], signal)
    } finally {
      seteuid?.(0)
      setegid?.(0)
    }
    t.match(statSync(join(dir, 'ours')), { uid: nobody, gid: own, mode: 0o100_664 })
    t.match(statSync(join(dir, 'theirs')), { uid: nobody, mode: 0o100_664 })
  },
)
