/**
 * Finds zones in the logs that look like internal zones of the site, for `check` and `settings`. They are only proposed,
 * never set: a visitor's machine asks for the zones of its own site, too.
 */
import { createReadStream } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { linesOf } from '../files/files.js'
import {
  lineBytesMax,
  zoneAnswersMin,
  zoneCandidatesMax,
  zoneSampleBytesMax,
  zoneSampleFileBytesMax,
  zonesProposedMax,
} from '../limits.js'
import type { DnsAnswers, Event } from '../model/event.js'
import { IgnoreList, ignoreEntry } from '../names/ignore-list.js'
import type { Reducer } from '../names/psl.js'
import { openParser } from '../parse/parser.js'
import { isArchive } from '../tail/archive.js'
import { filesOf } from '../tail/inputs.js'
import type { Input } from '../tail/source.js'

export interface SeenZone {
  readonly zone: string
  /** The evidence, as text for the user. */
  readonly shown: string
}

/**
 * The Active Directory zone of a query for domain controllers. Windows asks for them below `_msdcs` of the domain or its
 * forest (`_ldap._tcp.dc._msdcs.corp.example.com`; [MS-ADTS] 6.3.2.3).
 */
const controllersOf = (query: string): string | undefined => /(?:^|\.)_msdcs\.(.+)$/s.exec(query)?.[1]

/** Private addresses: RFC 1918, RFC 4193. Not 0.0.0.0 and 127.0.0.1, which DNS filters answer for a blocked name. */
const ownAddresses = new BlockList()
ownAddresses.addSubnet('10.0.0.0', 8)
ownAddresses.addSubnet('172.16.0.0', 12)
ownAddresses.addSubnet('192.168.0.0', 16)
ownAddresses.addSubnet('fc00::', 7, 'ipv6')

/** Whether all addresses in an answer are private; undefined if it has none. */
const isOwn = (answers: DnsAnswers | undefined): boolean | undefined => {
  const addresses = (answers?.first ?? []).filter(text => isIP(text) !== 0)
  if (addresses.length === 0) return undefined
  return addresses.every(address => ownAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
}

interface Seen {
  controllers: number
  /** `own`: answers with private addresses only. `others`: answers with any public address. */
  own: number
  others: number
}

/** Counts the evidence for each zone. */
class Zones {
  readonly #seen = new Map<string, Seen>()
  readonly #reducer: Reducer

  constructor(reducer: Reducer) {
    this.#reducer = reducer
  }

  see({ query, answers }: Event): void {
    const zone = controllersOf(query)
    if (zone !== undefined) this.#count(zone, 'controllers')
    const own = isOwn(answers)
    if (own === undefined) return
    const reduced = this.#reducer.reduce(query)
    if (typeof reduced === 'string') return
    // Counts each zone that the name may belong to, from the domain down. The name itself is a machine.
    for (let at = reduced.domain; ; at = below(query, at)) {
      if (at === query && at !== reduced.domain) return
      this.#count(at, own ? 'own' : 'others')
      if (at === query) return
    }
  }

  #count(zone: string, what: keyof Seen): void {
    const seen = this.#seen.get(zone)
    if (seen) seen[what] += 1
    else if (this.#seen.size < zoneCandidatesMax)
      this.#seen.set(zone, { controllers: 0, own: 0, others: 0, [what]: 1 })
  }

  /** The zones that would be looked up, the most queried first, without those below another one. */
  found(): SeenZone[] {
    const { reduce } = this.#reducer
    const all = [...this.#seen]
      .filter(
        ([, { controllers, own, others }]) => controllers > 0 || (own >= zoneAnswersMin && others === 0),
      )
      .filter(([zone]) => ignoreEntry(zone) !== undefined && typeof reduce(zone) !== 'string')
      .sort(([, a], [, b]) => b.controllers + b.own - a.controllers - a.own)
    const parentOf = (zone: string) => zone.slice(zone.indexOf('.') + 1)
    const list = IgnoreList.of(all.map(([zone]) => zone))
    return all
      .filter(([zone]) => !list.covers(parentOf(zone)))
      .slice(0, zonesProposedMax)
      .map(([zone, seen]) => ({ zone, shown: shown(seen) }))
  }
}

const shown = ({ controllers, own }: Seen): string =>
  controllers > 0
    ? `${controllers} question${controllers === 1 ? '' : 's'} for its domain controllers`
    : `${own} answers, all of them with private addresses`

/** One label nearer to the name. */
const below = (query: string, zone: string): string =>
  query.slice(query.lastIndexOf('.', query.length - zone.length - 2) + 1)

/**
 * Reads the newest logs within the limits, and returns the zones that they show. A log that cannot be read is skipped.
 *
 * @param inputs with absolute paths
 * @param reducer with the internal zones and the ignore list of the settings, so that these are not found again
 */
export const zonesIn = async (
  inputs: readonly Input[],
  reducer: Reducer,
  signal: AbortSignal,
): Promise<SeenZone[]> => {
  const zones = new Zones(reducer)
  let left = zoneSampleBytesMax
  for (const input of inputs) {
    const paths = [...(await filesOf(input)).keys()]
    for (const path of paths.reverse()) {
      if (left <= 0 || signal.aborted) break
      left -= await look(path, input.format, Math.min(left, zoneSampleFileBytesMax), zones).catch(() => 0)
    }
  }
  return zones.found()
}

/** Reads a log from its start, where a Zeek log has its header. Returns the number of bytes read. */
const look = async (
  path: string,
  stated: Input['format'],
  bytesMax: number,
  zones: Zones,
): Promise<number> => {
  const parser = openParser({ stated, sources: new Set(['dns']), header: '' })
  let bytes = 0
  const chunks = async function* (): AsyncGenerator<Buffer> {
    const file = createReadStream(path)
    const content: Readable = isArchive(path) ? file.pipe(createGunzip()) : file
    file.on('error', error => content.destroy(error))
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        yield chunk
        bytes += chunk.length
        if (bytes >= bytesMax) return
      }
    } finally {
      file.destroy()
    }
  }
  for await (const { text } of linesOf(chunks(), lineBytesMax)) {
    if (text === undefined) continue
    const events = parser.parse(Buffer.from(text))
    if (typeof events !== 'string') for (const event of events) zones.see(event)
  }
  return bytes
}
