/** When it is said that there is no network, from what look-ups came to. */
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

/** One at which nobody could be reached since `now`. */
const startCutOff = () => {
  const { outage, kinds } = start()
  outage.heard('one', failed(), now)
  outage.heard('one', failed('network-error'), now + outageMs)
  return { outage, kinds }
}

void t.test('ten minutes in which nobody was reached are an outage; it is told once', t => {
  const { outage, kinds } = start()
  for (let at = now; at <= now + 2 * outageMs; at += 30_000)
    outage.heard(at % 60_000 === 0 ? 'one' : 'two', failed('no-bootstrap'), at)
  t.equal(outage.since, now)
  t.ok(outage.covers('one') && outage.covers('two'))
  t.same(kinds(), ['network-down'])
  t.end()
})

void t.test('it begins when the time is up, although servers that fail are asked ever more rarely', t => {
  const { outage } = start()
  outage.heard('one', failed(), now)
  outage.heard('one', failed(), now + outageMs * 0.75)
  outage.look(now + outageMs - 1)
  t.equal(outage.since, undefined)
  outage.look(now + outageMs)
  t.equal(outage.since, now)
  t.end()
})

void t.test('one answer in between, whatever it says, and the time counts from there', t => {
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
    outage.heard('one', failed(), now)
    outage.heard('two', answer, now + outageMs / 2)
    outage.heard('one', failed(), now + outageMs)
    outage.look(now + outageMs)
    t.equal(outage.since, undefined, JSON.stringify(answer))
  }
  t.end()
})

void t.test('what is said without asking anybody tells nothing of the network', t => {
  for (const reason of ['no-rdap-service', 'prohibited-tld'] as const) {
    const { outage } = startCutOff()
    outage.heard('', { kind: 'unsupported', reason }, now + outageMs)
    t.equal(outage.since, now, reason)
  }
  const { outage } = start()
  for (let at = now; at <= now + 2 * outageMs; at += 30_000) outage.heard('', failed('isc-denied'), at)
  t.equal(outage.since, undefined)
  t.end()
})

void t.test('one failure and silence behind it, or a host that was asleep, is no outage', t => {
  const { outage } = start()
  outage.heard('one', failed(), now)
  outage.heard('one', failed(), now + 10_000)
  outage.look(now + 8 * hour)
  t.equal(outage.since, undefined)
  outage.heard('one', answered, now + 8 * hour)
  outage.heard('one', failed(), now + 9 * hour)
  outage.look(now + 2 * day)
  t.equal(outage.since, undefined)
  t.end()
})

void t.test('the clock is set back: the outage begins later, and is not begun by it', t => {
  const { outage } = start()
  outage.heard('one', failed(), now)
  outage.look(now - day)
  outage.heard('one', failed(), now - day + 1_000)
  t.equal(outage.since, undefined)
  outage.heard('one', failed(), now - day + outageMs)
  t.equal(outage.since, now - day)
  t.end()
})

void t.test('a server that was not tried yet is asked for one name; those that failed now and then', t => {
  const { outage } = startCutOff()
  const begun = now + outageMs
  t.equal(outage.covers('new'), false)
  t.equal(outage.most('new', begun), 1)
  t.equal(outage.most('one', begun), 0)
  outage.heard('new', failed(), begun)
  t.equal(outage.covers('new'), true)
  t.equal(outage.most('new', begun), 0)
  t.equal(outage.most('new', begun + outageProbeMs), 1)
  outage.asked('new', begun + outageProbeMs)
  t.equal(outage.most('one', begun + outageProbeMs), 0, 'one probe for all of them')
  t.equal(outage.most('one', begun - hour), 1, 'the clock was set back')
  t.end()
})

void t.test('somebody answers: it is over at once, which is told, and may begin anew', t => {
  const { outage, kinds } = startCutOff()
  outage.heard('two', answered, now + hour)
  t.same([outage.since, outage.covers('one'), outage.most('one', now + hour)], [undefined, false, Infinity])
  t.same(kinds(), ['network-down', 'network-up'])
  outage.heard('one', failed(), now + 2 * hour)
  outage.heard('one', failed(), now + 2 * hour + outageMs)
  t.equal(outage.since, now + 2 * hour)
  t.end()
})
