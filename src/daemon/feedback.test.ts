import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startHere } from '../testing/in-process.js'
import { zeekLines } from '../testing/zeek-lines.js'

const settings = 'inputs: [{ path: dns.log }]\nmode: off\npoll_seconds: 0.1\n'

void t.test('run --once writes the feedback when the logs are read', async t => {
  const dir = t.testdir({
    'domainstats.yaml': `${settings}feedback: { folder: to }\n`,
    'dns.log': zeekLines(['a.com']),
  })
  t.equal(await startHere(t, 'run', '--once', '--data', dir).ended, 0)
  const lines = readFileSync(join(dir, 'to', 'domainstats-seen.lst'), 'utf8').split('\n')
  t.strictSame(lines, ['YS5jb20=', 'd3d3LmEuY29t', ''])
})

void t.test('a folder that cannot be written stops no logs, and is told once, until it can be', async t => {
  const dir = t.testdir({
    'domainstats.yaml': `${settings}feedback: { folder: to, every_seconds: 10 }\n`,
    'dns.log': zeekLines(['a.com']),
    to: 'a file',
  })
  const run = startHere(t, 'run', '--data', dir)
  const said = await run.says(/"kind":"feedback-failed"[^\n]*EEXIST/)
  t.match(said, /"level":40,[^\n]*"kind":"feedback-failed"/)
  rmSync(join(dir, 'to'))
  const later = await run.says(
    /"kind":"feedback-written","folder":"[^"]*","new":0,"threat":0,"interest":0,"seen":2,"leftOut":0/,
  )
  t.equal(later.match(/feedback-failed/g)?.length, 1)
  t.equal(await run.end(), 0)
})
