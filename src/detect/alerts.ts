/**
 * The one list of alerts, in the order in which a record lists them: what each means, what an analyst does, and when
 * it is raised. Everybody else reads them here. To add an alert, add its entry, and its case in alerts.test.ts.
 */
import type { Domain, KnownRegistration, Registration } from '../model/domain.js'
import type { Facts, Verdict } from '../model/record.js'
import type { Retry } from '../registration/ttl.js'
import { applyAnswer } from '../registration/update.js'
import { freqOf } from './scores.js'
import { changedHands, type Change, isFirstAtIsc, registeredAfterContact } from './registration-change.js'

/** What is known of a question whichever way it was asked. Most of the rest is missing where it came over HTTP. */
export type AlertFacts = Pick<Facts, 'query' | 'domain' | 'registrable' | 'scores' | 'alerts'> &
  Partial<Facts>

/** A verdict without its alerts. */
export type Finding = Omit<Verdict, 'alerts'>

/** The settings that alerts follow. */
export interface AlertRules {
  /** Scores strictly below these alarm, as in freq by Mark Baggett. */
  readonly freqAverage: number
  readonly freqWord: number
  /** `first`: scores alarm with a first contact, or while the domain is young. */
  readonly freqAlerts: 'first' | 'always'
  /** A domain younger than this is young. */
  readonly newDays: number
}

/** A question that is counted. */
export interface Sighting {
  /** Nobody here ever asked for its domain before. */
  readonly isFirst: boolean
  /** A provider gave the name out to a machine, by a pattern. */
  readonly isAssigned: boolean
  /** First contacts are recorded and not alerted yet. */
  readonly isLearning: boolean
  /** Its name is the first of the window beyond `max_names_per_domain`. */
  readonly isOverThreshold: boolean
}

interface Words<Name extends string> {
  readonly name: Name
  readonly meaning: string
  /** What an analyst does. */
  readonly action: string
}

/** `of` says what the condition looks at, and with that when it is asked. All of them are pure. */
export type AlertEntry<Name extends string = string> = Words<Name> &
  (
    | {
        /** Each verdict asks anew: a follow-up may withdraw it. */
        readonly of: 'record'
        /** Whether it is raised, or the text behind its name. */
        readonly when: (facts: AlertFacts, found: Finding, policy: AlertRules) => boolean | string
      }
    | {
        /** Asked once, when the question is counted: its record bears the alert, whatever the registry will say. */
        readonly of: 'question'
        readonly when: (sighting: Sighting) => boolean
      }
    | {
        /** Asked when an answer or a contact changes the domain: pending until the domain's next record bears it. */
        readonly of: 'registration'
        readonly when: (change: Change) => boolean
        /** It tells why the registration is later than the contact: REGISTERED-AFTER-CONTACT comes no more. */
        readonly explainsDate?: true
      }
  )

/** Keeps the names as literal types. */
const listed = <const Name extends string>(entries: readonly AlertEntry<Name>[]) => entries

export const alerts = listed([
  {
    name: 'LOW-FREQ-SCORES',
    meaning: 'both letter scores lie below their thresholds',
    action:
      'Look at what the client asked around it: many such names with `NXDOMAIN` are a generated-domain malware. Content networks do it too: put those into `ignore`.',
    of: 'record',
    when: (facts, found, policy) => lowScores(facts, found, policy) === 2,
  },
  {
    name: 'SUSPECT-FREQ-SCORE',
    meaning: 'exactly one of the scores does',
    action: 'Use it to sort, hardly to alarm: short names and abbreviations do it.',
    of: 'record',
    when: (facts, found, policy) => lowScores(facts, found, policy) === 1,
  },
  {
    name: 'YOUR-FIRST-CONTACT',
    meaning: 'the first question for this domain at this site. A domain raises it once, for ever',
    action:
      'Alone it is news, not an alarm: join it with `YOUNG`, a freq alert, or a host that browses nowhere.',
    of: 'question',
    when: ({ isFirst, isAssigned, isLearning }) => isFirst && !isAssigned && !isLearning,
  },
  {
    name: 'ISC-FIRST-CONTACT',
    meaning: 'with `mode: isc`: the ISC had never seen the domain',
    action: 'No other site knows it either: treat it as `YOUNG`.',
    of: 'registration',
    when: isFirstAtIsc,
  },
  {
    name: 'RE-REGISTERED',
    meaning:
      'the known registration date changed to a later one, or the registry tells of a reregistration since your first contact: the domain lapsed and has a new owner',
    action: 'Treat it as NEW, and distrust every allow-list that names it.',
    of: 'registration',
    when: changedHands,
    explainsDate: true,
  },
  {
    name: 'REGISTERED-AFTER-CONTACT',
    meaning:
      '`seen_by_web` is later than `seen_by_you`: the name was asked before its registration. Said once a domain, for ever',
    action: 'Somebody here knew the name before it was registered: look at that host first.',
    of: 'registration',
    // One change bears one alert: a name that changed hands was registered before.
    when: change => !changedHands(change) && registeredAfterContact(change),
    explainsDate: true,
  },
  {
    name: 'MANY-NAMES',
    meaning: 'one domain had more than `max_names_per_domain` names in a day; the rest are not written',
    action:
      'A DNS tunnel, or a service with wildcard names. Look at lengths and record types; ignore it if it is a service.',
    of: 'question',
    when: ({ isOverThreshold }) => isOverThreshold,
  },
  {
    name: 'YOUNG',
    meaning: 'registered less than `new_days` days ago; the age stands behind it (`YOUNG:3d`)',
    action:
      'Most domains of an attack are young, and few that people use are. Look at who asked, and for what.',
    of: 'record',
    when: (_, found, policy) => isYoung(found, policy) && `${found.ageDays ?? 0}d`,
  },
])

