/**
 * Lower-cases and hashes names, 16 bytes at a time. JavaScript passes random seeds: an attacker who does not know them
 * can neither make two names collide nor fill one part of the hash table.
 */
import { flowText, tailMasks } from './layout'

let nameSeed: u64 = 0
let domainSeed: u64 = 0

export function seed(forNames: u64, forDomains: u64): void {
  nameSeed = forNames
  domainSeed = forDomains
  memory.fill(tailMasks, 0xff, 32)
  memory.fill(tailMasks + 32, 0, 32)
}

/** A domain whose names are all suppressed has another seed, because the same text may stand in the table as a name. */
@inline
export function seedOf(isDomain: bool): u64 {
  return isDomain ? domainSeed : nameSeed
}

@inline
function lower(x: v128): v128 {
  const isUpper = v128.and(i8x16.gt_s(x, i8x16.splat(0x40)), i8x16.lt_s(x, i8x16.splat(0x5b)))
  return v128.or(x, v128.and(isUpper, i8x16.splat(0x20)))
}

/** The first 16 bytes of a text of at most 32, in lower case, padded with zeros. */
@inline
export function headOf(at: usize, length: usize): v128 {
  return v128.and(lower(v128.load(at)), v128.load(tailMasks + 32 - length))
}

/** The second 16 bytes of such a text. */
@inline
export function restOf(at: usize, length: usize): v128 {
  return v128.and(lower(v128.load(at, 16)), v128.load(tailMasks + 48 - length))
}

/** The next 16 bytes of a longer text, of which `left` bytes remain. */
@inline
export function partOf(at: usize, left: usize): v128 {
  const x = lower(v128.load(at))
  return left >= 16 ? x : v128.and(x, v128.load(tailMasks + 32 - left))
}

/** Multiplies twice between the halves: to cancel a difference in one by the other, an attacker needs the seed. */
@inline
export function mixHalves(hash: u64, low: u64, high: u64): u64 {
  let h = (hash ^ low) * 0x9fb21c651e98df25
  h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93
  h = (h ^ (h >> 29) ^ high) * 0xa0761d6478bd642f
  return h ^ (h >> 32)
}

@inline
export function mix(hash: u64, x: v128): u64 {
  return mixHalves(hash, i64x2.extract_lane(x, 0), i64x2.extract_lane(x, 1))
}

/** Hashes the bytes of a field as they are, behind what was hashed before, which may be a small number for its kind. */
@inline
export function hashField(before: u64, from: usize, to: usize): u64 {
  // In two halves: a longer field must not cancel another kind.
  let hash = mixHalves(domainSeed, before, <u64>(to - from))
  let at = from
  for (; at + 16 <= to; at += 16) hash = mix(hash, v128.load(at))
  const left = to - at
  return left == 0 ? mixHalves(hash, 0, 0) : mix(hash, v128.and(v128.load(at), v128.load(tailMasks + 32 - left)))
}

export function hashOf(at: usize, length: usize, isDomain: bool): u64 {
  let hash = seedOf(isDomain) ^ length
  if (length <= 32) return mix(mix(hash, headOf(at, length)), restOf(at, length))
  for (let i: usize = 0; i < length; i += 16) hash = mix(hash, partOf(at + i, length - i))
  return hash
}

/** hashOf for a name, without SIMD: ring.wasm needs it, too. The text is in lower case with 32 zeros behind it. */
export function hashOfCanonical(at: usize, length: usize): u64 {
  return plainHash(nameSeed, at, length)
}

function plainHash(start: u64, at: usize, length: usize): u64 {
  const size: usize = length <= 32 ? 32 : length
  let hash = start ^ length
  for (let i: usize = 0; i < size; i += 16) hash = mixHalves(hash, load<u64>(at + i), load<u64>(at + i, 8))
  return hash
}

/** Hashes a flow that JavaScript passes as text. Sets the top bit, which no flow number of Suricata (< 2^53) has. */
export function flowOfText(length: usize): u64 {
  return plainHash(domainSeed, flowText, length) | 0x8000000000000000
}
