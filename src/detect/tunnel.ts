/**
 * DNS-TUNNEL: the names below one domain carry data. What is measured of the names of a window, and the rule that decides.
 * docs/tunnels.md shows both for known tunnels and for services that look like them.
 */
import * as z from 'zod'
import {
  tunnelAddressLabels,
  tunnelCharsMin,
  tunnelDigestCharsMax,
  tunnelDigestCharsMin,
  tunnelEntropyBitsMin,
  tunnelKeysMax,
  tunnelLongCharsMin,
  tunnelNamesMin,
  tunnelNamesPerClientMin,
  tunnelNamesSkipped,
  tunnelNibbleLabels,
  tunnelPartCharsMin,
  tunnelPayloadCharsMin,
  tunnelRawPartMin,
  suppressionWindowMs,
} from '../limits.js'
import { rrtypeOf } from '../names/rrtypes.js'
import type { Memory, Remembering } from './memory.js'
import { isReputation } from './reputation.js'

/** A name that its domain had not in this window before. */
export interface NewName {
  /** In A-labels. */
  readonly name: string
  readonly domain: string
  readonly registrable: string
  /** As the sensor wrote it. */
  readonly qtypeName: string | undefined
  /** The address of the client. */
  readonly origHost: string | undefined
}

/** What is measured of the names of a domain in a window. */
const measures = z.strictObject({
  names: z.int(),
  /** Names that were asked for with a type whose answer can carry data. */
  payloadNames: z.int(),
  /** Names that were asked for with a type that nothing but tunnels uses. */
  tunnelTypeNames: z.int(),
  /** Characters of the names that differ from the name before: an estimate of the bytes that they carry. */
  chars: z.int(),
  /** How often each character is among these: a to z, 0 to 9, `-`, `_`, and all others. */
  counts: z.array(z.int()).length(39),
  /** Length of the longest label of the last name. */
  label: z.int(),
  /** The longest of these. */
  labelMax: z.int(),
  /** Names whose longest label is as long as that of the name before. */
  sameLabel: z.int(),
  /** One bit for each client, at a place that its address gives. */
  clients: z.int(),
  /** The part of the last name above the domain. */
  last: z.string(),
})
export type Measures = z.infer<typeof measures>

const state = z.strictObject({
  /** When the window began, epoch ms of event time. */
  from: z.number(),
  /** Undefined once DNS-TUNNEL was raised. */
  measures: measures.optional(),
})

const remembering: Remembering<z.infer<typeof state>> = {
  detector: 'tunnel',
  keysMax: tunnelKeysMax,
  keptMs: 2 * suppressionWindowMs,
  state,
}

/**
 * Measures a name that is new in the window of its domain. Returns the text of the alert, once a window: how many
 * characters the names have carried.
 *
 * @param names names of the window so far, with this one. The first few are not measured, so that an ordinary domain costs no state
 * @param from when the window began, epoch ms of event time
 */
export const tunnelIn = (memory: Memory, seen: NewName, names: number, from: number): string | undefined => {
  if (names <= tunnelNamesSkipped || seen.name === seen.domain || isReputation(seen)) return undefined
  // Reads no state for a name that carries nothing.
  if (carriedBy(seen) === undefined) return undefined
  const before = memory.get(remembering, seen.domain)
  const isSameWindow = before?.from === from
  if (isSameWindow && before.measures === undefined) return undefined
  const after = measured(isSameWindow ? before.measures : undefined, seen)
  if (after === undefined) return undefined
  const raised = isTunnel(after)
  memory.put(remembering, seen.domain, raised ? { from } : { from, measures: after })
  return raised ? String(after.chars) : undefined
}

/** Types whose answers carry text, names or keys: more than an address. */
const payloadTypes: ReadonlySet<string> = new Set(['TXT', 'CNAME', 'MX', 'SRV', 'KEY'])

/** NULL is experimental (RFC 1035 3.3.10), and the last types are for private use (RFC 6895 3.1): iodine asks for both. */
const isTunnelType = (type: string): boolean => {
  const number = Number(/^TYPE(\d+)$/.exec(type)?.[1])
  return type === 'NULL' || (number >= 65_280 && number <= 65_534)
}

interface Carried {
  /** The part of the name above its domain. */
  readonly part: string
  readonly isPayload: boolean
  readonly isOfTunnels: boolean
}

/**
 * What a name may carry; undefined if it carries nothing: it is an address in reverse order, or as short as names of hosts
 * are and asked for with a type whose answers are addresses.
 */
const carriedBy = (seen: NewName): Carried | undefined => {
  const type = (seen.qtypeName === undefined ? undefined : rrtypeOf(seen.qtypeName)) ?? ''
  const isOfTunnels = isTunnelType(type)
  const isPayload = isOfTunnels || payloadTypes.has(type)
  const part = partAbove(seen)
  if ((!isPayload && part.length < tunnelPartCharsMin) || isAddress(part)) return undefined
  return { part, isPayload, isOfTunnels }
}