/** The name of an alert of ours. */
export type Alert = (typeof alerts)[number]['name']

const firstContact: Alert = 'YOUR-FIRST-CONTACT'
export const isFirstContact = (raised: readonly string[]): boolean => raised.includes(firstContact)

const isYoung = ({ ageDays }: Finding, { newDays }: AlertRules): boolean =>
  ageDays !== undefined && ageDays < newDays

/** How many of both scores lie below their thresholds, as far as they alarm at all. */
const lowScores = ({ scores, alerts }: AlertFacts, found: Finding, policy: AlertRules): number => {
  const freq = freqOf(scores)
  if (!freq) return 0
  const alarms = policy.freqAlerts === 'always' || isFirstContact(alerts) || isYoung(found, policy)
  return alarms ? Number(freq.average < policy.freqAverage) + Number(freq.word < policy.freqWord) : 0
}

/** The alerts of a record in the order of the list: names, or `NAME:text`. */
export const recordAlerts = (facts: AlertFacts, found: Finding, policy: AlertRules): string[] => {
  const texts: string[] = []
  for (const entry of alerts) {
    const told = entry.of === 'record' ? entry.when(facts, found, policy) : facts.alerts.includes(entry.name)
    if (told !== false) texts.push(told === true ? entry.name : `${entry.name}:${told}`)
  }
  return texts
}

/** What a question raises when it is counted. */
export const questionAlerts = (sighting: Sighting): Alert[] =>
  alerts.flatMap(entry => (entry.of === 'question' && entry.when(sighting) ? [entry.name] : []))

/** The domain as it is after a change, owing the alerts that the change raises. */
const owing = <D extends Domain>(change: Change & { readonly after: D }): D => {
  const { after } = change
  const raised = alerts.filter(entry => entry.of === 'registration' && entry.when(change))
  if (raised.length === 0) return after
  return {
    ...after,
    pendingAlerts: [...new Set([...after.pendingAlerts, ...raised.map(({ name }) => name)])],
    afterContactDone: after.afterContactDone || raised.some(entry => 'explainsDate' in entry),
  }
}

/**
 * The domain after an answer of its registry, with the alerts that are pending now.
 *
 * @param now epoch ms
 */
export const afterAnswer = (
  before: Domain,
  answer: Registration,
  now: number,
  retry: Omit<Retry, 'failures' | 'absences'>,
): Domain & { readonly known: KnownRegistration } =>
  owing({ before, after: applyAnswer(before, answer, now, retry), answer, now })

/**
 * The domain after a contact that is earlier than all before it: a date that was known already may lie behind it now.
 * Not for a name below a private suffix: the date is its hoster's.
 *
 * @param now epoch ms
 */
export const afterContact = (before: Domain, after: Domain, now: number): Domain =>
  owing({ before, after, answer: undefined, now })

/** Alerts that may be pending: they wait in the store for the domain's next record. */
export const pendingAlerts: readonly string[] = alerts
  .filter(entry => entry.of === 'registration')
  .map(({ name }) => name)

/** Raised by what happened, and so true for ever; those of a record follow from what is known at the time. */
const events: ReadonlySet<string> = new Set(
  alerts.filter(entry => entry.of !== 'record').map(({ name }) => name),
)
export const isEvent = (text: string): boolean => events.has(text)
