/**
 * The number of distinct clients of a name: exact up to 16, estimated above. Up to 16 clients are kept as hashes of four
 * bytes, in ascending order. More than that are a HyperLogLog of 64 registers (Flajolet and others, 2007) behind one byte 0,
 * whose standard error is 1.04 / sqrt(64) = 13 %.
 */
import { clientsExactMax } from '../limits.js'

/** Octets of a hash. */
const width = 4
const registers = 64
/** Bits of a hash that choose the register. */
const registerBits = 6
/** Corrects the bias of the harmonic mean for 64 registers. */
const alpha = 0.709

/** Adds clients. Returns the same object if it holds all of them. @param sketch null: no client yet */
export const withClients = (sketch: Buffer | null, hashes: Iterable<number>): Buffer | null => {
  let result = sketch
  for (const hash of hashes) result = withClient(result, hash)
  return result
}

/** As withClients, for one client. Makes no lists: it is called for each question. */
export const withClient = (sketch: Buffer | null, hash: number): Buffer => {
  const known = sketch ?? noHashes
  if (isEstimate(known)) return noted(known, hash)
  const at = placeOf(known, hash)
  if (at < known.length && known.readUInt32BE(at) === hash) return known
  if (known.length < clientsExactMax * width) return inserted(known, at, hash)
  return [...hashesIn(known), hash].reduce(noted, Buffer.alloc(1 + registers))
}

const noHashes = Buffer.alloc(0)

/** Where a hash stands, or belongs. */
const placeOf = (sketch: Buffer, hash: number): number => {
  let at = 0
  while (at < sketch.length && sketch.readUInt32BE(at) < hash) at += width
  return at
}

const inserted = (sketch: Buffer, at: number, hash: number): Buffer => {
  const bytes = Buffer.allocUnsafe(sketch.length + width)
  sketch.copy(bytes, 0, 0, at)
  bytes.writeUInt32BE(hash, at)
  sketch.copy(bytes, at + width, at)
  return bytes
}

/** The hashes of a sketch that holds them. */
export const hashesIn = (sketch: Buffer): number[] =>
  Array.from({ length: sketch.length / width }, (_, i) => sketch.readUInt32BE(i * width))

/** Whether bytes from elsewhere are a sketch. */
export const isSketch = (bytes: Buffer): boolean =>
  isEstimate(bytes)
    ? bytes.length === 1 + registers && bytes[0] === 0 && bytes.every(zeros => zeros <= 33 - registerBits)
    : bytes.length % width === 0 && bytes.length <= clientsExactMax * width

const isEstimate = (sketch: Buffer): boolean => sketch.length % width === 1

/** A register holds the longest run of zero bits, plus one, in the rest of the hashes that choose it. */
const noted = (sketch: Buffer, hash: number): Buffer => {
  const at = 1 + (hash >>> (32 - registerBits))
  const zeros = Math.min(Math.clz32(hash << registerBits), 32 - registerBits) + 1
  if ((sketch[at] ?? 0) >= zeros) return sketch
  const changed = Buffer.from(sketch)
  changed[at] = zeros
  return changed
}

/** The number of clients, and whether it is exact. */
export const clientsIn = (sketch: Buffer | null): { readonly count: number; readonly isExact: boolean } => {
  if (sketch === null) return { count: 0, isExact: true }
  if (!isEstimate(sketch)) return { count: sketch.length / width, isExact: true }
  let sum = 0
  let empty = 0
  for (const zeros of sketch.subarray(1)) {
    sum += 2 ** -zeros
    if (zeros === 0) empty += 1
  }
  const estimate = (alpha * registers * registers) / sum
  // Linear counting is better while registers are empty (section 4 of the paper).
  const isFew = estimate <= 2.5 * registers && empty > 0
  return { count: Math.round(isFew ? registers * Math.log(registers / empty) : estimate), isExact: false }
}
