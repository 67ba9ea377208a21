/** A fleet of sensors, each with its own store, and a service that loses answers, is away, and forgets. */
import fc from 'fast-check'
import t from 'tap'
import { claimsConfirmMs, claimsSettleMs } from '../limits.js'
import type { DomainRecord } from '../model/record.js'
import { ownerAfter, type Owner } from '../shared/local.js'
import type { Claim, Claimed } from '../shared/shared.js'
import { claimsFor, type ClaimAnswers } from '../sightings/claims.js'
import { askedBy, type Question } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import { openStore, type Store } from '../store/store.js'
import type { Asked } from '../store/transaction.js'
import { now as start, policy as usual, question, registered } from '../testing/pipeline-kit.js'
import { answeredClaims, claimOf, type AnsweredClaim } from './claimer.js'
import { overdue, settlements } from './settle.js'

const alert = 'YOUR-FIRST-CONTACT'
const waitMs = 10_000
const policy = { ...usual, holdMs: waitMs }

/** `lost`: the service gets the claims, but its answers do not come; `away`: known to be away, so it is not asked. */
type Net = 'ok' | 'lost' | 'unsent' | 'away'

/** The service, as what it has in memory. */
class Site {
  /** By domain: all that was written, the last one last. */
  readonly #writes = new Map<string, { readonly owner: Owner; readonly at: number }[]>()

  claim(claims: readonly Claim[], net: Net, now: number): readonly (Claimed | undefined)[] {
    return claims.map(claim => {
      if (net === 'unsent' || net === 'away') return undefined
      const writes = this.#writes.get(claim.domain) ?? []
      this.#writes.set(claim.domain, writes)
      const before = writes.at(-1)?.owner
      const [owner, answer] = ownerAfter(before, claim, now)
      if (before?.id !== owner.id || before.seen !== owner.seen) writes.push({ owner, at: now })
      return net === 'ok' ? answer : undefined
    })
  }

  /** A replica takes over that has not got the last writes. @param count at most */
  forget(domain: string, count: number, now: number): void {
    const writes = this.#writes.get(domain) ?? []
    const isYoung = (at: number | undefined) => at !== undefined && now - at < claimsConfirmMs
    for (let left = count; left > 0 && isYoung(writes.at(-1)?.at); left -= 1) writes.pop()
  }
}

class Sensor {
  readonly records: DomainRecord[] = []
  readonly #name: string
  readonly #site: Site
  readonly #store: Store
  /** Lines that were read and not committed: the next start reads them again. */
  #lines: readonly Question[] = []
  #answered: readonly AnsweredClaim[] = []
  #asked: Asked = {}

  constructor(name: string, site: Site) {
    this.#name = name
    this.#site = site
    this.#store = openStore(':memory:')
  }

  get store(): Store {
    return this.#store
  }

