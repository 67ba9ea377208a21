/**
 * Which known name a domain resembles: by a typing error, by characters that look alike, or because it has the name in it.
 * Pure and bounded: a label has at most 63 characters, and the work grows with them, not with the number of brands.
 */
import { affixCharsMin, similarCharsMin, typoCharsMin } from '../limits.js'
import type { Resemblance } from '../model/record.js'
import { DeleteIndex, type Edit } from './delete-index.js'
import { folded, skeletonOf } from './skeleton.js'

/**
 * What of a brand counts. `word`: typing errors and characters that look alike. `distinct`, a label that is no common word:
 * also between hyphens. `own`, of the setting `brands`: also at the beginning and the end of a label, and below another
 * public suffix.
 */
export type BrandKind = 'own' | 'distinct' | 'word'

export interface Brand {
  /** A registered domain in A-labels, or, for `own` alone, a label without its suffix. */
  readonly name: string
  readonly kind: BrandKind
}

/** @param domain a registered domain in A-labels. Returns undefined if it resembles none, or is one of them itself. */
export type Matcher = (domain: string) => Resemblance | undefined

/** A brand, prepared. */
interface Entry extends Brand {
  readonly label: string
  /** Its place in the list: the first one that matches is reported. */
  readonly rank: number
}

const labelOf = (name: string): string => name.split('.', 1)[0] ?? name

class Found {
  #best: Entry | undefined
  #how: Resemblance['how'] = 'typo'

  offer(entry: Entry | undefined, how: Resemblance['how']): void {
    if (!entry || (this.#best && this.#best.rank <= entry.rank)) return
    this.#best = entry
    this.#how = how
  }

  get resemblance(): Resemblance | undefined {
    const best = this.#best
    return best && { name: best.name, how: this.#how, isOwn: best.kind === 'own' }
  }
}

/** Indexes of brands: for each key the first brand that has it. */
class BrandIndex {
  readonly names = new Set<string>()
  readonly labels = new Map<string, Entry>()
  readonly skeletons = new Map<string, Entry>()
  readonly tokens = new Map<string, Entry>()
  readonly affixes = new Map<string, Entry>()
  readonly typos = new DeleteIndex<Entry>()

  /** @param brands the most important first */
  constructor(brands: readonly Brand[]) {
    for (const [rank, brand] of brands.entries()) this.#add({ ...brand, label: labelOf(brand.name), rank })
  }

  #add(entry: Entry): void {
    const { name, kind, label } = entry
    this.names.add(name)
    // The same label under several suffixes is one brand.
    if (this.labels.has(label)) return
    this.labels.set(label, entry)
    const seen = folded(label)
    if (seen.length >= typoCharsMin) this.typos.add(seen, entry)
    if (seen.length < similarCharsMin) return
    const skeleton = skeletonOf(seen)
    addFirst(this.skeletons, skeleton, entry)
    if (kind !== 'word') addFirst(this.tokens, skeleton, entry)
    if (kind === 'own' && label.length >= affixCharsMin) addFirst(this.affixes, label, entry)
  }
}

const addFirst = (entries: Map<string, Entry>, key: string, entry: Entry): void => {
  if (!entries.has(key)) entries.set(key, entry)
}

/**
 * Whether an edit may be a typing error. Not a digit that was changed, added or removed, since hosts are numbered
 * (`server1`, `server2`), and not a plural. Other words often differ in their first letter (`booking`, `cooking`), and
 * typing errors hardly ever: that counts for the site's own brands only.
 *
 * @param length of the brand's label
 */
const isTypo = ({ at, from, to }: Edit, length: number, { kind }: Brand): boolean => {
  if (/^\d*$/.test(from) && /^\d*$/.test(to)) return false
  const isAtEnd = at + from.length === length
  if (isAtEnd && ((from === '' && to === 's') || (from === 's' && to === ''))) return false
  return at > 0 || from.length === 2 || kind === 'own'
}

/**
 * Creates the matcher for these brands.
 *
 * @param brands the most important first: a domain that resembles several is reported with the first one
 */
export const createMatcher = (brands: readonly Brand[]): Matcher => {
  const index = new BrandIndex(brands)
  return domain => {
    if (index.names.has(domain)) return undefined
    const label = labelOf(domain)
    const same = index.labels.get(label)
    // Companies have their name under many suffixes, and different companies the same name: only the site's own counts.
    if (same) {
      const isOtherSuffix = same.kind === 'own' && same.name !== label
      return isOtherSuffix ? { name: same.name, how: 'suffix', isOwn: true } : undefined
    }
    const found = new Found()
    const seen = folded(label)
    const skeleton = skeletonOf(seen)
    found.offer(index.skeletons.get(skeleton), 'similar')
    for (const [entry, edit] of index.typos.near(seen))
      if (isTypo(edit, folded(entry.label).length, entry)) found.offer(entry, 'typo')
    if (skeleton.includes('-'))
      for (const token of skeleton.split('-')) found.offer(index.tokens.get(token), 'token')
    if (index.affixes.size > 0)
      for (let end = affixCharsMin; end < label.length; end += 1) {
        found.offer(index.affixes.get(label.slice(0, end)), 'affix')
        found.offer(index.affixes.get(label.slice(-end)), 'affix')
      }
    return found.resemblance
  }
}
