/** The kit for bursts: the questions of real logs, malware among those of a client, and the bursts that are found in them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Policy } from '../../detect/policy.js'
import { builtInDgaScorer } from '../../dga/load.js'
import type { Event } from '../../model/event.js'
import type { DomainRecord } from '../../model/record.js'
import { createReducer, type Registered } from '../../names/psl.js'
import { openParser } from '../../parse/parser.js'
import type { Store } from '../../store/store.js'
import type { Chance } from '../../testing/chaos/chance.js'
import { now, question, see } from '../../testing/pipeline-kit.js'
import type { Question } from '../question.js'

const dga = builtInDgaScorer()

/** The default settings, as far as bursts go by them. */
export const burstPolicy: Partial<Policy> = {
  scores: (domain, registrable) => {
    const score = dga.score(domain, registrable)
    return score === undefined ? {} : { dga_score: score }
  },
  lookups: false,
}

/** A question for a name. */
export const questionOf = (
  query: string,
  { domain, registrable }: Registered,
  more: Partial<Event>,
): Question => {
  const asked = question(query, more.ts ?? now, { domain, registrable })
  const event = { ...asked.event, ...more, query }
  return { ...asked, event, response: event }
}

const eventsIn = (path: string): Event[] => {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
  const parser = openParser({ stated: 'auto', sources: new Set(['dns']), header: '' })
  return text.split('\n').flatMap(line => {
    const events = parser.parse(Buffer.from(line, 'latin1'))
    return typeof events === 'string' ? [] : events
  })
}

/** The questions of a log, each with the response code that it got, in whatever line. */
export const questionsOf = (path: string): Question[] => {
  const { reduce } = createReducer([])
  const byTransaction = new Map<string, Event>()
  for (const [line, event] of eventsIn(path).entries()) {
    const { uid, transaction, query, rcodeName } = event
    const key = transaction === undefined ? String(line) : `${uid ?? ''} ${transaction} ${query}`
    const before = byTransaction.get(key)
    // Nobody waits for a response here: what has none by the end of the log never got one.
    byTransaction.set(key, {
      ...(before ?? event),
      rcodeName: before?.rcodeName ?? rcodeName,
      transaction: undefined,
    })
  }
  return [...byTransaction.values()].flatMap(event => {
    const reduced = reduce(event.query)
    return typeof reduced === 'string' ? [] : [questionOf(reduced.name, reduced, event)]
  })
}

/** All logs in a folder and below it. */
export const logsIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.(log|json)(\.gz)?$/.test(file))
    .sort()
    .map(file => join(dir, file))

/** How malware asks. */
interface Attack {
  readonly names: readonly Registered[]
  readonly client: string
  /** Other questions of the same client between two of its names. */
  readonly between: () => number
}

/** Ten minutes must have room for ten names with 200 others between each two of them. */
const stepMs = 250

/**
 * Puts the names of malware among the questions of a log, which the same client asks: so those of them that fail stand in its
 * ring, too.
 *
 * @param others questions of a real log
 * @param chance where in the log it begins
 */
export const mixed = (
  others: readonly Question[],
  { names, client, between }: Attack,
  chance: Chance,
): Question[] => {
  const asked: Question[] = []
  let at = chance.between(0, others.length - 1)
  const ask = (query: string, registered: Registered, more: Partial<Event>) =>
    asked.push(questionOf(query, registered, { ...more, origHost: client, ts: now + asked.length * stepMs }))
  for (const registered of names) {
    for (let left = between(); left > 0; left -= 1) {
      const other = others[at % others.length]
      at += 1
      if (other) ask(other.name, other, other.event)
    }
    ask(registered.domain, registered, { rcodeName: 'NXDOMAIN' })
  }
  return asked
}

/** The records of the bursts in these questions. */
export const burstsIn = (
  store: Store,
  questions: readonly Question[],
  use: Partial<Policy> = {},
): readonly DomainRecord[] =>
  see(store, questions, { ...burstPolicy, ...use }).records.filter(({ facts }) => facts.burst !== undefined)
