/**
 * Which clients were counted for which names. Only names whose domain has few clients so far are watched: byte 57 of their
 * entries is set. A line of such a name by a client that is not known stops the skim, and JavaScript learns the client.
 *
 * A table of hashes of 64 bits, one for each name and client, which is never more than half full.
 */
import { clientPairsMax } from '../../limits'
import { hashField, mix, mixHalves } from './hash'
import { clientPairPlaces, clientPairs, clientPairShift, tailMasks } from './layout'

/** Whether clients are counted at all. */
export let areCounted: bool = false

/** The client of the present line; both equal if the line names none. */
export let clientFrom: usize = 0
export let clientTo: usize = 0

/** What stopped the skim at a line; 0 if it was another reason. */
let missedEntry: usize = 0
let missedPair: u64 = 0
let count: u32 = 0

export function countClients(): void {
  areCounted = true
}

/** Notes the client of the line. One character is Zeek's mark for a field without a value. */
@inline
export function sayClient(from: usize, to: usize): void {
  clientFrom = from
  clientTo = to - from > 1 ? to : from
}

/** Whether the client of the line was counted for the name of an entry, or need not be. */
@inline
export function isClientKnown(entry: usize): bool {
  return !areCounted || load<u8>(entry, 57) == 0 || clientFrom == clientTo || isPairKnown(entry)
}

function isPairKnown(entry: usize): bool {
  const pair = pairOf(load<u64>(entry))
  const place = placeOf(pair)
  if (load<u64>(place) == pair) return true
  missedEntry = entry
  missedPair = pair
  return false
}

/** The hash of a name and the client. An IPv4 address takes one step. */
@inline
function pairOf(name: u64): u64 {
  const length = clientTo - clientFrom
  if (length > 16) return mixHalves(name, hashField(5, clientFrom, clientTo), 0) | 1
  return mix(name ^ length, v128.and(v128.load(clientFrom), v128.load(tailMasks + 32 - length))) | 1
}

/** Where a pair stands, or would stand. */
@inline
function placeOf(pair: u64): usize {
  let place = <usize>(pair >> clientPairShift)
  while (true) {
    const at = clientPairs + (place << 3)
    const known = load<u64>(at)
    if (known == pair || known == 0) return at
    place = (place + 1) & (clientPairPlaces - 1)
  }
}

/** The entry of the name whose client stopped the skim; 0 if something else did. */
export function missedClient(): usize {
  return missedEntry
}

@inline
export function forgetMissedClient(): void {
  missedEntry = 0
}

/** Enters the client that stopped the skim. A full table is cleared: then its clients stop the skim once more. */
export function learnClient(): void {
  if (count >= <u32>clientPairsMax) clearClients()
  store<u64>(placeOf(missedPair), missedPair)
  count++
  missedEntry = 0
}

export function clearClients(): void {
  if (count != 0) memory.fill(clientPairs, 0, <usize>clientPairPlaces << 3)
  count = 0
}
