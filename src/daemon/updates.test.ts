import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../config/load.js'
import { mockAgent, networkBy } from '../lookup/testing/network.js'
import { jsonFormat } from '../output/json.js'
import type { Report } from '../telemetry/report.js'
import { hourMs, systemClock, type Clock } from '../time/clock.js'
import { handClock } from '../testing/hand-clock.js'
import { testIo } from '../testing/io.js'
import { openDaemon } from './daemon.js'

const list = '+,a.com,2026-11-24 04:05:06,2030-01-01 00:00:00\n'
const line = '{"_path":"dns","ts":1764100000,"uid":"C1","query":"www.a.com"}\n'
const sums = `${createHash('sha256').update(list).digest('hex')}  1/1.txt\n`

/** A server whose SHA256SUMS is asked for so many times; the first time it is right. */
const serverOf = (t: Test) => {
  const agent = mockAgent(t)
  const pool = agent.get('https://lists.example')
  let asked = 0
  const count = (text: string) => () => {
    asked += 1
    return text
  }
  pool.intercept({ path: '/d/SHA256SUMS' }).reply(200, count(sums))
  pool.intercept({ path: '/d/1/1.txt' }).reply(200, list)
  pool.intercept({ path: '/d/SHA256SUMS' }).reply(500, count('')).persist()
  return { network: networkBy(agent), asked: () => asked }
}

/** A clock of which the test moves the hours; less passes by itself, as reading logs needs it. */
const hourClock = (start: number) => {
  const [hours, begun] = [handClock(start), Date.now()]
  const clock: Clock = {
    now: () => hours.now() + Date.now() - begun,
    sleep: (ms, signal) => (ms < hourMs ? systemClock : hours).sleep(ms, signal),
  }
  return { clock, pass: hours.pass }
}

/** A `run` on a folder, in which the test waits for what is reported. */
const startRun = async (dir: string, clock: Clock, network: ReturnType<typeof networkBy>) => {
  const { config } = await loadConfig(dir)
  const { stdin, stdout } = testIo()
  const life = new AbortController()
  const reports: Report[] = []
  let look = (): void => undefined
  const telemetry = (report: Report) => {
    reports.push(report)
    look()
  }
  const settings = { config, dir, format: jsonFormat, exclusive: true, baseline: false }
  const world = { clock, random: () => 0.5, stdin, stdout, network, telemetry }
  const daemon = await openDaemon(settings, world, life.signal)
  if (!daemon) throw new Error('not opened')
  const input = { path: join(dir, 'dns.log'), format: 'auto', sensor: undefined, start: 'beginning' } as const
  const followed = daemon.follow([input])
  return {
    reports,
    reported: (kind: Report['kind']) =>
      new Promise<Report>(done => {
        look = () => {
          const found = reports.find(report => report.kind === kind)
          if (found) done(found)
        }
        look()
      }),
    end: async () => {
      life.abort()
      await followed
      await daemon.close()
    },
  }
}

void t.test('a run takes what is published, at its times, and not at each start', async t => {
  const settings = 'mode: off\nupdates: {url: "https://lists.example/d", every_hours: 24}\n'
  const dir = t.testdir({ 'domainstats.yaml': settings, 'dns.log': line })
  const { clock, pass } = hourClock(Date.UTC(2026, 10, 26))
  const { network, asked } = serverOf(t)

  const first = await startRun(dir, clock, network)
  t.match(await first.reported('updates-taken'), { version: '1.1', registrations: 1, refused: 0 })
  await first.end()
  t.equal(asked(), 1)

  pass(23 * hourMs)
  const second = await startRun(dir, clock, network)
  t.equal(asked(), 1, 'a restart within the day asks nobody')

  pass(hourMs)
  t.match(await second.reported('updates-failed'), { error: /SHA256SUMS answers with status 500/ })
  t.equal(asked(), 2)
  await second.end()
})

void t.test('without every_hours nothing is fetched', async t => {
  const dir = t.testdir({
    'domainstats.yaml': 'mode: off\nupdates: {url: "https://lists.example/d"}\n',
    'dns.log': line,
  })
  const { network, asked } = serverOf(t)
  const run = await startRun(dir, hourClock(Date.UTC(2026, 10, 26)).clock, network)
  await run.reported('input-opened')
  await run.end()
  t.equal(asked(), 0)
})
