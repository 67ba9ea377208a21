/** Look-ups by WHOIS against real servers on loopback, well-behaved and broken ones. */
import { getEventListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { whoisBytesMax, whoisServerKeptMs } from '../../limits.js'
import type { FailedReason, Registration } from '../../model/domain.js'
import { handClock } from '../../testing/hand-clock.js'
import { openPacing } from '../pacing/pacing.js'
import { noPacing } from '../testing/network.js'
import {
  cutOff,
  dripping,
  endless,
  loopbackNetwork,
  whoisServer,
  type PlayedServer,
  type Talk,
} from '../testing/whois-server.js'
import { openWhois, type WhoisOptions } from './whois.js'

const sample = (file: string): string => readFileSync(`samples/whois/${file}.txt`, 'utf8')
const live = (): AbortSignal => new AbortController().signal
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })
const silent: Talk = () => undefined
const name = 'tidal-notebook.io'

const open = (t: Test, options: Partial<WhoisOptions>) => {
  const clock = handClock(Date.parse('2026-11-21T12:00:00Z'))
  const pacing = noPacing()
  const network = loopbackNetwork(t)
  const whois = openWhois({ servers: {}, network, pacing, clock, timeoutMs: 50, ...options })
  return { ...whois, clock, told: pacing.notes }
}

const at = ({ host, port }: PlayedServer): string => `${host}:${port}`

/** A look-up with one server by hand, for all TLDs of the samples. */
const openBy = async (
  t: Test,
  answers: Parameters<typeof whoisServer>[1],
  more: Partial<WhoisOptions> = {},
) => {
  const server = await whoisServer(t, answers)
  const servers = Object.fromEntries(['io', 'de', 'jp', 'uk'].map(tld => [tld, at(server)]))
  return { ...open(t, { servers, ...more }), server }
}

void t.test('a real server understands the query, and its outcome is `well`', async t => {
  const { lookup, server, told } = await openBy(t, { [name]: sample('io') })
  t.match(await lookup(name, live()), { kind: 'registered', registered: Date.parse('2016-05-14T08:21:07Z') })
  t.strictSame(server.asked, [name])
  t.strictSame(
    told,
    ['turn', 'well', 'over'].map(word => `${at(server)} ${word}`),
  )
  await server.closed()
})

void t.test(".de is asked in DENIC's query format, and has no date: unsupported", async t => {
  const { lookup, server } = await openBy(t, sample('de'))
  t.strictSame(await lookup('kleine-sternwarte.de', live()), {
    kind: 'unsupported',
    reason: 'no-registration-date',
  })
  t.strictSame(server.asked, ['-T dn,ace kleine-sternwarte.de'])
})

void t.test('.jp is asked for English', async t => {
  const { lookup, server } = await openBy(t, sample('jp'))
  t.match(await lookup('momiji-chaya.jp', live()), { kind: 'registered' })
  t.strictSame(server.asked, ['momiji-chaya.jp/e'])
})

void t.test('an exhausted quota is rate-limited, and the server counts as busy', async t => {
  const { lookup, server, told } = await openBy(t, 'Query limit exceeded, try again later.\r\n')
  t.strictSame(await lookup(name, live()), failed('rate-limited'))
  t.ok(told.includes(`${at(server)} busy`))
})

void t.test('a server that refuses this client gets no pause', async t => {
  const { lookup, server, told } = await openBy(t, 'Requests of this client are not permitted.\r\n')
  t.strictSame(await lookup(name, live()), { kind: 'unsupported', reason: 'refused' })
  t.ok(told.includes(`${at(server)} refused`))
})

void t.test('an answer in Latin-1 is read', async t => {
  const text = Buffer.from(`holder: Caf\xe9\r\ndomain: ${name}\r\ncreated: 2020-01-01\r\n`, 'latin1')
  const { lookup } = await openBy(t, socket => socket.end(text))
  t.match(await lookup(name, live()), { kind: 'registered', registered: Date.parse('2020-01-01') })
})

