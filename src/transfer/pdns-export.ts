/** What an export of passive DNS says to others, and what it leaves out because it tells of the site's own network. */
import type { SourcedTuple } from '../model/passive.js'
import { addressBytes } from '../names/address.js'
import { isSpecialUse } from '../names/hostname.js'
import type { IgnoreList } from '../names/ignore-list.js'
import { isWithin, localRanges, rangeOfReverse } from '../names/network.js'
import { cofExportLine } from '../output/cof.js'

const kinds = ['address', 'reverse', 'internal', 'ignored', 'special'] as const
type LeftOut = (typeof kinds)[number]

/** Why a row is left out, in the words of the summary. */
const reasons: Readonly<Record<LeftOut, string>> = {
  address: 'with an address that is private, loopback, link-local or 0.0.0.0',
  reverse: 'in the reverse zone of such an address',
  internal: 'at or below internal_zones',
  ignored: 'on the ignore list',
  special: 'of a special-use domain, such as .local, .lan or home.arpa',
}

export interface OwnNames {
  readonly internal: Pick<IgnoreList, 'covers'>
  readonly ignored: Pick<IgnoreList, 'covers'>
}

/** The names of a row: its own, and those in its data. Strings of a TXT record stand in quotes, and are no names. */
const namesOf = ({ rrname, rdata }: SourcedTuple): readonly string[] => [rrname, ...rdata.split(' ')]

const isPrivateReverse = (name: string): boolean => {
  const range = name.endsWith('.arpa') ? rangeOfReverse(name) : undefined
  return range !== undefined && isWithin(range, localRanges())
}

/** Why a row is left out; undefined if it is not. */
export const leftOutOf = (tuple: SourcedTuple, { internal, ignored }: OwnNames): LeftOut | undefined => {
  const address = addressBytes(tuple.rdata)
  if (address && isWithin({ from: address, to: address }, localRanges())) return 'address'
  const names = address ? [tuple.rrname] : namesOf(tuple)
  if (names.some(isPrivateReverse)) return 'reverse'
  if (names.some(name => internal.covers(name))) return 'internal'
  if (names.some(name => ignored.covers(name))) return 'ignored'
  return names.some(isSpecialUse) ? 'special' : undefined
}

/** Counts while the lines are made. */
export class PdnsExport {
  rows = 0
  readonly #leftOut = new Map<LeftOut, number>()
  readonly #own: OwnNames | undefined

  /** @param own undefined: nothing is left out */
  constructor(own: OwnNames | undefined) {
    this.#own = own
  }

  /** The lines of each page. A page may be empty. */
  *lines(pages: Iterable<readonly SourcedTuple[]>): Generator<string, void> {
    for (const page of pages) yield page.map(tuple => this.#line(tuple)).join('')
  }

  /** How many rows were left out, by reason; a line for each. */
  leftOut(): readonly string[] {
    return kinds.flatMap(kind => {
      const rows = this.#leftOut.get(kind) ?? 0
      return rows > 0 ? [`${rows} left out: ${reasons[kind]}`] : []
    })
  }

  #line(tuple: SourcedTuple): string {
    const why = this.#own && leftOutOf(tuple, this.#own)
    if (why === undefined) {
      this.rows += 1
      return cofExportLine(tuple)
    }
    this.#leftOut.set(why, (this.#leftOut.get(why) ?? 0) + 1)
    return ''
  }
}
