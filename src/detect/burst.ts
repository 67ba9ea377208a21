/**
 * DGA-BURST: malware that generates its domain names asks for many that nobody has registered, until one resolves. One
 * generated name can be taken for an ordinary one; ten cannot. So the last failed first contacts of a client are judged
 * together, and those below one suffix by one resolver: with two names of each of ten clients, no client has ten.
 * Pure: the states are stored by memory.ts.
 */
import * as z from 'zod'
import {
  burstAlertMs,
  burstKeptMs,
  burstKeysMax,
  burstMs,
  burstNameScoreMax,
  burstNamesMax,
  burstNamesMin,
  burstNamesShown,
  burstScoreMin,
  burstSuffixScoreMin,
  burstWordChars,
  burstWordsPartMin,
  dgaScoreMax,
} from '../limits.js'
import type { Burst } from '../model/record.js'
import type { Remembering } from './memory.js'

const contactForm = z.object({
  domain: z.string(),
  ts: z.number(),
  score: z.number(),
  client: z.number().optional(),
})

const ringForm = z.object({ contacts: z.array(contactForm), alerted: z.number().optional() })

/** A first contact that did not resolve. */
export interface FailedContact {
  /** In A-labels: a label and its suffix, by the whole Public Suffix List. */
  readonly domain: string
  /** Event time, epoch ms. */
  readonly ts: number
  /** Its dga_score. */
  readonly score: number
  /** A hash of the client; undefined where the log or `clients.record` names none. */
  readonly client?: number | undefined
}

/** The last failed first contacts of one key. */
export interface BurstRing {
  /** At most burstNamesMax, distinct domains, within burstMs of the last one, which is the newest. */
  readonly contacts: readonly FailedContact[]
  /** Event time of the last alert, epoch ms. */
  readonly alerted?: number | undefined
}

const remembering = (detector: string): Remembering<BurstRing> => ({
  ...{ detector, keysMax: burstKeysMax, keptMs: burstKeptMs },
  state: ringForm,
})

/** By client. */
export const clientRings = remembering('burst-client')
/** By suffix and resolver. */
export const suffixRings = remembering('burst-suffix')

/** `com` of `example.com`, `duckdns.org` of `example.duckdns.org`. */
export const suffixOf = (domain: string): string => domain.slice(domain.indexOf('.') + 1)

/** The ring with one more contact. A domain that is in it already changes nothing. */
export const withContact = (ring: BurstRing | undefined, contact: FailedContact): BurstRing => {
  const { contacts = [], alerted } = ring ?? {}
  if (contacts.some(({ domain }) => domain === contact.domain)) return { contacts, alerted }
  // To both sides: logs of several sensors, and rotated ones, do not come in the order of their events.
  const near = contacts.filter(({ ts }) => Math.abs(ts - contact.ts) <= burstMs)
  return { contacts: [...near, contact].slice(-burstNamesMax), alerted }
}

/** Scores are 20 times a decimal logarithm: so many points are a natural one. */
const pointsPerNat = 20 * Math.LOG10E

/**
 * How seldom ordinary names have such scores together: at S, 1 in 10^(S / 20), 0 to dgaScoreMax with one decimal, like
 * dga_score itself. By Fisher's method (Statistical Methods for Research Workers, 1925, 21.1): the part p of ordinary names
 * that has a score is uniform, so the sum x of -ln p of n names is distributed as Gamma(n, 1), of which
 * e^-x · Σ x^k / k! (k < n) lies beyond x.
 *
 * @param scores dga_score of each name
 */
export const burstScore = (scores: readonly number[]): number => {
  const x = scores.reduce((sum, score) => sum + Math.min(score, burstNameScoreMax), 0) / pointsPerNat
  let [term, sum] = [1, 1]
  for (let k = 1; k < scores.length; k += 1) {
    term *= x / k
    sum += term
  }
  return Math.round(10 * Math.max(0, Math.min(dgaScoreMax, pointsPerNat * (x - Math.log(sum))))) / 10
}

/**
 * The part of labels that begin or end with a word of another one. A generator that strings words together takes them from a
 * short list (suppobox: 384), so they come again soon; its letters look like anybody's.
 */
export const sharedWordsPart = (labels: readonly string[]): number => {
  const ends = labels.map(label => [`^${label.slice(0, burstWordChars)}`, `${label.slice(-burstWordChars)}$`])
  const counts = new Map<string, number>()
  for (const end of ends.flat()) counts.set(end, (counts.get(end) ?? 0) + 1)
  return ends.filter(both => both.some(end => (counts.get(end) ?? 0) > 1)).length / labels.length
}

/** Whether the names with the last one's suffix are made of a list of words. */
const isOfWords = (contacts: readonly FailedContact[]): boolean => {
  const suffix = suffixOf(contacts.at(-1)?.domain ?? '')
  const labels = contacts
    .filter(({ domain }) => suffixOf(domain) === suffix)
    .map(({ domain }) => domain.slice(0, -suffix.length - 1))
  return labels.length >= burstNamesMin && sharedWordsPart(labels) >= burstWordsPartMin
}

/** Whether a key may raise an alert: not within burstAlertMs of its last one. */
const isSilenced = ({ contacts, alerted }: BurstRing): boolean =>
  alerted !== undefined && Math.abs((contacts.at(-1)?.ts ?? 0) - alerted) < burstAlertMs

const burstIn = ({ contacts }: BurstRing, kind: Burst['kind']): Burst => ({
  kind,
  names: contacts.slice(-burstNamesShown).map(({ domain }) => domain),
  score: burstScore(contacts.map(({ score }) => score)),
})

/** The burst that the ring of a client is now; undefined if it is none, or was alerted lately. */
export const burstOfClient = (ring: BurstRing): Burst | undefined => {
  const { contacts } = ring
  if (contacts.length < burstNamesMin || isSilenced(ring)) return undefined
  const found = burstIn(ring, 'letters')
  if (found.score >= burstScoreMin) return found
  return isOfWords(contacts) ? { ...found, kind: 'words' } : undefined
}

/** The same for a suffix. A client that has burstNamesMin of the names is a burst of its own, and not told twice. */
export const burstOfSuffix = (ring: BurstRing): Burst | undefined => {
  const { contacts } = ring
  if (contacts.length < burstNamesMin || isSilenced(ring) || mostOfOneClient(contacts) >= burstNamesMin)
    return undefined
  const found = burstIn(ring, 'suffix')
  return found.score >= burstSuffixScoreMin ? found : undefined
}

const mostOfOneClient = (contacts: readonly FailedContact[]): number => {
  const counts = new Map<number, number>()
  for (const { client } of contacts)
    if (client !== undefined) counts.set(client, (counts.get(client) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}
