/**
 * The tags of a site in memory: names by a walk over their suffixes, networks by their order. So a question costs a few
 * searches, however many tags there are. See docs/tags.md for what applies where several do.
 */
import type { DnsAnswers } from '../model/event.js'
import { tagNames, type TagName, type TagTarget } from '../model/tag.js'
import { suffixesOf, toALabels } from '../names/hostname.js'
import { unmappedAddress } from '../names/address.js'

/** A set of tags: one bit for each, in the order of tagNames. */
export type TagSet = number

export const bitOf: Readonly<Record<TagName, TagSet>> = { trust: 1, interest: 2, threat: 4 }
const { trust } = bitOf
/** The tags that raise an alert. */
export const alerting: TagSet = bitOf.interest | bitOf.threat

const lists = Array.from({ length: 8 }, (_, set) => tagNames.filter(tag => (set & bitOf[tag]) !== 0))
const none: readonly TagName[] = []
/** The tags of a set, in the order of tagNames. */
export const tagsIn = (set: TagSet): readonly TagName[] => lists[set] ?? none

/** What applies to a name. */
export interface NameTags {
  readonly set: TagSet
  /** The tagged name from which the walk began to count: the name itself, or the nearest one above. */
  readonly by: string
}

/** The key of a network: the bytes of its first address and the length of its prefix, a character each. */
const keyOf = (from: Buffer, bits: number): string => from.toString('latin1') + String.fromCharCode(bits)

/** Whether a network, by its key, holds an address or a network whose bytes are the characters of `other`. */
const holds = (key: string, other: string): boolean => {
  const end = key.length - 1
  const bits = key.charCodeAt(end)
  const whole = bits >>> 3
  for (let i = 0; i < whole; i += 1) if (key.charCodeAt(i) !== other.charCodeAt(i)) return false
  const rest = bits & 7
  return rest === 0 || ((key.charCodeAt(whole) ^ other.charCodeAt(whole)) & (0xff00 >>> rest) & 0xff) === 0
}

/**
 * The networks of one family. Two networks are apart, or one holds the other. So in the order of first address and prefix
 * each stands behind those that hold it, and the last one that begins at or before an address leads to all that hold it.
 */
class Networks {
  #keys: readonly string[] = []
  #sets = new Uint8Array()
  /** The place of the smallest network that holds this one; -1 if there is none. */
  #parents = new Int32Array()
  /** Sets that are not in the order yet. */
  readonly #changes = new Map<string, TagSet>()

  change(key: string, change: (set: TagSet) => TagSet): void {
    this.#changes.set(key, change(this.#changes.get(key) ?? this.#setOf(key)))
  }

  /** The tags of an address, by its characters. */
  of(address: string): TagSet {
    if (this.#changes.size > 0) this.#merge()
    let set = 0
    // Behind all networks that begin at the address, whatever their prefix.
    for (let at = this.#end(`${address}\xff`) - 1; at >= 0; at = this.#parents[at] ?? -1) {
      if (!holds(this.#keys[at] ?? '', address)) continue
      const own = this.#sets[at] ?? 0
      set |= own & ~trust
      if ((own & trust) !== 0) break
    }
    return set
  }

  /** How many keys are at or before this one. */
  #end(key: string): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#keys[middle] ?? '') <= key) low = middle + 1
      else high = middle
    }
    return low
  }

  #setOf(key: string): TagSet {
    const at = this.#end(key) - 1
    return this.#keys[at] === key ? (this.#sets[at] ?? 0) : 0
  }

