/** Passes the answers of an EVE response: hashes them without their TTLs, and notes those. */
import { ensure, mark, textEnd } from './blocks'
import { countIn } from './digits'
import { hashField } from './hash'
import { first, passedTo } from './json'
import { sayTtl } from './statements'

const quote: u8 = 0x22
const colon: u8 = 0x3a
const openBrace: u8 = 0x7b

/** Set by answersEnd. */
export let answersHash: u64 = 0

/**
 * Passes the list of answers. @returns the place behind it; 0 if it needs a full parse, as where not each answer has a TTL
 *
 * @param n the first mark behind `from`
 */
export function answersEnd(from: usize, n: usize): usize {
  let depth = 0
  let at = from
  let i = n
  let hash: u64 = 5
  let hashed = from
  // Whether the last answer had its TTL. None has come yet.
  let hasTtl = true
  while (true) {
    if (!ensure(i)) return 0
    const open = mark(i)
    for (; at < open; at++) {
      // `{` or `[`, `}` or `]`
      const byte = load<u8>(at) | 0x20
      if (byte == 0x7b) {
        depth++
        if (depth == 2) {
          // An answer is an object, and each has one TTL: so they are in the same order.
          if (!hasTtl || load<u8>(at) != openBrace) return 0
          hasTtl = false
        }
      } else if (byte == 0x7d) {
        depth--
        if (depth == 0) {
          passedTo(i)
          answersHash = hashField(hash, hashed, at + 1)
          return hasTtl ? at + 1 : 0
        }
      }
    }
    i = textEnd(i + 1)
    if (load<u8>(open) != quote || load<u8>(mark(i)) != quote) return 0
    at = mark(i) + 1
    i++
    if (depth != 2 || at - open != 5 || load<u8>(at) != colon) continue
    if (first(load<u64>(open, 1), 3) != word('ttl')) continue
    at++
    if (load<u8>(at) == 0x20) at++
    const end = digitsEnd(at)
    const ttl = ttlIn(at, end)
    if (hasTtl || ttl < 0 || !sayTtl(<u64>ttl)) return 0
    hasTtl = true
    hash = hashField(hash, hashed, at)
    hashed = end
    at = end
  }
}

@inline
function digitsEnd(from: usize): usize {
  let at = from
  while (<u32>load<u8>(at) - 0x30 <= 9) at++
  return at
}

/** The number of at most ten digits before a comma or a brace; -1 if there is anything else. */
@inline
function ttlIn(from: usize, to: usize): i64 {
  const behind = load<u8>(to)
  const length = to - from
  if ((behind != 0x2c && behind != 0x7d) || length == 0 || length > 10) return -1
  if (length <= 8) return countIn(from, to)
  return <i64>countIn(from, to - 8) * 100_000_000 + countIn(to - 8, to)
}
