/**
 * The list of alerts, in the order of a record: what each one means, what an analyst does, and when it is raised. Code and
 * docs read them from here. To add an alert, add its entry, and its case in alerts.test.ts.
 */
import type { ReportAlert } from '../model/enrichment.js'
import { alertName, type Burst, type Facts, type Verdict } from '../model/record.js'
import type { TagName } from '../model/tag.js'
import { dgaScoreOf, freqOf } from './scores.js'
import { changedHands, type Change, isFirstAtIsc, registeredAfterContact } from './registration-change.js'

/** The facts that every question has; one over HTTP lacks most of the others. */
export type AlertFacts = Pick<Facts, 'query' | 'domain' | 'registrable' | 'scores' | 'alerts'> &
  Partial<Facts>

/** A verdict without its alerts, and what follows from them. */
export type Finding = Omit<Verdict, 'alerts' | 'risk' | 'riskReasons' | 'muted'>

/** The settings of alerts. */
export interface AlertRules {
  /** Scores strictly below these are alerted, as in freq by Mark Baggett. */
  readonly freqAverage: number
  readonly freqWord: number
  /** A dga_score from this on is alerted; Infinity: none is. */
  readonly dgaAlert: number
  /** `first`: such scores are alerted only with a first contact, or while the domain is young. */
  readonly freqAlerts: 'first' | 'always'
  /** A domain younger than this is young. */
  readonly newDays: number
  /** The alerts that a record with the tag `trust` does not have. */
  readonly trustDrops: ReadonlySet<string>
}

/** A question that is counted. */
export interface Sighting {
  /** It is the first contact of its domain at this site. */
  readonly isFirst: boolean
  /** A provider assigned the name to a machine, by a pattern. */
  readonly isAssigned: boolean
  /** In the learning time first contacts are recorded but not alerted. */
  readonly isLearning: boolean
  /** Its name is the first of the window beyond `max_names_per_domain`. */
  readonly isOverThreshold: boolean
  /** The services that its client has asked within an hour, joined by `+`, if there are too many. */
  readonly serviceMix?: string | undefined
  /** Its client is the one with which a young domain has spread. */
  readonly isSpread?: boolean
  /** Characters that the names below its domain have carried, where they are those of a tunnel (tunnel.ts). */
  readonly tunnel?: string | undefined
  /** It completes a burst: an empty text, or what stands behind the alert. */
  readonly burst?: string
}

interface AlertTexts<Name extends string> {
  readonly name: Name
  /** What it may be a sign of, in MITRE ATT&CK (https://attack.mitre.org); none if it accuses nobody by itself. */
  readonly techniques: readonly string[]
  /** What it counts for the risk of a record (risk.ts), in percent: 0 to 100. A site may set another one. */
  readonly weight: number
  readonly meaning: string
  /** What an analyst does. */
  readonly action: string
}

/** `of` says what the condition reads, and so when it is evaluated. All conditions are pure. */
export type AlertEntry<Name extends string = string> = AlertTexts<Name> &
  (
    | {
        /** Evaluated with each verdict: a follow-up may withdraw the alert. */
        readonly of: 'record'
        /** Whether it is raised; a string is raised as `NAME:string`. */
        readonly when: (facts: AlertFacts, found: Finding, policy: AlertRules) => boolean | string
      }
    | {
        /** Evaluated once, when the question is counted: its record has the alert, whatever the registry answers. */
        readonly of: 'question'
        /** As above. */
        readonly when: (sighting: Sighting) => boolean | string
      }
    | {
        /** Evaluated when an answer or a contact changes the domain: pending until the domain's next record has it. */
        readonly of: 'registration'
        readonly when: (change: Change) => boolean
        /** It explains why the registration is later than the contact: REGISTERED-AFTER-CONTACT is never raised after it. */
        readonly explainsDate?: true
      }
  )

const newAnswer = 'NEW-ANSWER'

/**
 * The known name that a first contact resembles, if that is suspicious: what is old resembles a known name by chance, or
 * belongs to its owner. Not so what is one typing error away from a name of the site's own: it may have been parked for years.
 */
const lookalike = ({ resembles, alerts }: AlertFacts, found: Finding, policy: AlertRules): string | false => {
  if (!resembles || !isFirstContact(alerts)) return false
  const { name, how, isOwn } = resembles
  const isNear = isOwn && (how === 'typo' || how === 'similar')
  return isNear || isYoung(found, policy) || found.reason === 'not-registered' ? name : false
}

