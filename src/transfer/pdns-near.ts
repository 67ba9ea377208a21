/**
 * The tagged addresses nearest to an address: attackers rent addresses side by side. Tagged networks count by their nearest
 * address, and tagged names by the addresses that passive DNS knows of them.
 */
import { bitOf, type TagTable } from '../detect/tags.js'
import type { Tag, TagName, TagTarget } from '../model/tag.js'
import { addressText, unmappedAddress } from '../names/address.js'
import { toALabels } from '../names/hostname.js'
import { commonBits, tagValueText } from '../names/tag-value.js'
import { toJsonLine } from '../output/json.js'
import type { PdnsQuestion } from '../store/pdns-search.js'
import type { Reader } from '../store/reader.js'

/** A tagged address, and how near it is. */
export interface NearAddress {
  readonly address: string
  /** The difference of both addresses as numbers. */
  readonly distance: bigint
  /** How many bits both have in common at their beginning. */
  readonly prefix: number
  /** The Euclidean distance of both, with each octet as a coordinate: pDNS2 compares addresses so. */
  readonly octets: number
  /** By what it is tagged. */
  readonly tag: Tag
  /** Where a name is tagged: the name with this address. */
  readonly rrname: string | undefined
}

export interface NearOptions {
  /** 4 bytes or 16. */
  readonly address: Buffer
  readonly tag: TagName
  /** So many rows at most. */
  readonly limit: number
}

const numberOf = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`)
const absolute = (one: bigint): bigint => (one < 0n ? -one : one)

const octetsBetween = (one: Buffer, other: Buffer): number =>
  Math.hypot(...Array.from(one, (byte, i) => byte - (other[i] ?? 0)))

/** The address of a network that is nearest to this one. */
const nearestIn = ({ from, bits }: Extract<TagTarget, { kind: 'network' }>, address: Buffer): Buffer => {
  if (commonBits(from, address) >= bits) return address
  if (address.compare(from) < 0) return from
  return Buffer.from(from.map((byte, i) => byte | (0xff >>> Math.min(8, Math.max(0, bits - 8 * i)))))
}

/** Keeps the nearest ones. */
class Nearest {
  readonly #options: NearOptions
  readonly #number: bigint
  #rows: NearAddress[] = []
  readonly #seen = new Set<string>()

  constructor(options: NearOptions) {
    this.#options = options
    this.#number = numberOf(options.address)
  }

  add(bytes: Buffer, tag: Tag, rrname?: string): void {
    const { address, limit } = this.#options
    if (bytes.length !== address.length) return
    const distance = absolute(numberOf(bytes) - this.#number)
    const key = `${bytes.toString('latin1')} ${tagValueText(tag.target)} ${rrname ?? ''}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    const [prefix, octets] = [commonBits(bytes, address), octetsBetween(bytes, address)]
    this.#rows.push({ address: addressText(bytes), distance, prefix, octets, tag, rrname })
    // Sorted now and then: a million tags must not be a million rows.
    if (this.#rows.length >= 2 * limit + 100) this.#cut()
  }

  /** The nearest first. */
  take(): readonly NearAddress[] {
    this.#cut()
    return this.#rows
  }

  #cut(): void {
    this.#rows = this.#rows
      .sort((a, b) => Number(a.distance - b.distance) || (a.rrname ?? '').localeCompare(b.rrname ?? ''))
      .slice(0, this.#options.limit)
    this.#seen.clear()
    for (const { address, tag, rrname } of this.#rows)
      this.#seen.add(
        `${unmappedAddress(address)?.toString('latin1') ?? ''} ${tagValueText(tag.target)} ${rrname ?? ''}`,
      )
  }
}

/**
 * Looks at all tags, and at the addresses of tagged names. Yields between its steps.
 *
 * @param table the same tags in memory: a name below a trusted one is none of the tagged ones
 */
export function* nearestTagged(
  store: Pick<Reader, 'tags' | 'pdns'>,
  table: TagTable,
  options: NearOptions,
): Generator<void, readonly NearAddress[]> {
  const nearest = new Nearest(options)
  const isTagged = (rrname: string) =>
    ((table.ofName(toALabels(rrname))?.set ?? 0) & bitOf[options.tag]) !== 0
  const hasNames = !store.pdns.isEmpty()
  const rrtype = options.address.length === 4 ? 'A' : 'AAAA'
  for (const page of store.tags.pages()) {
    yield
    for (const tag of page) {
      if (tag.tag !== options.tag || (tag.target.kind === 'name' && !hasNames)) continue
      if (tag.target.kind === 'network') {
        if (tag.target.from.length === options.address.length)
          nearest.add(nearestIn(tag.target, options.address), tag)
        continue
      }
      for (const kind of ['name', 'below'] as const) {
        const question: PdnsQuestion = { kind, names: [tag.target.name], side: 'rrname' }
        for (const rows of store.pdns.tuples(question, { rrtype })) {
          for (const { rrname, rdata } of rows) {
            const bytes = unmappedAddress(rdata)
            if (bytes && isTagged(rrname)) nearest.add(bytes, tag, rrname)
          }
          if (rows.length > 0) yield
        }
      }
    }
  }
  return nearest.take()
}

/** Beyond 2^53 the distance of IPv6 addresses is rounded, as JSON readers do it anyway. */
export const nearLine = ({ address, distance, prefix, octets, tag, rrname }: NearAddress): string =>
  `${toJsonLine({
    ...{ address, distance: Number(distance), prefix, octets: Math.round(octets * 1e4) / 1e4 },
    ...{ tag: tag.tag, tagged: tagValueText(tag.target), rrname, source: tag.source, note: tag.note },
  })}\n`
