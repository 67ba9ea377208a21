/** What a poll sees without a look: each way in which a log can move. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Tail } from './tail.js'
import { createIdleCheck } from './watch.js'

const line = '{"_path":"dns","ts":1,"query":"a.example.com"}\n'

void t.test('idle until something changes, and idle again after that was read', async t => {
  const dir = t.testdir({ 'dns.log': line, 'other.log': '', folder: { 'dns.log': line } })
  const at = (name: string) => join(dir, name)
  mkdirSync(at('next'))
  writeFileSync(at('next/dns.log'), line.repeat(3))
  symlinkSync(at('next'), at('current'))
  const input = { format: 'auto', sensor: undefined, start: 'beginning' } as const
  const paths = ['dns.log', 'other.log', 'missing.log', 'folder', 'current/dns.log']
  const inputs = paths.map(path => ({ ...input, path: at(path) }))
  let file = 0
  const tail = new Tail({
    ...{ inputs, checkpoints: [], newFile: () => (file += 1), isOurs: () => false },
    ...{ catchUpDays: 0, telemetry: () => undefined },
  })
  t.teardown(() => tail.close())
  const isIdle = createIdleCheck(inputs, () => tail.followed)
  const look = async () => {
    await tail.look(Date.parse('2026-11-21T12:00:00Z'))
    while ((await tail.read()).length > 0);
  }
  const moves: Readonly<Record<string, () => void>> = {
    'a line is appended': () => appendFileSync(at('dns.log'), line),
    'a first line': () => appendFileSync(at('other.log'), line),
    'half a line': () => appendFileSync(at('dns.log'), line.slice(0, 10)),
    'it appears': () => writeFileSync(at('missing.log'), line.repeat(2)),
    'it is rotated': () => {
      renameSync(at('dns.log'), at('dns.log.1'))
      writeFileSync(at('dns.log'), '')
    },
    'a late line': () => appendFileSync(at('dns.log.1'), line),
    'another file in a folder': () => writeFileSync(at('folder/dns.1.log'), line.repeat(4)),
    'a line in a folder': () => appendFileSync(at('folder/dns.log'), line),
    'it is truncated': () => truncateSync(at('other.log')),
    'its rights change': () => chmodSync(at('other.log'), 0o640),
    'its link goes elsewhere': () => {
      unlinkSync(at('current'))
      symlinkSync(at('folder'), at('current'))
    },
    'it vanishes': () => unlinkSync(at('missing.log')),
  }
  t.notOk(await isIdle(), 'the first time')
  for (const [what, move] of Object.entries(moves)) {
    await look()
    await isIdle()
    t.ok(await isIdle(), `before: ${what}`)
    move()
    t.notOk(await isIdle(), what)
  }
})

void t.test('an input that cannot be read is not idle', async t => {
  const source = { state: () => Promise.reject(new Error('closed')), statSignature: () => '' }
  const isIdle = createIdleCheck([], () => [source] as never)
  t.notOk(await isIdle())
  t.notOk(await isIdle())
})