  batch(domains: readonly string[], net: Net, isCutOff: boolean, now: number): void {
    const lines = [...this.#lines, ...domains.map(domain => question(`www.${domain}`, now))]
    const claims = claimsFor(lines, this.#name, this.#store.isContacted, now)
    const given = this.#site.claim(claims, net, now)
    const answers = new Map(
      claims.flatMap(({ domain }, at) => {
        const answer = given[at]
        return answer ? [[domain, answer] as const] : []
      }),
    )
    this.#lines = isCutOff ? lines : []
    if (isCutOff) return
    const claimed: ClaimAnswers = { answers, waitMs: net === 'away' ? 0 : waitMs }
    const done = this.#store.commit(
      askedBy(lines),
      known => sightings(lines, known, policy, now, { claimed }),
      now,
    )
    this.records.push(...done.records)
  }

  /** Makes the claims that are due. Their answers come later. */
  claims(net: Net, now: number): void {
    const due = this.#store.claims.due(now, 100)
    const claims = due.map(claim => claimOf(claim, this.#name))
    const answers = this.#site.claim(claims, net, now)
    this.#answered = claims.map(({ domain, id }, at) => ({ key: { domain, id }, answer: answers[at] }))
    this.#asked = {
      domains: claims.map(({ domain }) => domain),
      pendingIds: due.flatMap(({ pendingId }) => pendingId ?? []),
      pendingMax: 0,
    }
  }

  /** Applies the answers that came last; a crash may have lost them. */
  answers(now: number): void {
    const answered = this.#answered
    this.#answered = []
    const asked = this.#asked
    const done = this.#store.commit(asked, known => answeredClaims(answered, known, policy, now), now)
    this.records.push(...done.records)
  }

  /** The registry answers for some, and records whose time is up are written. */
  resolve(domains: readonly string[], now: number): void {
    const { registration } = registered()
    const answers = new Map(domains.map(domain => [domain, { registration, random: 0 }] as const))
    const settled = this.#store.commit(
      { domains, registrables: domains },
      known => settlements(answers, known, policy, now),
      now,
    )
    const late = this.#store.commit({ dueBy: now }, known => overdue(known, policy, now), now)
    this.records.push(...settled.records, ...late.records)
  }
}

const domains = ['a.com', 'b.com', 'c.com']
const names = ['one', 'two', 'three']

const some = fc.subarray(domains, { minLength: 1 })
const net = fc.constantFrom<Net>('ok', 'ok', 'lost', 'unsent', 'away')
const sensor = fc.nat(names.length - 1)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('batch'), sensor, domains: some, net, isCutOff: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('claims'), sensor, net }) },
  { weight: 3, arbitrary: fc.record({ answers: fc.constant(true), sensor }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resolve'), sensor, domains: some }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(10, 3_000, waitMs, claimsSettleMs) }) },
  { weight: 1, arbitrary: fc.record({ count: fc.constantFrom(1, 2, 9), domain: fc.constantFrom(...domains) }) },
) // prettier-ignore

/** By record: how often its first contact was alerted, less how often that was withdrawn. */
const standing = ({ records }: Sensor, domain: string): Map<string, number> => {
  const byRecord = new Map<string, number>()
  for (const { facts, verdict, followupOf, alertsWithdrawn } of records) {
    if (facts.domain !== domain) continue
    const key = followupOf ?? facts.id
    const change = Number(verdict.alerts.includes(alert)) - Number(alertsWithdrawn.includes(alert))
    byRecord.set(key, (byRecord.get(key) ?? 0) + change)
  }
  return byRecord
}

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

const play = (steps: readonly Step[]) => {
  const site = new Site()
  const fleet = names.map(name => new Sensor(name, site))
  let now = start
  for (const one of steps) {
    const at = 'sensor' in one ? fleet[one.sensor] : undefined
    if ('isCutOff' in one) at?.batch(one.domains, one.net, one.isCutOff, now)
    else if ('net' in one) at?.claims(one.net, now)
    else if ('answers' in one) at?.answers(now)
    else if ('domains' in one) at?.resolve(one.domains, now)
    else if ('ms' in one) now += one.ms
    else site.forget(one.domain, one.count, now)
    now += 1
  }
  for (let round = 0; round < 8; round += 1) {
    for (const one of fleet) {
      one.batch([], 'ok', false, now)
      one.claims('ok', now)
      one.answers(now)
      one.resolve(domains, now)
    }
    now += claimsSettleMs
  }
  return fleet
}

/** @throws Error that says what is wrong with a fleet in the end */
const judge = (fleet: readonly Sensor[]): void => {
  for (const domain of domains) {
    const stands = fleet.flatMap(one => [...standing(one, domain).values()])
    const contacts = fleet.filter(({ store }) => store.isContacted(domain)).length
    if (stands.some(count => count < 0 || count > 1)) throw new Error(`${domain}: said twice`)
    const sum = stands.reduce((a, b) => a + b, 0)
    if (sum !== Math.min(contacts, 1)) throw new Error(`${domain}: ${sum} first contacts`)
    for (const { records } of fleet) {
      const here = records.filter(({ facts, followupOf }) => facts.domain === domain && !followupOf)
      const first = here.filter(({ facts }) => facts.firstHere === true)
      if (here.length > 0 && first.length !== 1) throw new Error(`${domain}: ${first.length} first here`)
      const ids = records.map(({ facts }) => facts.id)
      if (new Set(ids).size !== ids.length) throw new Error('a record was written twice')
    }
  }
  for (const { store } of fleet) {
    if (store.claims.nextDue() !== undefined) throw new Error('claims are left')
    store.close()
  }
}

void t.test('whatever is lost, one record of the fleet has the first contact with a domain in the end', t => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), steps => {
      judge(play(steps))
    }),
    { numRuns: 100 },
  )
  t.pass('100 fleets')
  t.end()
})

void t.test('a failover forgets for whom another sensor has withdrawn', t => {
  const [earlier, later] = [0, 1]
  const domains = ['a.com']
  const tells = (sensor: number): Step[] => [
    { do: 'batch', sensor, domains, net: 'away', isCutOff: false },
    { do: 'resolve', sensor, domains },
  ]
  const asks = (sensor: number): Step[] => [
    { do: 'claims', sensor, net: 'ok' },
    { answers: true, sensor },
  ]
  const pass = (ms: 10 | 3_000): Step => ({ do: 'pass', ms })
  const nearlySettled = Array.from({ length: claimsSettleMs / 3_000 - 1 }, () => pass(3_000))
  const laterOwns = [...tells(earlier), pass(10), ...tells(later), ...asks(later), ...nearlySettled]
  const takenOver = [...laterOwns, ...asks(earlier), pass(3_000), ...asks(later)]
  judge(play([...takenOver, { count: 1, domain: 'a.com' }]))
  t.pass('one of both keeps it')
  t.end()
})
