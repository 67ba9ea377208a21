/**
 * The table of suppressed names, in two generations: names go into the young one; when that is full, the old one is
 * cleared and the two change places. Evicting name by name (LRU) would cost more than the whole look-up.
 *
 * An entry has 64 bytes:
 *
 *     0 hash u64 | 8 address of its name u32 | 12 length u16, bit 15: a domain | 14 where its domain begins in it u16
 *     16 around f64 | 24 until f64 | 32 since f64 | 40 last f64 | 48 count u32 | 52 batch u32 | 56 why it is skipped u8
 *     57 whether its clients are counted u8
 */
import { queryCharsMax, suppressedBytesMax, suppressedNamesMax, suppressedTriesMax } from '../../limits'
import { clearClients } from './clients'
import { hashOf, headOf, mix, partOf, restOf, seedOf } from './hash'
import { entriesAt, firstGeneration, namesAt, scratch, secondGeneration, slots, slotsAt, slotShift } from './layout'

/** Set by `find`, so that callers need not hash the name again. */
export let hashOfLast: u64 = 0

let young: usize = firstGeneration
let old: usize = secondGeneration
/** In both generations. */
export let namesCount: u32 = 0
export let domainsCount: u32 = 0

@inline
export function tagOf(length: usize, isDomain: bool): u32 {
  return <u32>length | (isDomain ? 0x8000 : 0)
}

/** Uses the high bits, which depend on every byte of the name. */
@inline
function slotOf(hash: u64): usize {
  return <usize>(hash >> 32) >> slotShift
}

@inline
function entryIn(generation: usize, at: usize, length: usize, tag: u32, hash: u64): usize {
  let slot = slotOf(hash)
  for (let tries: u32 = 0; tries < <u32>suppressedTriesMax; tries++) {
    const word = load<u64>(generation + slotsAt + (slot << 3))
    if (word == 0) return 0
    if (<u32>(word >> 32) == <u32>hash) {
      const entry = generation + entriesAt + (<usize>(word & 0xffffffff) << 6)
      if (<u32>load<u16>(entry, 12) == tag && isSame(<usize>load<u32>(entry, 8), at, length)) return entry
    }
    slot = (slot + 1) & (slots - 1)
  }
  return 0
}

@inline
function isSame(name: usize, at: usize, length: usize): bool {
  if (length > 32) return isSameLong(name, at, length)
  const head = v128.xor(v128.load(name), headOf(at, length))
  return !v128.any_true(v128.or(head, v128.xor(v128.load(name, 16), restOf(at, length))))
}

function isSameLong(name: usize, at: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i += 16)
    if (v128.any_true(v128.xor(v128.load(name + i), partOf(at + i, length - i)))) return false
  return true
}

/** The address of a name's entry; 0 if it has none. Renews an entry of the old generation. */
@inline
export function find(at: usize, length: usize, isDomain: bool): usize {
  const hash =
    length <= 32
      ? mix(mix(seedOf(isDomain) ^ length, headOf(at, length)), restOf(at, length))
      : hashOf(at, length, isDomain)
  hashOfLast = hash
  const tag = tagOf(length, isDomain)
  const entry = entryIn(young, at, length, tag, hash)
  return entry != 0 || load<u32>(old) == 0 ? entry : renewed(at, length, tag, hash)
}

/** Copies an entry to the young generation, so that a name in use survives. If that is full, the old entry serves. */
function renewed(at: usize, length: usize, tag: u32, hash: u64): usize {
  const known = entryIn(old, at, length, tag, hash)
  if (known == 0 || isFull()) return known
  const entry = add(at, length, tag, hash)
  if (entry == 0) return known
  store<u16>(entry, load<u16>(known, 14), 14)
  memory.copy(entry + 16, known + 16, 48)
  return entry
}

/** Whether the young generation may lack room for another name: a full one has to `turn` first. */
export function isFull(): bool {
  const size = load<u32>(young)
  const filled = <usize>load<u32>(young, 4)
  return size >= <u32>suppressedNamesMax || filled + queryCharsMax > <usize>suppressedBytesMax
}

/** Clears the old generation and swaps both. JavaScript must have collected the counts before, or they are lost. */
export function turn(): void {
  const forgotten = old
  namesCount -= load<u32>(forgotten)
  empty(forgotten)
  old = young
  young = forgotten
}

