/**
 * The one list of alerts, in the order in which a record lists them: what each means, what an analyst does, and when
 * it is raised. Whoever needs to know an alert reads it here: verdict, HTTP port, README.
 */
/** What alerts are decided by. */
export interface Observed {
  /** Letter scores of the domain; undefined where they are switched off. */
  readonly freq: { readonly average: number; readonly word: number } | undefined
  /** What happened with this very question: such an alert is raised by the transaction that sees it happen. */
  readonly events: readonly Alert[]
  /** Whole days since the registration; undefined where no date is known. */
  readonly ageDays: number | undefined
}

export interface AlertRules {
  /** Scores strictly below these alarm, as in freq by Mark Baggett. */
  readonly freqAverage: number
  readonly freqWord: number
  /** `first`: scores alarm with a first contact, or while the domain is young. */
  readonly freqAlerts: 'first' | 'always'
  /** A domain younger than this is young. */
  readonly newDays: number
}

interface Entry<Name extends string> {
  readonly name: Name
  readonly meaning: string
  /** What an analyst does. */
  readonly action: string
  /** Whether it is raised, or the text behind its name. Missing: it is raised as an event. */
  readonly when?: (observed: Observed, rules: AlertRules) => boolean | string
}

/** Keeps the names as literal types. */
const listed = <const Name extends string>(entries: readonly Entry<Name>[]) => entries

/** How many of both scores lie below their thresholds, as far as they are told at all. */
const lowScores = (observed: Observed, rules: AlertRules): number => {
  const { freq, events } = observed
  if (!freq) return 0
  const told =
    rules.freqAlerts === 'always' || events.includes('YOUR-FIRST-CONTACT') || isYoung(observed, rules)
  return told ? Number(freq.average < rules.freqAverage) + Number(freq.word < rules.freqWord) : 0
}

const isYoung = ({ ageDays }: Observed, { newDays }: AlertRules): boolean =>
  ageDays !== undefined && ageDays < newDays

export const alerts = listed([
  {
    name: 'LOW-FREQ-SCORES',
    meaning: 'both letter scores lie below their thresholds',
    action:
      'Look at what the client asked around it: many such names with `NXDOMAIN` are a generated-domain malware. Content networks do it too: put those into `ignore`.',
    when: (observed, rules) => lowScores(observed, rules) === 2,
  },
  {
    name: 'SUSPECT-FREQ-SCORE',
    meaning: 'exactly one of the scores does',
    action: 'Use it to sort, hardly to alarm: short names and abbreviations do it.',
    when: (observed, rules) => lowScores(observed, rules) === 1,
  },
  {
    name: 'YOUR-FIRST-CONTACT',
    meaning: 'nobody here ever asked for this domain before. Said once a domain, for ever',
    action:
      'Alone it is news, not an alarm: join it with `YOUNG`, a freq alert, or a host that browses nowhere.',
  },
  {
    name: 'ISC-FIRST-CONTACT',
    meaning: 'with `mode: isc`: no client of the ISC had asked for the domain before',
    action: 'Nobody else can vouch for it: treat it as `YOUNG`.',
  },
  {
    name: 'RE-REGISTERED',
    meaning:
      'the known registration date changed to a later one, or the registry tells of a reregistration since your first contact: the domain lapsed and has a new owner',
    action: 'Treat it as NEW, and distrust every allow-list that names it.',
  },
  {
    name: 'REGISTERED-AFTER-CONTACT',
    meaning:
      '`seen_by_web` is later than `seen_by_you`: the name was asked before its registration. Said once a domain, for ever',
    action: 'Somebody here knew the name before it was registered: look at that host first.',
  },
  {
    name: 'MANY-NAMES',
    meaning: 'one domain had more than `max_names_per_domain` names in a day; the rest are not written',
    action:
      'A DNS tunnel, or a service with wildcard names. Look at lengths and record types; ignore it if it is a service.',
  },
  {
    name: 'YOUNG',
    meaning: 'registered less than `new_days` days ago; the age stands behind it (`YOUNG:3d`)',
    action:
      'Most domains of an attack are young, and few that people use are. Look at who asked, and for what.',
    when: (observed, rules) => isYoung(observed, rules) && `${observed.ageDays ?? 0}d`,
  },
])

/** The name of an alert of ours. */
export type Alert = (typeof alerts)[number]['name']

/** What is raised, in the order of the list: names, or `NAME:text`. */
export const raised = (observed: Observed, rules: AlertRules): string[] => {
  const texts: string[] = []
  for (const { name, when } of alerts) {
    const told = when ? when(observed, rules) : observed.events.includes(name)
    if (told !== false) texts.push(told === true ? name : `${name}:${told}`)
  }
  return texts
}

/** The name of an alert text: what stands before the first colon. */
export const alertName = (text: string): string => text.split(':', 1)[0] ?? ''

/** Raised by what happened, and so true for ever; the others follow from what is known at the time. */
const events: ReadonlySet<string> = new Set(alerts.filter(({ when }) => !when).map(({ name }) => name))
export const isEvent = (text: string): text is Alert => events.has(text)