/** What the measures are with one more name; undefined if it carries nothing. */
export const measured = (before: Measures | undefined, seen: NewName): Measures | undefined => {
  const carried = carriedBy(seen)
  if (carried === undefined) return undefined
  const { part, isPayload, isOfTunnels } = carried
  const last = before?.last ?? ''
  const fresh = freshChars(part, last)
  const label = Math.max(...part.split('.').map(({ length }) => length))
  const counts = [...(before?.counts ?? new Array<number>(39).fill(0))]
  for (const char of fresh) {
    const at = bucketOf(char)
    counts[at] = (counts[at] ?? 0) + 1
  }
  return {
    names: (before?.names ?? 0) + 1,
    payloadNames: (before?.payloadNames ?? 0) + Number(isPayload),
    tunnelTypeNames: (before?.tunnelTypeNames ?? 0) + Number(isOfTunnels),
    chars: (before?.chars ?? 0) + fresh.length,
    counts,
    label,
    labelMax: Math.max(before?.labelMax ?? 0, label),
    sameLabel: (before?.sameLabel ?? 0) + Number(before?.label === label),
    clients: ((before?.clients ?? 0) | bitOf(seen.origHost)) >>> 0,
    last: part,
  }
}

/** The part of a name above its domain. A byte that the sensor escaped (`\xhh`) counts as one character. */
const partAbove = ({ name, domain }: NewName): string =>
  name.slice(0, Math.max(0, name.length - domain.length - 1)).replace(/\\x[\da-f]{2}/g, '?')

const address = new RegExp(
  `^(?:(?:\\d{1,3}\\.){${tunnelAddressLabels}}|(?:[\\da-f]\\.){${tunnelNibbleLabels}})`,
)
/** An address in reverse order, as lists of addresses (DNSBL, RFC 5782) and SPF macros (RFC 7208) ask for it. */
const isAddress = (part: string): boolean => address.test(`${part}.`)

/**
 * The characters of a text that differ from another one's at the same place, counted from the end or from the beginning,
 * whichever leaves less. What all names have in common (a session's number, a customer's key) carries nothing.
 */
const freshChars = (text: string, other: string): string => {
  const ends = differing(text, other, other.length - text.length)
  const begins = text.length === other.length ? ends : differing(text, other, 0)
  return begins.length < ends.length ? begins : ends
}

const differing = (text: string, other: string, shift: number): string => {
  let found = ''
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char !== '.' && char !== other.charAt(at + shift)) found += char
  }
  return found
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789-_'
const bucketOf = (char: string): number => {
  const at = alphabet.indexOf(char)
  return at === -1 ? alphabet.length : at
}

const bitOf = (client: string | undefined): number => {
  if (client === undefined) return 0
  let hash = 0
  for (let at = 0; at < client.length; at += 1) hash = (Math.imul(hash, 31) + client.charCodeAt(at)) | 0
  return 1 << ((hash ^ (hash >>> 5) ^ (hash >>> 15)) & 31)
}

/** Number of clients, by linear counting (Whang et al. 1990) in 32 bits: from 20 on it is rough. */
export const clientCount = ({ clients }: Pick<Measures, 'clients'>): number => {
  const zeros = 32 - clients.toString(2).replaceAll('0', '').length
  return Math.max(1, Math.round(-32 * Math.log(Math.max(zeros, 0.5) / 32)))
}

/** Bits of information in a character, with the correction of Miller (1955) for small samples. */
export const entropyOf = (counts: readonly number[]): number => {
  const present = counts.filter(count => count > 0)
  const total = present.reduce((sum, count) => sum + count, 0)
  if (total === 0) return 0
  const plain = present.reduce((sum, count) => sum - (count / total) * Math.log2(count / total), 0)
  return plain + (present.length - 1) / (2 * total * Math.LN2)
}

/**
 * Whether the characters are data in hex, in base32 or base64, or raw bytes. Words, and names of hosts, have an entropy
 * of at most 4.5 bits; digits alone are addresses and counters.
 */
export const isCoded = ({ counts, chars }: Pick<Measures, 'counts' | 'chars'>): boolean => {
  if (chars === 0) return false
  const sum = (from: number, to: number): number =>
    counts.slice(from, to).reduce((total, count) => total + count, 0)
  if (sum(38, 39) >= chars * tunnelRawPartMin) return true
  const [letters, digits] = [sum(0, 6), sum(26, 36)]
  // 6 of 16 hex digits are letters.
  if (letters + digits >= 0.97 * chars) return letters >= 0.2 * chars
  return entropyOf(counts) >= tunnelEntropyBitsMin
}

/**
 * Whether each name carries one digest or UUID: a label of one length, all of it new. It may be that of a file, of an
 * address of mail, or a user's number, and by it alone nothing else leaves.
 */
export const areDigests = ({ names, chars, labelMax, sameLabel }: Measures): boolean =>
  sameLabel >= 0.8 * (names - 1) &&
  labelMax >= tunnelDigestCharsMin &&
  labelMax <= tunnelDigestCharsMax &&
  chars >= 0.75 * labelMax * names

/**
 * Whether the names are those of a tunnel: many for each client, and asked for with a type of tunnels, or coded and each
 * with more than a name needs. That is little where the answers can carry data back, and much where they are addresses.
 */
export const isTunnel = (found: Measures): boolean => {
  const { names, payloadNames, tunnelTypeNames, chars } = found
  if (names < tunnelNamesMin || names < tunnelNamesPerClientMin * clientCount(found)) return false
  const isMost = (some: number): boolean => some >= 0.75 * names
  if (isMost(tunnelTypeNames)) return true
  if (!isCoded(found)) return false
  const perName = chars / names
  if (perName > tunnelLongCharsMin) return true
  if (areDigests(found)) return false
  return perName >= (isMost(payloadNames) ? tunnelPayloadCharsMin : tunnelCharsMin)
}