function empty(generation: usize): void {
  if (load<u32>(generation) != 0) memory.fill(generation + slotsAt, 0, <usize>slots << 3)
  store<u64>(generation, 0)
}

/** Adds a name to the young generation. @returns its empty entry; 0 if suppressedTriesMax slots are taken */
function add(at: usize, length: usize, tag: u32, hash: u64): usize {
  let slot = slotOf(hash)
  for (let tries: u32 = 0; tries < <u32>suppressedTriesMax; tries++) {
    const place = young + slotsAt + (slot << 3)
    if (load<u64>(place) == 0) {
      const size = load<u32>(young) + 1
      const filled = <usize>load<u32>(young, 4)
      const entry = young + entriesAt + (<usize>size << 6)
      const name = young + namesAt + filled
      memory.fill(entry, 0, 64)
      store<u64>(entry, hash)
      store<u32>(entry, <u32>name, 8)
      store<u16>(entry, <u16>tag, 12)
      // isSame compares 32 bytes of any name: the bytes behind a short one must be zero.
      v128.store(name, i8x16.splat(0), 16)
      for (let i: usize = 0; i < length; i += 16) v128.store(name + i, partOf(at + i, length - i))
      store<u32>(young, size)
      store<u32>(young, <u32>(filled + max<usize>(32, (length + 15) & ~15)), 4)
      store<u64>(place, (hash << 32) | size)
      namesCount++
      return entry
    }
    slot = (slot + 1) & (slots - 1)
  }
  return 0
}

/** Finds or adds the name at `scratch`. There must be room: see isFull. */
function put(length: usize, isDomain: bool): usize {
  const known = find(scratch, length, isDomain)
  return known != 0 ? known : add(scratch, length, tagOf(length, isDomain), hashOfLast)
}

/**
 * Enters the name at `scratch` as suppressed. Keeps what it counted in this batch.
 *
 * @param domainAt where its domain begins in it
 * @param counts whether its clients are counted
 */
export function putSuppressed(
  length: usize,
  isDomain: bool,
  domainAt: u32,
  around: f64,
  until: f64,
  since: f64,
  counts: bool,
): void {
  const entry = put(length, isDomain)
  if (entry == 0) return
  if (isDomain) domainsCount++
  store<u16>(entry, <u16>domainAt, 14)
  store<f64>(entry, around, 16)
  store<f64>(entry, until, 24)
  store<f64>(entry, since, 32)
  store<u8>(entry, 0, 56)
  store<u8>(entry, <u8>counts, 57)
}

/** Its domain has so many clients that they are no longer counted. The name stands at `scratch`. */
export function endClients(length: usize, isDomain: bool): void {
  const entry = find(scratch, length, isDomain)
  if (entry != 0) store<u8>(entry, 0, 57)
}

/** Enters the name at `scratch` as skipped, with the reason: it can have no record. */
export function putSkip(length: usize, why: u32): void {
  const entry = put(length, false)
  if (entry != 0) store<u8>(entry, <u8>why, 56)
}

/** Ends the suppression of the name at `scratch`: its lines are parsed in full until it is put again. */
export function expire(length: usize, isDomain: bool): void {
  const entry = find(scratch, length, isDomain)
  if (entry != 0) store<f64>(entry, -Infinity, 24)
}

/** Ends the suppression of all names of the domain at `scratch`. Walks over the whole table: see sweepsMax. */
export function expireBelow(length: usize): void {
  expireIn(young, length)
  expireIn(old, length)
}

function expireIn(generation: usize, length: usize): void {
  const size = load<u32>(generation)
  const head = headOf(scratch, min<usize>(length, 16))
  for (let number: u32 = 1; number <= size; number++) {
    const entry = generation + entriesAt + (<usize>number << 6)
    const domainAt = <usize>load<u16>(entry, 14)
    if ((<usize>load<u16>(entry, 12) & 0x7fff) - domainAt != length) continue
    const domain = <usize>load<u32>(entry, 8) + domainAt
    if (v128.any_true(v128.xor(headOf(domain, min<usize>(length, 16)), head))) continue
    if (memory.compare(domain, scratch, length) == 0) store<f64>(entry, -Infinity, 24)
  }
}

export function clearNames(): void {
  empty(young)
  empty(old)
  // A domain whose row was dropped counts its clients anew.
  clearClients()
  namesCount = 0
  domainsCount = 0
}
