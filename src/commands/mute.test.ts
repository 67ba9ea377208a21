/** `mute` as a user types it. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../store/store.js'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const run = async (...argv: readonly string[]) => {
  const io = testIo('')
  const code = await runCommandLine(argv, io)
  return { code, out: io.out(), err: io.err() }
}

const folderIn = (t: Test): string => {
  const dir = t.testdir()
  openStore(join(dir, 'domainstats.sqlite')).close()
  return dir
}

void t.test('add, list, remove', async t => {
  const data = ['--data', folderIn(t)]
  const scope = ['HXXPS://www.Evil[.]com/x', '--client', '10.0.0.0/8', '--alert', 'YOUNG']
  const said = ['--for', '7d', '--by', 'ann', '--note', 'x\u001b[31m']
  t.match(await run('mute', 'add', ...scope, ...said, ...data), {
    ...{ code: 0, out: '', err: /^mute 1: YOUNG about www\.evil\.com of 10\.0\.0\.0\/8, until \d{4}-/ },
  })
  t.match(await run('mute', 'add', '--client', '2001:db8::7', '--for', '12h', ...data), { code: 0 })
  const listed = await run('mute', 'list', ...data)
  const rows = listed.out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>)
  t.match(rows, [
    {
      ...{ mute: 1, domain: 'www.evil.com', client: '10.0.0.0/8', alert: 'YOUNG', over: false, hits: 0 },
      ...{ by: 'ann', note: 'x [31m' },
    },
    { mute: 2, client: '2001:db8::7' },
  ])
  t.notOk(rows[1] && ('domain' in rows[1] || 'alert' in rows[1]))
  t.match(await run('mute', 'remove', '1', ...data), { code: 0, err: 'mute 1 removed\n' })
  t.match(await run('mute', 'remove', '1', ...data), { code: 1, err: /there is no mute 1/ })
  t.equal((await run('mute', 'list', ...data)).out.trimEnd().split('\n').length, 1)
})

const refused: readonly (readonly [argv: readonly string[], why: RegExp])[] = [
  [['add', '--for', '7d'], /mute everything: give a domain, --client or --alert/],
  [['add', 'a.com'], /for/],
  [['add', 'a.com', '--for', '2 weeks'], /--for takes a time like/],
  [['add', 'a.com', '--for', '0d'], /--for takes a time like/],
  [['add', 'a.com', '--for', '367d'], /at most 366d/],
  [['add', 'a.com', '--for', '2026-11-30'], /--for takes a time like/],
  [['add', 'com', '--for', '7d'], /"com" cannot be muted: it is a single label/],
  [['add', '10.0.0.1', '--for', '7d'], /a client is muted by --client/],
  [['add', '--client', 'a.com', '--for', '7d'], /no address and no network/],
  [['add', '--client', '0.0.0.0/0', '--for', '7d'], /cannot be muted/],
  [['add', '--alert', 'NONE', '--for', '7d'], /Choices|choices|Invalid values/],
  [['remove', 'x'], /takes the number/],
  [[], /Which mute command/],
]
for (const [argv, why] of refused)
  void t.test(`mute ${argv.join(' ')} is refused`, async t => {
    const data = argv.length > 0 ? ['--data', folderIn(t)] : []
    const { code, err } = await run('mute', ...argv, ...data)
    t.not(code, 0)
    t.match(err, why)
  })

void t.test('a folder without state is refused: the mute would be for nothing', async t => {
  const { code, err } = await run('mute', 'add', 'a.com', '--for', '1d', '--data', join(t.testdir(), 'none'))
  t.equal(code, 2)
  t.match(err, /none/)
})