/** What a command of the site says against the domain. */
const reported = ({ enriched }: AlertFacts, name: ReportAlert): boolean | string => {
  const text = enriched?.reported[name]
  return text === '' ? true : (text ?? false)
}

/** Keeps the names as literal types. */
const listed = <const Name extends string>(entries: readonly AlertEntry<Name>[]) => entries

export const alerts = listed([
  {
    name: 'LOW-FREQ-SCORES',
    techniques: ['T1568.002'],
    weight: 20,
    meaning: 'both letter scores lie below their thresholds',
    action:
      'Look at what the client asked around it: many such names with `NXDOMAIN` point to malware that generates its domain names. Content networks do it too: put those into `ignore`.',
    of: 'record',
    when: (facts, found, policy) => lowScores(facts, found, policy) === 2,
  },
  {
    name: 'SUSPECT-FREQ-SCORE',
    techniques: ['T1568.002'],
    weight: 5,
    meaning: 'exactly one of the two letter scores lies below its threshold',
    action: 'Use it to sort, hardly to alarm: short names and abbreviations do it.',
    of: 'record',
    when: (facts, found, policy) => lowScores(facts, found, policy) === 1,
  },
  {
    name: 'YOUR-FIRST-CONTACT',
    techniques: [],
    weight: 10,
    meaning: 'the first question for this domain at this site. A domain raises it once, for ever',
    action:
      'Alone it is news, not an alarm: join it with `YOUNG`, a freq alert, or a host that browses nowhere.',
    of: 'question',
    when: ({ isFirst, isAssigned, isLearning }) => isFirst && !isAssigned && !isLearning,
  },
  {
    name: 'ISC-FIRST-CONTACT',
    techniques: ['T1583.001'],
    weight: 30,
    meaning: 'with `mode: isc`: the ISC had never seen the domain',
    action: 'No other site knows it either: treat it as `YOUNG`.',
    of: 'registration',
    when: isFirstAtIsc,
  },
  {
    name: 'RE-REGISTERED',
    techniques: ['T1583.001'],
    weight: 40,
    meaning:
      'the known registration date changed to a later one, or the registry tells of a reregistration since your first contact: the domain lapsed and has a new owner',
    action: 'Treat it as NEW, and distrust every allow-list that names it.',
    of: 'registration',
    when: changedHands,
    explainsDate: true,
  },
  {
    name: 'REGISTERED-AFTER-CONTACT',
    techniques: ['T1568'],
    weight: 50,
    meaning:
      '`seen_by_web` is later than `seen_by_you`: the name was asked before its registration. A domain raises it once, for ever',
    action: 'Somebody here knew the name before it was registered: look at that host first.',
    of: 'registration',
    // One change raises one of the two: a name that changed hands was registered before.
    when: change => !changedHands(change) && registeredAfterContact(change),
    explainsDate: true,
  },
  {
    name: 'DNS-TUNNEL',
    weight: 60,
    techniques: ['T1572', 'T1071.004', 'T1048.003'],
    meaning:
      'the names below one domain carry data; behind it stands how many characters by then (`DNS-TUNNEL:1240`). A domain raises it once a day',
    action:
      'Look at the client: what runs there, and what left. A service of the site that puts data into names (reputation, telemetry) gets the tag `trust`.',
    of: 'question',
    when: ({ tunnel = false }) => tunnel,
  },
  {
    name: 'MANY-NAMES',
    techniques: ['T1572', 'T1071.004'],
    weight: 30,
    meaning: 'one domain had more than `max_names_per_domain` names in a day; the rest are not written',
    action:
      'A service with wildcard names, as a rule; a tunnel raises `DNS-TUNNEL`, unless it hides in short words. Ignore it if it is a service.',
    of: 'question',
    when: ({ isOverThreshold }) => isOverThreshold,
  },
  {
    name: 'YOUNG',
    techniques: ['T1583.001'],
    weight: 30,
    meaning: 'registered less than `new_days` days ago; the age stands behind it (`YOUNG:3d`)',
    action:
      'Most domains of an attack are young, and few that people use are. Look at who asked, and for what.',
    of: 'record',
    when: (_, found, policy) => isYoung(found, policy) && `${found.ageDays ?? 0}d`,
  },
  {
    name: newAnswer,
    techniques: ['T1584.002'],
    weight: 15,
    meaning:
      'with `pdns.new_answer_days`: an established domain resolves into a network (/24, or /48 of IPv6) that none of its answers lay in before; the first such network stands behind it',
    action:
      'Compare with `domainstats pdns`: a move of the hoster, or somebody took over its zone or the resolver. If many clients have it, ask another resolver.',
    of: 'record',
    when: ({ newNetworks = [] }, { category }) => category === 'ESTABLISHED' && (newNetworks[0] ?? false),
  },
  {
    name: 'TAGGED-THREAT',
    techniques: ['T1071.004'],
    weight: 90,
    meaning: 'the name, a name above it, or an address in its answers has the tag `threat`',
    action:
      'Somebody reported it: `domainstats tag list` says who, and `who` which clients asked. Look at those first.',
    of: 'record',
    when: (_, { tags }) => tags.includes('threat'),
  },
  {
    name: 'TAGGED-INTEREST',
    techniques: [],
    weight: 25,
    meaning: 'the same for the tag `interest`',
    action: 'Whoever set the tag wants to know who asks for it. By itself it accuses nobody.',
    of: 'record',
    when: (_, { tags }) => tags.includes('interest'),
  },
  {
    name: 'LOOKALIKE',
    techniques: ['T1583.001', 'T1566.002'],
    weight: 45,
    meaning:
      'a first contact looks like a known name, which stands behind it (`LOOKALIKE:paypal.com`), and is young or not registered; a typing error or similar characters in a name of `brands` count at any age',
    action:
      'Somebody was led to a forged site, or mistyped. Look at what sent the client there: a mail, a page. Put names of your own into `brands`, and those that are meant so into `ignore`.',
    of: 'record',
    when: lookalike,
  },
  {
    name: 'DGA-LIKE',
    techniques: ['T1568.002'],
    weight: 35,
    meaning:
      '`dga_score` is `dga_alert` or more: at 60, 1 in 1,000 ordinary names looks so much like a generated one',
    action:
      'Look at what the client asked around it: several such names within minutes, most of them `NXDOMAIN`, are malware that looks for its server. One alone may be a tracker or a content network: put that into `ignore`.',
    of: 'record',
    when: (facts, found, policy) =>
      (dgaScoreOf(facts.scores) ?? -Infinity) >= policy.dgaAlert && alarmsByName(facts, found, policy),
  },
  {
    name: 'SERVICE-MIX',
    weight: 45,
    techniques: ['T1016', 'T1590.005'],
    meaning:
      'a client asked three services within an hour that tell its address, or whether an address is blocked (`service` `ip-check` or `dnsbl`); they stand behind it (`SERVICE-MIX:ipify.org+icanhazip.com+spamhaus.org`). Once a day for each client',
    action:
      'Look at what runs on the client: bankers and spam bots do it when they start, people ask one such page. Mail servers and resolvers ask for others: put them into `service_mix_except`.',
    of: 'question',
    when: ({ serviceMix }) => serviceMix ?? false,
  },
  {
    name: 'SPREAD',
    weight: 35,
    techniques: ['T1566.002', 'T1583.001'],
    meaning: 'five clients asked for a domain younger than `new_days` within a day. A domain raises it once',
    action:
      'A mail with a link, or a page that all of them visited: look for it in the mailboxes of these clients, and block the domain until you know what it is.',
    of: 'question',
    when: ({ isSpread = false }) => isSpread,
  },
  {
    name: 'DGA-BURST',
    weight: 70,
    techniques: ['T1568.002'],
    meaning:
      'ten or more first contacts of one client did not resolve within 10 minutes, and look generated together; `DGA-BURST:words`: they are made of a list of words; with a suffix behind it (`DGA-BURST:ru`): names of several clients below it. At most once an hour for each',
    action:
      'Malware looks for its server. `burst_names` has the last names: whether any client got an address for one of their kind says if it was found. Isolate the client, or see `id.resp_h` for who else asks.',
    of: 'question',
    when: ({ burst }) => burst !== undefined && (burst === '' || burst),
  },
  {
    name: 'OTX',
    weight: 60,
    techniques: ['T1071'],
    meaning:
      'with `enrich`: a pulse of AlienVault OTX names the domain; its title stands behind the alert (`OTX:Qakbot C2`)',
    action:
      'Read the pulse: who wrote it, when, and what the domain was. Many pulses name domains that only stood in the same traffic; `authors` of the command keeps those that you trust.',
    of: 'record',
    when: facts => reported(facts, 'OTX'),
  },
  {
    name: 'REPUTATION',
    weight: 50,
    techniques: ['T1071'],
    meaning:
      'with `enrich`: a command that the site asks, such as a reputation service, speaks against the domain; what it says stands behind the alert',
    action: 'Look the domain up at that service. The setting `enrich` names the command and the field.',
    of: 'record',
    when: facts => reported(facts, 'REPUTATION'),
  },
])