  #merge(): void {
    const changed = [...this.#changes].sort(([a], [b]) => (a < b ? -1 : 1))
    const keys: string[] = []
    const sets = new Uint8Array(this.#keys.length + changed.length)
    const add = (key: string, set: TagSet): void => {
      if (set === 0) return
      sets[keys.length] = set
      keys.push(key)
    }
    let next = 0
    for (const [at, key] of this.#keys.entries()) {
      for (let [other, set] = changed[next] ?? []; other !== undefined && other < key;) {
        add(other, set ?? 0)
        next += 1
        ;[other, set] = changed[next] ?? []
      }
      if (changed[next]?.[0] !== key) add(key, this.#sets[at] ?? 0)
    }
    for (const [key, set] of changed.slice(next)) add(key, set)
    this.#changes.clear()
    this.#keys = keys
    this.#sets = sets.slice(0, keys.length)
    this.#parents = parentsOf(keys)
  }
}

const parentsOf = (keys: readonly string[]): Int32Array<ArrayBuffer> => {
  const parents = new Int32Array(keys.length)
  for (const [at, key] of keys.entries()) {
    let parent = at - 1
    while (parent >= 0 && !holds(keys[parent] ?? '', key)) parent = parents[parent] ?? -1
    parents[at] = parent
  }
  return parents
}

/** The question whose tags are asked for. */
export interface Tagged {
  /** In canonical text or in A-labels. */
  readonly query: string
  readonly answers?: DnsAnswers | undefined
}

export class TagTable {
  readonly #names = new Map<string, TagSet>()
  readonly #v4 = new Networks()
  readonly #v6 = new Networks()
  /** Networks were added, whether they are still tagged or not. */
  #hasNetworks = false

  /** Whether there may be a tagged network. */
  get hasNetworks(): boolean {
    return this.#hasNetworks
  }

  get isEmpty(): boolean {
    return this.#names.size === 0 && !this.#hasNetworks
  }

  add(target: TagTarget, tag: TagName): void {
    if (target.kind === 'name') {
      this.#names.set(target.name, (this.#names.get(target.name) ?? 0) | bitOf[tag])
      return
    }
    const { from, bits } = target
    this.#hasNetworks = true
    ;(from.length === 4 ? this.#v4 : this.#v6).change(keyOf(from, bits), set => set | bitOf[tag])
  }

  remove(target: TagTarget, tag: TagName): void {
    if (target.kind === 'name') {
      const left = (this.#names.get(target.name) ?? 0) & ~bitOf[tag]
      if (left === 0) this.#names.delete(target.name)
      else this.#names.set(target.name, left)
      return
    }
    const { from, bits } = target
    ;(from.length === 4 ? this.#v4 : this.#v6).change(keyOf(from, bits), set => set & ~bitOf[tag])
  }

  /**
   * What applies to a name in A-labels: its own tags and those of the names above, up to the first trusted one. That one is
   * an exception from the tags above it, and the tags below it are exceptions from it. Undefined if nothing applies.
   */
  ofName(name: string): NameTags | undefined {
    if (this.#names.size === 0) return undefined
    let found: { set: TagSet; by: string } | undefined
    for (const suffix of suffixesOf(name)) {
      const own = this.#names.get(suffix)
      if (own === undefined) continue
      if (found === undefined) found = { set: own, by: suffix }
      else found.set |= own & ~trust
      if ((own & trust) !== 0) break
    }
    return found
  }

  /**
   * The tags of an address: as for a name, from the smallest network that holds it on. Without `trust`, which only is an
   * exception here: whoever owns a name chooses its addresses, so an address can speak against a name and not for it.
   */
  ofAddress(bytes: Buffer): TagSet {
    return !this.#hasNetworks ? 0 : (bytes.length === 4 ? this.#v4 : this.#v6).of(bytes.toString('latin1'))
  }

  /** The tags of all addresses in the answers. */
  ofAnswers(answers: DnsAnswers | undefined): TagSet {
    if (answers === undefined || !this.#hasNetworks) return 0
    let set = 0
    for (const texts of [answers.first, answers.more ?? []])
      for (const text of texts) {
        const address = unmappedAddress(text)
        if (address) set |= this.ofAddress(address)
      }
    return set
  }

  /** The tags of a question: of its name, and of the addresses in its answers. */
  of({ query, answers }: Tagged): readonly TagName[] {
    if (this.isEmpty) return none
    return tagsIn((this.ofName(toALabels(query))?.set ?? 0) | this.ofAnswers(answers))
  }
}

/** For questions that nobody has tagged anything for. */
export const noTags = new TagTable()
