/**
 * Takes registrations that somebody publishes in versions, as domain_stats2 did: MAJOR/MINOR.txt with lines
 * `+,domain,created,expires`. Beside them stands SHA256SUMS, as sha256sum writes it: it says which versions there are, and a
 * file that does not match it is not taken.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import * as z from 'zod'
import { updateBytesMax, updateSumsBytesMax, updateTimeoutMs } from '../limits.js'
import type { Way } from '../lookup/net/addresses.js'
import { jsonEscaped } from '../output/json.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'
import { within } from '../time/wake.js'
import { importPieces } from './import.js'
import { openList } from './lists.js'
import { sourceFrom } from './row.js'

/** A version: within a major one, each minor one adds to those before it. */
export interface ListVersion {
  readonly major: number
  readonly minor: number
}

/** A version that is offered, and the SHA-256 of its file in hex. */
export interface Offered extends ListVersion {
  readonly sum: string
}

/** Reads SHA256SUMS. Lines about other files are passed over. */
export const readSums = (text: string): Offered[] =>
  text.split(/\r?\n/).flatMap(line => {
    const [, sum = '', major = '', minor = ''] =
      /^([\da-f]{64}) [ *](?:\.\/)?(\d{1,9})\/(\d{1,9})\.txt$/i.exec(line) ?? []
    return sum === '' ? [] : [{ sum: sum.toLowerCase(), major: Number(major), minor: Number(minor) }]
  })

/**
 * The versions to take, in order: of the highest major version those that were not taken yet. A new major version begins
 * anew, and its files say all. Minor version 0 is the empty one in domain_stats2, which nobody reads.
 */
export const newerThan = (offered: readonly Offered[], taken: ListVersion | undefined): Offered[] => {
  const major = Math.max(...offered.map(version => version.major))
  const from = taken?.major === major ? taken.minor : 0
  if (taken && major < taken.major) return []
  return offered
    .filter(version => version.major === major && version.minor > from)
    .sort((a, b) => a.minor - b.minor)
}

const state = z.object({ major: z.number(), minor: z.number() })

const keyOf = (url: string): string => `updates:${url}`

/** The version that was taken last from a place; undefined before the first one. */
export const takenVersion = (store: Pick<Store, 'meta'>, url: string): ListVersion | undefined => {
  const text = store.meta(keyOf(url))
  return text === undefined ? undefined : state.parse(JSON.parse(text))
}

export interface UpdateTools {
  readonly store: Store
  /** To the host of the settings. */
  readonly way: Way
  readonly clock: Clock
  /** Of the program, with the contact of the site. */
  readonly userAgent: string
  readonly signal: AbortSignal
}

/** What was taken from one file. */
export interface TakenUpdate extends ListVersion {
  readonly taken: number
  readonly refused: number
}

/**
 * Takes what is new at an address, one version after the other: what was taken stays if a later one fails.
 *
 * @param url the folder, with or without its final slash
 * @returns the versions, none if nothing is new
 * @throws Error that names the file, and says why it is not taken
 */
export async function* takeUpdates(url: string, tools: UpdateTools): AsyncGenerator<TakenUpdate, void> {
  const { store, clock, signal } = tools
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  const offered = readSums(
    (await fetchFile(new URL('SHA256SUMS', base), updateSumsBytesMax, tools)).toString(),
  )
  if (offered.length === 0) throw new Error(`${base.href}SHA256SUMS names no MAJOR/MINOR.txt`)
  for (const { major, minor, sum } of newerThan(offered, takenVersion(store, url))) {
    const file = new URL(`${major}/${minor}.txt`, base)
    const bytes = await fetchFile(file, updateBytesMax, tools)
    const found = createHash('sha256').update(bytes).digest('hex')
    if (found !== sum) throw new Error(`${file.href} does not match SHA256SUMS: nothing of it is taken`)
    const { pieces } = await openList(Readable.from([bytes]), { stated: 'csv', name: file.href })
    const options = { neverExpire: false, seen: false, source: undefined, origin: sourceFrom(base.host) }
    const done = await importPieces(pieces, { store, clock, options, signal })
    if (done.broken !== undefined) throw new Error(`${file.href}: ${done.broken}`)
    store.putMeta(keyOf(url), JSON.stringify({ major, minor }))
    yield { major, minor, taken: done.taken, refused: done.refused }
  }
}

/** @throws Error that names the file: no answer, another status than 200 (redirects are not followed), or too many bytes */
const fetchFile = async (url: URL, bytesMax: number, { way, clock, userAgent, signal }: UpdateTools) => {
  const dispatcher = await way.dispatcher()
  const { request } = await import('../lookup/net/undici.js')
  const bytes = await within(updateTimeoutMs, clock, signal, async until => {
    const headers = { 'user-agent': userAgent, 'accept-encoding': 'identity' }
    const { statusCode, body } = await request(url, { dispatcher, headers, signal: until })
    if (statusCode !== 200) {
      await body.dump()
      throw new Error(`${url.href} answers with status ${statusCode}`)
    }
    const chunks: Buffer[] = []
    let count = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      count += chunk.length
      if (count > bytesMax) throw new Error(`${url.href} has more than ${bytesMax} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }).catch((cause: unknown) => {
    signal.throwIfAborted()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(why.startsWith(url.href) ? why : `${url.href}: ${jsonEscaped(why)}`, { cause })
  })
  if (bytes === undefined) throw new Error(`${url.href} did not come within ${updateTimeoutMs / 1000} s`)
  return bytes
}