void t.test('a server that sends nothing times out', async t => {
  const clock = handClock(0)
  const { lookup, server, told } = await openBy(t, () => clock.pass(50), { clock })
  t.strictSame(await lookup(name, live()), failed('timeout'))
  t.ok(told.includes(`${at(server)} down`))
  await server.closed()
})

void t.test('a server that drips bytes without end times out', async t => {
  const clock = handClock(0)
  const { lookup, server } = await openBy(
    t,
    dripping(() => clock.pass(1)),
    { clock },
  )
  t.strictSame(await lookup(name, live()), failed('timeout'))
  await server.closed()
})

void t.test('a server that never stops sending is disconnected', async t => {
  const { lookup, server, told } = await openBy(t, endless)
  t.strictSame(await lookup(name, live()), failed('answer-too-large'))
  t.ok(told.includes(`${at(server)} well`))
  await server.closed()
})

void t.test('an answer of exactly the maximum size is read', async t => {
  const { lookup } = await openBy(t, sample('io').padEnd(whoisBytesMax))
  t.match(await lookup(name, live()), { kind: 'registered' })
})

void t.test('a connection reset in the middle of an answer is a failure', async t => {
  const { lookup, server } = await openBy(t, cutOff)
  t.match(await lookup(name, live()), { kind: 'failed', reason: /^(network-error|malformed-answer)$/ })
  await server.closed()
})

void t.test('an empty answer is malformed', async t => {
  const { lookup } = await openBy(t, '')
  t.strictSame(await lookup(name, live()), failed('malformed-answer'))
})

void t.test('a server that does not listen is a network error', async t => {
  const { lookup, told } = open(t, { servers: { io: '127.0.0.1:1' } })
  t.strictSame(await lookup(name, live()), failed('network-error'))
  t.ok(told.includes('127.0.0.1:1 down'))
})

void t.test('an abort during the answer releases the slot', async t => {
  const caller = new AbortController()
  const { lookup, server, told } = await openBy(t, () => caller.abort(new Error('stopping')))
  await t.rejects(lookup(name, caller.signal), { message: 'stopping' })
  await t.rejects(lookup(name, caller.signal), { message: 'stopping' })
  await server.closed()
  t.strictSame(
    told,
    ['turn', 'over'].map(word => `${at(server)} ${word}`),
    'of the server it says nothing',
  )
})

void t.test('the wait in the queue can be aborted, and does not count for the time-out', async t => {
  const caller = new AbortController()
  const server = await whoisServer(t, sample('io'))
  const clock = handClock(Date.parse('2026-11-21T12:00:00Z'))
  let letIn = (): void => undefined
  const pacing = {
    server: () => ({
      acquire: (signal: AbortSignal) =>
        new Promise<() => void>((resolve, reject) => {
          letIn = () => resolve(() => undefined)
          signal.addEventListener('abort', () => reject(new Error('stopping')))
        }),
      observe: () => undefined,
    }),
    readyIn: () => 0,
  }
  const { lookup } = open(t, { servers: { io: at(server) }, clock, pacing })
  const left = lookup(name, caller.signal)
  await new Promise(setImmediate)
  caller.abort()
  await t.rejects(left, { message: 'stopping' })
  t.strictSame(server.asked, [])
  const stayed = lookup(name, live())
  await new Promise(setImmediate)
  clock.pass(60_000)
  letIn()
  t.match(await stayed, { kind: 'registered' })
})

void t.test('no listener stays on a long-lived signal', async t => {
  const { lookup } = await openBy(t, sample('io'))
  const { signal } = new AbortController()
  await lookup(name, signal)
  t.equal(getEventListeners(signal, 'abort').length, 0)
})

