/**
 * What becomes of records that wait: the registry answered, or their time is up. Pure: it runs inside the write
 * transaction, and may run again.
 */
import { unknownDomain, type Domain, type KnownRegistration, type OwedAlert } from '../domain.js'
import type { DomainRecord, Held } from '../record.js'
import type { Registration } from '../registration.js'
import type { Known } from '../store/store.js'
import type { Wanted } from '../store/waiting.js'
import { dayMs, suspicion, verdict } from '../verdict.js'
import type { Written } from './committer.js'
import { freshUntil, type Retry } from './lifetimes.js'
import { isWritten, type Rules } from './rules.js'

/** Registries write one date with and without its time of day: less than this apart it is the same date. */
const sameDateMs = 2 * dayMs

export interface Answer {
  readonly registration: Registration
  /** 0 to 1, drawn for this answer: what failed together is not tried again together. */
  readonly random: number
}

interface Settling {
  readonly domains: Domain[]
  readonly records: DomainRecord[]
  readonly owe: number[]
  readonly drop: number[]
  readonly wanted: Wanted[]
  readonly answered: string[]
}

/**
 * What the answers of registries do to the domains asked about and to the records that wait for them.
 *
 * @param known with the held records of the registrables answered
 * @param now epoch ms
 */
export const settlements = (
  answers: ReadonlyMap<string, Answer>,
  known: Known,
  rules: Rules,
  now: number,
): Written => {
  const out: Settling = { domains: [], records: [], owe: [], drop: [], wanted: [], answered: [] }
  for (const [registrable, { registration: answer, random }] of answers) {
    const before = known.domains.get(registrable) ?? unknownDomain(registrable)
    const after = learn(before, answer, now, { keptMsMax: rules.failedKeptMs, random })
    const waiting = known.held.filter(({ facts }) => facts.registrable === registrable)
    // What is known now: not the answer itself, where a failed look-up left an older date standing.
    const { registration } = after.known
    const said = release(waiting, registration, after.owedAlert, rules, now, out)
    out.domains.push(said ? { ...after, owedAlert: undefined } : after)
    const owed = registration.kind === 'failed' ? waiting.find(held => held.first) : undefined
    // Out of the queue, and into it again if it is owed: the oftener it failed the further back, so that it does
    // not stand before names that were never asked.
    out.answered.push(registrable)
    if (!owed) continue
    const { freshUntil: notBefore, failures } = after.known
    out.wanted.push({
      registrable,
      suspicion: suspicion(owed.facts.freq, rules) + failures,
      asked: now,
      notBefore,
    })
  }
  return out
}

/** The domain after an answer. What a registry once said stands until it says otherwise: a failure is no answer. */
const learn = (
  before: Domain,
  answer: Registration,
  now: number,
  retry: Omit<Retry, 'failures'>,
): Domain & { readonly known: KnownRegistration } => {
  const failures = answer.kind === 'failed' ? (before.known?.failures ?? 0) + 1 : 0
  const was = before.known?.registration
  const registration = answer.kind === 'failed' ? (was ?? answer) : answer
  return {
    ...before,
    known: {
      registration,
      checked: now,
      freshUntil: freshUntil(answer, now, { ...retry, failures }),
      failures,
    },
    owedAlert: changed(before, answer) ?? before.owedAlert,
    lastDate: registration.kind === 'registered' ? registration.registered : before.lastDate,
  }
}

/** A date that was known makes a later one a new owner's, whatever the registry said between. */
const changed = ({ known, lastDate }: Domain, is: Registration): OwedAlert | undefined => {
  if (is.kind !== 'registered') return undefined
  if (lastDate !== undefined) return is.registered - lastDate >= sameDateMs ? 'RE-REGISTERED' : undefined
  return known?.registration.kind === 'absent' ? 'REGISTERED-AFTER-CONTACT' : undefined
}

/** Writes the records that wait for this answer; true if one of them said the owed alert. */
const release = (
  waiting: readonly Held[],
  registration: Registration,
  owedAlert: OwedAlert | undefined,
  rules: Rules,
  now: number,
  out: Settling,
): boolean => {
  let toSay = owedAlert
  for (const { held, facts, state, first } of waiting) {
    const final = registration.kind !== 'failed'
    if (state === 'owed' && !final) continue
    const alerts = state === 'held' && toSay ? [...facts.alerts, toSay] : facts.alerts
    if (state === 'held') toSay = undefined
    const record = {
      facts,
      verdict: verdict({ ...facts, alerts }, registration, rules, now),
      followup: state === 'owed',
    }
    if (isWritten(record, rules)) out.records.push(record)
    if (final || !first) out.drop.push(held)
    else out.owe.push(held)
  }
  return owedAlert !== undefined && toSay === undefined
}

/** What becomes of held records whose time is up: they are written with what is known. */
export const overdue = (known: Known, rules: Rules, now: number): Written => {
  const records = known.held
    .map(({ facts }) => ({
      facts,
      verdict: verdict(facts, { kind: 'pending' }, rules, now),
      followup: false,
    }))
    .filter(record => isWritten(record, rules))
  const [owe, drop] = [true, false].map(first =>
    known.held.filter(held => held.first === first).map(({ held }) => held),
  )
  return { records, owe: owe ?? [], drop: drop ?? [] }
}