export type Alert = (typeof alerts)[number]['name']

/** The weights of the list, by name. */
export const alertWeights: ReadonlyMap<string, number> = new Map(
  alerts.map(({ name, weight }) => [name, weight]),
)

const firstContact: Alert = 'YOUR-FIRST-CONTACT'
export const isFirstContact = (raised: readonly string[]): boolean => raised.includes(firstContact)

export const burstAlert: Alert = 'DGA-BURST'

const isYoung = ({ ageDays }: Finding, { newDays }: AlertRules): boolean =>
  ageDays !== undefined && ageDays < newDays

/** Whether scores of a name are alerted with this record. */
const alarmsByName = ({ alerts }: AlertFacts, found: Finding, policy: AlertRules): boolean =>
  policy.freqAlerts === 'always' || isFirstContact(alerts) || isYoung(found, policy)

/** How many of both scores lie below their thresholds; 0 where they are not alerted. */
const lowScores = (facts: AlertFacts, found: Finding, policy: AlertRules): number => {
  const freq = freqOf(facts.scores)
  if (!freq || !alarmsByName(facts, found, policy)) return 0
  return Number(freq.average < policy.freqAverage) + Number(freq.word < policy.freqWord)
}

/** The alerts of a record in the order of the list: names, or `NAME:text`. */
export const recordAlerts = (facts: AlertFacts, found: Finding, policy: AlertRules): string[] => {
  const texts: string[] = []
  const isTrusted = found.tags.includes('trust')
  for (const entry of alerts) {
    if (isTrusted && policy.trustDrops.has(entry.name)) continue
    const text =
      entry.of === 'record'
        ? textOf(entry.name, entry.when(facts, found, policy))
        : facts.alerts.find(one => alertName(one) === entry.name)
    if (text !== undefined) texts.push(text)
  }
  return texts
}