void t.test('a name that could change the query is not sent', async t => {
  const { lookup, server } = await openBy(t, sample('io'))
  for (const forged of ['a.io\r\nb.io', 'a b.io', '-h.io', 'io', 'ü.io', ''])
    t.strictSame(await lookup(forged, live()), failed('refused'), JSON.stringify(forged))
  t.strictSame(server.asked, [])
})

void t.test('two TLDs with one server share its pace', async t => {
  const clock = handClock(Date.parse('2026-11-21T12:00:00Z'))
  const pacing = openPacing({ clock, paceOf: () => ({ perSecond: 1, burst: 1, atOnce: 1 }) })
  const { lookup, server, hostOf } = await openBy(t, '', { clock, pacing })
  await lookup('a.io', live())
  const second = lookup('a.co.uk', live())
  await new Promise(setImmediate)
  t.strictSame(server.asked, ['a.io'])
  clock.pass(1_000)
  await second
  t.strictSame(server.asked, ['a.io', 'a.co.uk'])
  t.strictSame([hostOf('a.io'), hostOf('a.co.uk'), hostOf('a.fr')], [at(server), at(server), undefined])
})

void t.test('a server that never stops sending does not disturb a second look-up', async t => {
  const { lookup } = await openBy(t, { [name]: endless, 'b.io': 'Domain not found.' })
  t.strictSame(await Promise.all([lookup(name, live()), lookup('b.io', live())]), [
    failed('answer-too-large'),
    { kind: 'absent' },
  ])
})

void t.test('a time-out of IANA is a time-out of the look-up', async t => {
  const clock = handClock(0)
  const iana = await whoisServer(t, () => clock.pass(50))
  const { lookup } = open(t, { iana, clock })
  t.strictSame(await lookup(name, live()), failed('timeout'))
  const caller = new AbortController()
  const quiet = await whoisServer(t, silent)
  const waiting = open(t, { iana: quiet }).lookup(name, caller.signal)
  await new Promise(setImmediate)
  caller.abort(new Error('stopping'))
  await t.rejects(waiting, { message: 'stopping' })
  await quiet.closed()
})

void t.test('IANA refers, the registry answers, and IANA is asked once a day', async t => {
  const registry = await whoisServer(t, { [name]: sample('io') })
  const iana = await whoisServer(t, 'domain: IO\nwhois: whois.nic.example\n')
  const { lookup, hostOf, clock } = open(t, { iana, port: registry.port })
  t.equal(hostOf(name), undefined)
  t.match(await lookup(name, live()), { kind: 'registered' })
  await lookup('other.io', live())
  t.strictSame(iana.asked, ['io'])
  t.strictSame(registry.asked, [name, 'other.io'])
  t.equal(hostOf(name), `whois.nic.example:${registry.port}`)
  clock.pass(whoisServerKeptMs)
  t.equal(hostOf(name), undefined)
  await lookup('other.io', live())
  t.strictSame(iana.asked, ['io', 'io'])
})

void t.test('a referral to a private address is refused', async t => {
  const registry = await whoisServer(t, sample('io'))
  const iana = await whoisServer(t, 'domain: IO\nwhois: whois.nic.example\n')
  const { lookup, told } = open(t, { iana, port: registry.port, network: loopbackNetwork(t, 'private') })
  t.strictSame(await lookup(name, live()), failed('private-address'))
  t.strictSame(registry.asked, [])
  const host = `whois.nic.example:${registry.port}`
  t.strictSame(told.slice(3), [`${host} turn`, `${host} over`], 'no server was reached to say anything of')
})

void t.test('a TLD without a WHOIS service offers neither protocol', async t => {
  const iana = await whoisServer(t, '% IANA WHOIS server\n\ndomain: EXAMPLE\nstatus: ACTIVE\n')
  const { lookup, hostOf } = open(t, { iana })
  t.strictSame(await lookup('a.example', live()), { kind: 'unsupported', reason: 'no-rdap-service' })
  await lookup('b.example', live())
  t.strictSame(iana.asked, ['example'], 'remembered too')
  t.equal(hostOf('a.example'), undefined)
})
