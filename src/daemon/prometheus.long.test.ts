/**
 * samples/siem/prometheus/rules.yml: which alerts fire in Prometheus. The series are what a daemon says at /metrics, before
 * and after the fault that the test provokes, a scrape a minute.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { startFaulty } from '../testing/faulty.js'
import { start, type Started } from '../testing/process.js'
import { readinessOf, sumOf, type Metrics } from '../testing/ready.js'
import { openRegistry, registeredOn } from '../testing/registry.js'
import { faultsOf, type Expected, type Shown } from '../testing/siem/promtool.js'
import { startStepped } from '../testing/stepped.js'
import { zeekLines } from '../testing/zeek-lines.js'

const rules = 'samples/siem/prometheus/rules.yml'

/** A site, and the scrapes of its daemons so far. */
class Recording {
  readonly dir: string
  readonly data: string
  readonly log: string
  readonly timeline: (Metrics | undefined)[] = []
  /** Alerts whose texts are looked at. */
  readonly shown: Shown[] = []
  #daemon: Started | undefined
  #metrics: ReturnType<typeof readinessOf> | undefined
  #lines = 0

  constructor(t: Test, settings: string) {
    this.dir = t.testdir({ data: {} })
    this.data = join(this.dir, 'data')
    this.log = join(this.dir, 'dns.log')
    const all = `emit: every\nhttp: true\nlocal_port: 0\npoll_seconds: 0.1\n${settings}`
    writeFileSync(join(this.data, 'domainstats.yaml'), all)
    writeFileSync(this.log, '')
  }

  get args(): readonly string[] {
    return ['run', '--data', this.data, '--zeek', this.log]
  }

  /** From now on this daemon is scraped. */
  follow(daemon: Started): void {
    this.#daemon = daemon
    this.#metrics = readinessOf(daemon)
    this.#lines = 0
  }

  /** Ends the daemon, if it has not ended by itself. */
  async end(): Promise<void> {
    await this.#daemon?.end('SIGKILL')
  }

  get minute(): number {
    return this.timeline.length - 1
  }

  write(text: string): void {
    appendFileSync(this.log, text)
  }

  /** Scrapes once the metrics pass the test, and holds what was scraped for so long. */
  async until(minutes: number, test: (metrics: Metrics) => boolean): Promise<void> {
    const found = await this.#metrics?.untilMetrics(test)
    for (let n = 0; n < minutes; n++) this.timeline.push(found)
  }

  hold(minutes: number): Promise<void> {
    return this.until(minutes, () => true)
  }

