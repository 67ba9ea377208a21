import { statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../config/load.js'
import { networkBy, mockAgent } from '../../lookup/testing/network.js'
import type { Progress } from '../../store/checkpoints.js'
import { handClock } from '../../testing/hand-clock.js'
import { examineInputs } from './inputs.js'

const now = Date.UTC(2026, 10, 26, 12)
const minute = 60_000

const eve = (at: number): string =>
  `${JSON.stringify({ timestamp: new Date(at).toISOString(), flow_id: 1, event_type: 'dns', dns: { type: 'query', rrname: 'www.example.com', rrtype: 'A' } })}\n`

/** What is found of one log, written `age` ms ago with events of `last`. */
const found = async (
  t: Test,
  content: string,
  age: number,
  progress?: { readonly offset: number; readonly movedAt: number },
) => {
  const dir = t.testdir({ 'domainstats.yaml': 'mode: off\ninputs: [{path: eve.json}]\n' })
  const path = join(dir, 'eve.json')
  writeFileSync(path, content)
  utimesSync(path, (now - age) / 1000, (now - age) / 1000)
  const { dev, ino } = statSync(path, { bigint: true })
  const inode = `${dev}:${ino}`
  const known: ReadonlyMap<string, Progress> = new Map(progress && [[inode, { inode, ...progress }]])
  const { config } = await loadConfig(dir)
  const network = networkBy(mockAgent(t))
  return examineInputs(
    { config, dir, isLive: true, network, clock: handClock(now), signal: new AbortController().signal },
    known,
  )
}

void t.test('a log that grows, with the right times', async t => {
  t.match(await found(t, eve(now - 2 * minute), minute), [
    { state: 'ok', found: /1 log, written 1 minute ago/ },
  ])
})

void t.test('a log that nobody writes any more', async t => {
  t.match(await found(t, eve(now - 180 * minute), 180 * minute), [
    {
      state: 'warning',
      found: /nothing was written to .*eve\.json for 3 hours/,
      remedy: /whether the sensor runs/,
    },
  ])
})

void t.test('a sensor whose clock or time zone is wrong', async t => {
  t.match(await found(t, eve(now + 119 * minute), minute), [
    { state: 'warning', found: /newest time is 2 hours ahead of/, remedy: /time zone of the sensor/ },
  ])
  t.match(await found(t, eve(now - 60 * minute), minute), [{ found: /newest time is 59 minutes behind/ }])
})

void t.test('the columns of a Zeek log stand above what is looked at', async t => {
  const head = '#separator \\x09\n#fields\tts\tuid\tquery\n'
  const lines = Array.from({ length: 4000 }, () => `${now / 1000 - 60}\tC1\twww.example.com\n`).join('')
  t.match(await found(t, head + lines, minute), [{ state: 'ok' }])
  const late = `${now / 1000 - 7260}\tC1\twww.example.com\n`.repeat(4000)
  t.match(await found(t, head + late, minute), [{ found: /newest time is 2 hours behind/ }])
})

void t.test('what the live run has not read', async t => {
  const lines = eve(now - 3 * minute) + eve(now - 3 * minute)
  const half = lines.length / 2
  t.match(await found(t, lines, 3 * minute, { offset: half, movedAt: now - 3 * minute }), [
    { state: 'wrong', found: new RegExp(`has not read its last ${half} bytes for 3 minutes`) },
  ])
  t.match(await found(t, lines, 3 * minute, { offset: lines.length, movedAt: now - 3 * minute }), [
    { state: 'ok' },
  ])
  // The sensor wrote half a line, and has not come back since: there is nothing to read.
  t.match(
    await found(t, `${lines}{"times`, 3 * minute, { offset: lines.length, movedAt: now - 3 * minute }),
    [{ state: 'ok' }],
  )
})