const textOf = (name: string, raised: boolean | string): string | undefined =>
  raised === false ? undefined : raised === true ? name : `${name}:${raised}`

const tagAlerts: Readonly<Partial<Record<TagName, Alert>>> = {
  threat: 'TAGGED-THREAT',
  interest: 'TAGGED-INTEREST',
}
/** The alerts that a response adds, with the texts that recordAlerts gives them. */
export const answerAlerts = (tags: readonly TagName[], newNetworks: readonly string[]): string[] => [
  ...tags.flatMap(tag => tagAlerts[tag] ?? []),
  ...newNetworks.slice(0, 1).map(network => `${newAnswer}:${network}`),
]

/** The alerts that a question raises when it is counted: names, or `NAME:text`. */
export const questionAlerts = (sighting: Sighting): string[] => {
  const raised: string[] = []
  for (const entry of alerts) {
    const text = entry.of === 'question' ? textOf(entry.name, entry.when(sighting)) : undefined
    if (text !== undefined) raised.push(text)
  }
  return raised
}

/** The alerts of the record of a burst. @param suffix of the name that completes it */
export const burstAlerts = ({ kind }: Burst, suffix: string): string[] => {
  const none = { isFirst: false, isAssigned: false, isLearning: false, isOverThreshold: false }
  return questionAlerts({ ...none, burst: { letters: '', words: 'words', suffix }[kind] })
}

/** Alerts about an event stay true; alerts of a record may be withdrawn by its follow-up. */
const events: ReadonlySet<string> = new Set(
  alerts.filter(entry => entry.of !== 'record').map(({ name }) => name),
)
export const isEvent = (text: string): boolean => events.has(alertName(text))