  /** Lines come, and are read, each 5 minutes. @param names of the questions */
  async busy(minutes: number, names: readonly string[] = ['a.com', 'b.com', 'c.com']): Promise<void> {
    for (let n = 0; n < minutes; n += 5) {
      this.write(zeekLines(names, this.#lines))
      this.#lines += names.length
      const all = this.#lines
      await this.until(5, metrics => sumOf(metrics, 'lines_total') >= all)
    }
  }

  /** It cannot be reached. */
  gone(minutes: number): void {
    for (let n = 0; n < minutes; n++) this.timeline.push(undefined)
  }
}

interface Case {
  readonly settings?: string
  /** Records, and says what fires when. */
  readonly play: (recording: Recording, t: Test) => Promise<readonly Expected[]>
}

const run = (t: Test, recording: Recording): ReturnType<typeof start> => {
  const daemon = start(...recording.args)
  t.teardown(() => daemon.end('SIGKILL'))
  recording.follow(daemon)
  return daemon
}

/** Nothing fires at the end of the first phase, these at the end of the second. */
const then = (quiet: number, recording: Recording, ...firing: readonly string[]): Expected[] => [
  { minute: quiet, firing: [] },
  { minute: recording.minute, firing: firing.map(name => `Domainstats${name}`).sort() },
]

/** A port that nobody listens at. */
const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

const withRegistry = (url: string): string =>
  `whois: off\nrdap: { servers: { com: '${url}' } }\nhold_seconds: 0\n`

const isLate = (metrics: Metrics): boolean =>
  sumOf(metrics, 'input_lag_seconds') > 300 && metrics.get('stalled{of="store"}') === 1

const cases: Readonly<Record<string, Case>> = {
  'all is well': {
    play: async (recording, t) => {
      run(t, recording)
      await recording.busy(120)
      return then(60, recording)
    },
  },
  'the daemon is gone': {
    play: async (recording, t) => {
      const daemon = run(t, recording)
      await recording.busy(30)
      const quiet = recording.minute
      await daemon.end('SIGTERM')
      recording.gone(10)
      return then(quiet, recording, 'Down')
    },
  },
  'no line comes': {
    play: async (recording, t) => {
      run(t, recording)
      await recording.busy(60)
      const quiet = recording.minute
      await recording.hold(70)
      const where = { job: 'domainstats', instance: 'sensor1:9100', input: recording.log }
      recording.shown.push({
        ...{ minute: recording.minute, alert: 'DomainstatsInputSilent' },
        labels: { ...where, severity: 'warning' },
        annotations: {
          summary: `No line came from ${recording.log} for an hour (sensor1:9100).`,
          description: 'The sensor is down, writes elsewhere, or sees no traffic.',
        },
      })
      return then(quiet, recording, 'InputSilent')
    },
  },
  'the database cannot be written': {
    play: async (recording, t) => {
      const daemon = startFaulty(t, join(recording.dir, 'faults'), ...recording.args)
      recording.follow(daemon)
      await recording.busy(20)
      const quiet = recording.minute
      daemon.fail({ does: 'commit', code: 'SQLITE_IOERR_WRITE', file: 'domainstats.sqlite' })
      recording.write(zeekLines(['d.com']))
      await recording.until(10, metrics => metrics.get('stalled{of="store"}') === 1)
      return then(quiet, recording, 'DatabaseStalled', 'NotReady')
    },
  },
  'the log of records cannot be written': {
    play: async (recording, t) => {
      const daemon = startFaulty(t, join(recording.dir, 'faults'), ...recording.args)
      recording.follow(daemon)
      await recording.busy(20)
      const quiet = recording.minute
      daemon.fail({ does: 'write', code: 'EIO', file: 'domainstats.log' })
      recording.write(zeekLines(['d.com']))
      await recording.until(10, metrics => metrics.get('stalled{of="output"}') === 1)
      return then(quiet, recording, 'NotReady', 'OutputStalled')
    },
  },
  'a log is read late': {
    play: async (recording, t) => {
      const daemon = startStepped(t, join(recording.dir, 'step'), 0, ...recording.args)
      recording.follow(daemon)
      await recording.busy(20)
      const quiet = recording.minute
      const other = new Database(join(recording.data, 'domainstats.sqlite'))
      t.teardown(() => other.close())
      other.exec('BEGIN IMMEDIATE')
      // More than is read ahead. It may have looked at the file while this was being written, and then knows of less.
      recording.write(zeekLines(Array.from({ length: 200_000 }, (_, n) => `n${n}.shop-${n % 300}.com`)))
      await recording.until(1, metrics => sumOf(metrics, 'input_lag_seconds') > 0)
      daemon.step(600_000)
      await recording.until(12, isLate)
      return then(quiet, recording, 'DatabaseStalled', 'InputLate', 'NotReady')
    },
  },
  'the shared store is away': {
    settings: 'mode: "off"\nhold_seconds: 0\nshared: { url: "redis://127.0.0.1:1" }\n',
    play: async (recording, t) => {
      run(t, recording)
      await recording.busy(10)
      const quiet = recording.minute
      await recording.until(25, metrics => sumOf(metrics, 'claims_open') === 3)
      return then(quiet, recording, 'FleetApart')
    },
  },
  'lines are of another kind': {
    play: async (recording, t) => {
      run(t, recording)
      await recording.busy(30)
      const quiet = recording.minute
      for (let n = 1; n <= 8; n++) {
        recording.write('what is this\n'.repeat(10))
        await recording.until(5, metrics => sumOf(metrics, 'input_not_understood_total') >= 10 * n)
      }
      return then(quiet, recording, 'InputNotUnderstood')
    },
  },
  // A gap is told after minutes of polling, for which no test waits: its counter is raised by hand.
  'a log was gone after a stop': {
    play: async (recording, t) => {
      run(t, recording)
      await recording.busy(20)
      const quiet = recording.minute
      await recording.hold(5)
      const last = recording.timeline.at(-1)
      t.equal(last?.get('input_missed_total'), 0)
      recording.timeline.push(new Map([...(last ?? []), ['input_missed_total', 1]]))
      return then(quiet, recording, 'InputLost')
    },
  },
  'a sink takes no records, and more than its backlog waits': {
    play: async (recording, t) => {
      const sink = `{ name: siem, to: 'tcp://127.0.0.1:${await closedPort()}', backlog_bytes: ${16 * 2 ** 20} }`
      appendFileSync(join(recording.data, 'domainstats.yaml'), `sinks: [${sink}]\n`)
      run(t, recording)
      await recording.busy(5)
      const quiet = recording.minute
      const many = Array.from({ length: 100_000 }, (_, n) => `n${n}.shop-${n % 300}.com`)
      recording.write(zeekLines(many, 1_000))
      await recording.until(
        15,
        metrics =>
          (metrics.get('sink_records_total{sink="siem",result="dropped"}') ?? 0) > 0 &&
          metrics.get('sink_down{sink="siem"}') === 1,
      )
      // More than the 10 minutes of SinkDown: the sink may have been found away only just now.
      const dropping = recording.minute - 3
      await recording.hold(25)
      return [
        ...then(quiet, recording, 'SinkBehind', 'SinkDown'),
        { minute: dropping, firing: ['DomainstatsSinkDown', 'DomainstatsSinkDropping'] },
      ]
    },
  },
  'look-ups fail': {
    settings: 'mode: rdap\n',
    play: async (recording, t) => {
      const registry = await openRegistry(t, () => ({ status: 500 }))
      appendFileSync(join(recording.data, 'domainstats.yaml'), withRegistry(registry.url))
      run(t, recording)
      await recording.hold(10)
      const quiet = recording.minute
      recording.write(zeekLines(['one.com']))
      const failed = (metrics: Metrics) =>
        [...metrics].reduce((sum, [key, value]) => (key.includes('"server-error"') ? sum + value : sum), 0)
      await recording.until(5, metrics => failed(metrics) >= 1)
      recording.write(zeekLines(['two.com', 'three.com', 'four.com'], 1))
      await recording.until(20, metrics => failed(metrics) >= 3)
      return then(quiet, recording, 'LookupsFail')
    },
  },
  'a command fails': {
    settings:
      'mode: "off"\nhttp_serve: [metrics, commands]\ncommands: {no: {argv: ["false", "{value}"], accepts: host}}\n',
    play: async (recording, t) => {
      const { get } = readinessOf(run(t, recording))
      await recording.busy(10)
      const quiet = recording.minute
      for (let n = 0; n < 5; n++) await get(`/commands/no/host-${n}`)
      await recording.until(1, metrics => metrics.get('command_failed_total{command="no"}') === 5)
      await recording.busy(20)
      return then(quiet, recording, 'CommandFails')
    },
  },
  'a domain was registered after its contact': {
    settings: 'mode: rdap\n',
    play: async (recording, t) => {
      const registry = await openRegistry(t, name => registeredOn(name, '2025-01-01T10:00:00Z'))
      appendFileSync(join(recording.data, 'domainstats.yaml'), withRegistry(registry.url))
      run(t, recording)
      await recording.hold(10)
      const quiet = recording.minute
      recording.write(zeekLines(['one.com']))
      const key = 'alerts_total{alert="REGISTERED-AFTER-CONTACT"}'
      await recording.until(3, metrics => metrics.get(key) === 1)
      const firing = then(quiet, recording, 'RegisteredAfterContact')
      await recording.hold(10)
      return [...firing, { minute: recording.minute, firing: [] }]
    },
  },
  'the store fills': {
    settings: 'mode: "off"\ndomains_max: 1000\n',
    play: async (recording, t) => {
      run(t, recording)
      await recording.busy(10)
      const quiet = recording.minute
      await recording.busy(
        80,
        Array.from({ length: 950 }, (_, n) => `shop-${n}.com`),
      )
      return then(quiet, recording, 'StoreFills')
    },
  },
  'somebody asks for what is tagged as a threat': {
    play: async (recording, t) => {
      const tagged = start('tag', 'add', 'threat', 'evil.com', '--data', recording.data)
      t.equal(await tagged.ended, 0)
      run(t, recording)
      await recording.busy(10)
      const quiet = recording.minute
      recording.write(zeekLines(['www.evil.com'], 1_000))
      await recording.until(3, metrics => metrics.get('alerts_total{alert="TAGGED-THREAT"}') === 1)
      const firing = then(quiet, recording, 'Threat')
      await recording.hold(10)
      return [...firing, { minute: recording.minute, firing: [] }]
    },
  },
}

const skip = needs('promtool')

const fired = new Set<string>()

for (const [what, { settings = 'mode: "off"\n', play }] of Object.entries(cases))
  void t.test(what, { skip }, async t => {
    const recording = new Recording(t, settings)
    const expected = await play(recording, t)
    // Before the folder is removed, into which it writes.
    await recording.end()
    for (const { firing } of expected) for (const name of firing) fired.add(name)
    t.equal(faultsOf(t, rules, recording.timeline, expected, recording.shown), '')
  })

void t.test('each rule has fired in one of these', { skip }, t => {
  const names = [...readFileSync(rules, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  t.same(fired, new Set(names))
  t.end()
})
