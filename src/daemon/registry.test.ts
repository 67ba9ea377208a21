/** A registry is slow, and the log goes on. */
import { once } from 'node:events'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { Agent } from 'undici'
import { loadConfig } from '../config/load.js'
import { absentKeptMs } from '../limits.js'
import { networkBy } from '../lookup/testing/network.js'
import { jsonFormat } from '../output/json.js'
import { openStore } from '../store/store.js'
import { handClock } from '../testing/hand-clock.js'
import { testIo } from '../testing/io.js'
import { untilFile } from '../testing/process.js'
import { load } from '../transfer/testing/load.js'
import { openDaemon } from './daemon.js'

interface Line {
  readonly query: string
  readonly record_id: string
  readonly category: string
  readonly alerts: readonly string[]
  readonly followup_of?: string
  readonly reason?: string
}

const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)

/** An RDAP server on loopback that answers when the test lets it. */
const openRegistry = async () => {
  const asked = new Map<string, ServerResponse>()
  const server = createServer(
    (request, response) => void asked.set(request.url?.split('/').pop() ?? '', response),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    isAsked: async (name: string) => {
      while (!asked.has(name)) await once(server, 'request')
    },
    answer: (name: string, status: number, body: object) => {
      asked
        .get(name)
        ?.writeHead(status, { 'content-type': 'application/rdap+json' })
        .end(JSON.stringify(body))
      asked.delete(name)
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const registered = (name: string, date: string) => ({
  objectClassName: 'domain',
  ldhName: name,
  events: [{ eventAction: 'registration', eventDate: date }],
})

const zeek = (n: number, query: string) =>
  `{"_path":"dns","ts":${1795262400 + n},"uid":"C${n}","query":"${query}"}\n`

void t.test('a slow registry', async t => {
  const registry = await openRegistry()
  const dir = t.testdir()
  const log = join(dir, 'dns.log')
  const out = join(dir, 'domainstats.log')
  const clock = handClock(Date.UTC(2026, 10, 21, 12))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  await load(store, clock, 'known.com,2001-01-01,2040-01-01')
  store.close()
  writeFileSync(
    join(dir, 'domainstats.yaml'),
    `emit: distinct\nhold_seconds: 2\nrdap:\n  servers:\n    com: ${registry.url}\n`,
  )

  const { config } = await loadConfig(dir)
  const { stdin, stdout, signal, stop } = testIo()
  const dispatcher = new Agent()
  const world = {
    clock,
    random: () => 0.5,
    stdin,
    stdout,
    network: networkBy(dispatcher),
    telemetry: () => undefined,
  }
  const settings = { config, dir, format: jsonFormat, exclusive: true, baseline: false }
  const daemon = await openDaemon(settings, world, signal)
  if (!daemon) throw new Error('not opened')
  writeFileSync(log, zeek(1, 'www.slow.com') + zeek(2, 'www.known.com') + zeek(3, 'cdn.slow.com'))
  const input = { path: log, format: 'auto' as const, sensor: undefined, start: 'beginning' as const }
  const following = daemon.follow([input])

  // The record of the known domain passes by.
  const first = linesOf(await untilFile(out, text => linesOf(text).length >= 1))
  t.match(first, [{ query: 'www.known.com', category: 'ESTABLISHED', alerts: ['YOUR-FIRST-CONTACT'] }])
  await registry.isAsked('slow.com')

  // The hold time is over.
  clock.pass(2_000)
  const held = linesOf(await untilFile(out, text => linesOf(text).length >= 3)).slice(1)
  t.match(held, [
    { query: 'www.slow.com', category: 'PENDING', alerts: ['YOUR-FIRST-CONTACT'] },
    { query: 'cdn.slow.com', category: 'PENDING', alerts: [] },
  ])

  // The registry answers at last: each has its follow-up, which says what is new.
  registry.answer('slow.com', 200, registered('SLOW.COM', '2026-11-20T10:00:00Z'))
  const followups = linesOf(await untilFile(out, text => linesOf(text).length >= 5)).slice(3)
  t.match(
    followups,
    held.map(({ record_id: id }) => ({ category: 'NEW', alerts: ['YOUNG:1d'], followup_of: id })),
  )
  t.equal(new Set([...held, ...followups].map(({ record_id: id }) => id)).size, 4)

  // Absent first, registered when the name is asked again.
  appendFileSync(log, zeek(10, 'later.com'))
  await registry.isAsked('later.com')
  registry.answer('later.com', 404, {})
  const absent = linesOf(await untilFile(out, text => linesOf(text).length >= 6))[5]
  t.match(absent, { query: 'later.com', category: 'UNKNOWN', reason: 'not-registered' })
  clock.pass(absentKeptMs)
  appendFileSync(log, zeek(absentKeptMs / 1000 + 100, 'www.later.com'))
  await registry.isAsked('later.com')
  registry.answer('later.com', 200, registered('later.com', '2026-11-21T12:30:00Z'))
  const bought = linesOf(await untilFile(out, text => linesOf(text).length >= 7))[6]
  t.match(bought, {
    query: 'www.later.com',
    category: 'NEW',
    alerts: ['REGISTERED-AFTER-CONTACT', 'YOUNG:0d'],
  })

  // An error first. The later answer has a date after the contact, and the follow-up has the alert.
  appendFileSync(log, zeek(3601, 'late.com'))
  await registry.isAsked('late.com')
  registry.answer('late.com', 500, {})
  const error = linesOf(await untilFile(out, text => linesOf(text).length >= 8))[7]
  t.match(error, { query: 'late.com', category: 'ERROR', alerts: ['YOUR-FIRST-CONTACT'] })
  clock.pass(1_800_000)
  await registry.isAsked('late.com')
  registry.answer('late.com', 200, registered('late.com', '2026-11-21T13:20:00Z'))
  const late = linesOf(await untilFile(out, text => linesOf(text).length >= 9))[8]
  const both = ['REGISTERED-AFTER-CONTACT', 'YOUNG:0d']
  t.match(late, { query: 'late.com', category: 'NEW', alerts: both, followup_of: error?.record_id ?? 'none' })

  stop()
  await following
  await daemon.close()
  await dispatcher.close()
  registry.close()
  t.equal(linesOf(readFileSync(out, 'utf8')).length, 9)
})
