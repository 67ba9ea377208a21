/** When look-ups show that the network is down. */
import t from 'tap'
import { outageMs, outageProbeMs } from '../limits.js'
import type { FailedReason, Registration } from '../model/domain.js'
import type { Report } from '../telemetry/report.js'
import { day, hour, now } from '../testing/pipeline-kit.js'
import { Outage } from './outage.js'

const failed = (reason: FailedReason = 'timeout'): Registration => ({ kind: 'failed', reason })
const answered: Registration = { kind: 'absent' }

const start = () => {
  const reports: Report[] = []
  const outage = new Outage(report => reports.push(report))
  return { outage, kinds: () => reports.map(({ kind }) => kind) }
}

/** An outage in which no server could be reached since `now`. */
const startCutOff = () => {
  const { outage, kinds } = start()
  outage.observe('one', failed(), now)
  outage.observe('one', failed('network-error'), now + outageMs)
  return { outage, kinds }
}

void t.test('ten minutes without reaching any server are an outage, which is reported once', t => {
  const { outage, kinds } = start()
  for (let at = now; at <= now + 2 * outageMs; at += 30_000)
    outage.observe(at % 60_000 === 0 ? 'one' : 'two', failed('no-bootstrap'), at)
  t.equal(outage.since, now)
  t.ok(outage.covers('one') && outage.covers('two'))
  t.same(kinds(), ['network-down'])
  t.end()
})

void t.test('an outage begins on time, although failing servers are asked ever more rarely', t => {
  const { outage } = start()
  outage.observe('one', failed(), now)
  outage.observe('one', failed(), now + outageMs * 0.75)
  outage.look(now + outageMs - 1)
  t.equal(outage.since, undefined)
  outage.look(now + outageMs)
  t.equal(outage.since, now)
  t.end()
})

void t.test('any answer in between starts the time again', t => {
  const answers: Registration[] = [
    answered,
    { kind: 'registered', registered: 0, expires: undefined },
    failed('server-error'),
    failed('rate-limited'),
    failed('refused'),
    { kind: 'unsupported', reason: 'no-registration-event' },
  ]
  for (const answer of answers) {
    const { outage } = start()
    outage.observe('one', failed(), now)
    outage.observe('two', answer, now + outageMs / 2)
    outage.observe('one', failed(), now + outageMs)
    outage.look(now + outageMs)
    t.equal(outage.since, undefined, JSON.stringify(answer))
  }
  t.end()
})

void t.test('outcomes without a query say nothing about the network', t => {
  for (const reason of ['no-rdap-service', 'prohibited-tld'] as const) {
    const { outage } = startCutOff()
    outage.observe('', { kind: 'unsupported', reason }, now + outageMs)
    t.equal(outage.since, now, reason)
  }
  const { outage } = start()
  for (let at = now; at <= now + 2 * outageMs; at += 30_000) outage.observe('', failed('isc-denied'), at)
  t.equal(outage.since, undefined)
  t.end()
})

void t.test('an ISC that tells of timeouts of a registry was reached itself', t => {
  const isc = { seen: undefined, firstContact: false, alerts: [] }
  const { outage } = startCutOff()
  outage.observe('isc', { kind: 'failed', reason: 'timeout', isc }, now + outageMs)
  t.equal(outage.since, undefined)
  t.end()
})

void t.test('a single failure, or two around a suspend of the host, are no outage', t => {
  const { outage } = start()
  outage.observe('one', failed(), now)
  outage.observe('one', failed(), now + 10_000)
  outage.look(now + 8 * hour)
  t.equal(outage.since, undefined)
  outage.observe('one', answered, now + 8 * hour)
  outage.observe('one', failed(), now + 9 * hour)
  outage.look(now + 2 * day)
  t.equal(outage.since, undefined)
  t.end()
})

void t.test('a clock that is set back delays the outage, and does not begin one', t => {
  const { outage } = start()
  outage.observe('one', failed(), now)
  outage.look(now - day)
  outage.observe('one', failed(), now - day + 1_000)
  t.equal(outage.since, undefined)
  outage.observe('one', failed(), now - day + outageMs)
  t.equal(outage.since, now - day)
  t.end()
})

void t.test(
  'in an outage an untried server is asked for one name; failed ones get a probe now and then',
  t => {
    const { outage } = startCutOff()
    const begun = now + outageMs
    t.equal(outage.covers('new'), false)
    t.equal(outage.most('new', begun), 1)
    t.equal(outage.most('one', begun), 0)
    outage.observe('new', failed(), begun)
    t.equal(outage.covers('new'), true)
    t.equal(outage.most('new', begun), 0)
    t.equal(outage.most('new', begun + outageProbeMs), 1)
    outage.asked('new', begun + outageProbeMs)
    t.equal(outage.most('one', begun + outageProbeMs), 0, 'one probe for all of them')
    t.equal(outage.most('one', begun - hour), 1, 'the clock was set back')
    t.end()
  },
)

void t.test('the first answer ends the outage at once, which is reported; another may begin', t => {
  const { outage, kinds } = startCutOff()
  outage.observe('two', answered, now + hour)
  t.same([outage.since, outage.covers('one'), outage.most('one', now + hour)], [undefined, false, Infinity])
  t.same(kinds(), ['network-down', 'network-up'])
  outage.observe('one', failed(), now + 2 * hour)
  outage.observe('one', failed(), now + 2 * hour + outageMs)
  t.equal(outage.since, now + 2 * hour)
  t.end()
})
