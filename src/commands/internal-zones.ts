/**
 * Zones that look like the site's own, by what its logs show. They are proposed and never taken: whoever visits asks for
 * the zones of somebody else, too.
 */
import { createReadStream } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Config } from '../config/schema.js'
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

export interface SeenZone {
  readonly zone: string
  /** What showed it, for people. */
  readonly shown: string
}

/**
 * Windows asks for its domain controllers below `_msdcs` of the Active Directory domain, or of its forest
 * (`_ldap._tcp.dc._msdcs.corp.example.com`; [MS-ADTS] 6.3.2.3).
 */
const controllersOf = (query: string): string | undefined => /(?:^|\.)_msdcs\.(.+)$/s.exec(query)?.[1]

/** Addresses that a site gives to machines of its own: RFC 1918, RFC 4193. Who blocks a name answers 0.0.0.0 or 127.0.0.1. */
const ownAddresses = new BlockList()
ownAddresses.addSubnet('10.0.0.0', 8)
ownAddresses.addSubnet('172.16.0.0', 12)
ownAddresses.addSubnet('192.168.0.0', 16)
ownAddresses.addSubnet('fc00::', 7, 'ipv6')

/** True: all addresses in an answer are the site's own; false: not all; undefined: it has none. */
const isOwn = (answers: DnsAnswers | undefined): boolean | undefined => {
  const addresses = (answers?.first ?? []).filter(text => isIP(text) !== 0)
  if (addresses.length === 0) return undefined
  return addresses.every(address => ownAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
}

interface Seen {
  controllers: number
  /** Answers with the site's own addresses only, and others. */
  own: number
  others: number
}

/** Counts what shows zones in what is read. */
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
    // Each zone that the name may lie in, from the domain down; the name itself is a machine.
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

  /** Those about which somebody would be asked, the most asked for first, without those that lie below another. */
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
 * Looks through the newest logs, as far as the limits go. A log that cannot be read shows nothing.
 *
 * @param inputs with absolute paths
 * @param reducer with the zones and the ignore list of the settings: what these cover is not found again
 */
export const zonesIn = async (
  inputs: readonly Config['inputs'][number][],
  reducer: Reducer,
  signal: AbortSignal,
): Promise<SeenZone[]> => {
  const zones = new Zones(reducer)
  let left = zoneSampleBytesMax
  for (const input of inputs) {
    const paths = [...(await filesOf({ ...input, sensor: input.sensor })).keys()]
    for (const path of paths.reverse()) {
      if (left <= 0 || signal.aborted) break
      left -= await look(path, input.format, Math.min(left, zoneSampleFileBytesMax), zones).catch(() => 0)
    }
  }
  return zones.found()
}

/** Reads a log from its beginning, where a Zeek log has its columns. Gives how many bytes it was. */
const look = async (
  path: string,
  stated: Config['inputs'][number]['format'],
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
