/** A fact of passive DNS as the bytes that fact-scripts.ts describes, and back. */
import { countSumMax, siteDataBytesMax, ttlSecondsMax } from '../limits.js'
import { rdataOfText } from '../names/presented.js'
import { rrtypeOf } from '../names/rrtypes.js'
import { factMiddleSize } from './fact-scripts.js'
import type { SensorFact, SiteFact } from './facts.js'
import { sensorBytes, timeOf } from './redis-counts.js'

/** Where no TTL was logged, so that the lowest and the highest of several are those that were. */
const noTtl = 2 ** 32 - 1

/** Undefined for a fact that is too long. */
export const factBytes = (fact: SensorFact): Buffer | undefined => {
  const { rrtype, rdata, sensor, count, first, last, ttlMin = noTtl, ttlMax = 0 } = fact
  const [type, data] = [Buffer.from(rrtype), Buffer.from(rdata)]
  if (type.length > 255 || data.length > siteDataBytesMax) return undefined
  const head = Buffer.alloc(3)
  head.writeUInt8(type.length)
  head.writeUInt16BE(data.length, 1)
  const middle = Buffer.alloc(factMiddleSize + 10)
  middle.writeUIntBE(timeOf(first), 0, 6)
  middle.writeUIntBE(timeOf(last), 6, 6)
  middle.writeUInt32BE(ttlMin, 12)
  middle.writeUInt32BE(ttlMax, 16)
  middle.writeUInt16BE(1, 20)
  sensorBytes(sensor).copy(middle, 22)
  middle.writeUIntBE(Math.min(count, countSumMax), 27, 5)
  return Buffer.concat([head, type, data, middle])
}

/** The sums of the sensors in a text: all of them, and that of one. */
const sumsIn = (bytes: Buffer, sensor: Buffer): Pick<SiteFact, 'count' | 'own' | 'sensors'> => {
  let [count, own] = [0, 0]
  for (let at = 0; at < bytes.length; at += 10) {
    const sum = bytes.readUIntBE(at + 5, 5)
    count += sum
    if (bytes.subarray(at, at + 5).equals(sensor)) own = sum
  }
  return { count, own, sensors: bytes.length / 10 }
}

const ttlsIn = (low: number, high: number): Pick<SiteFact, 'ttlMin' | 'ttlMax' | 'ttlLast'> | undefined => {
  if (low === noTtl && high === 0) return { ttlMin: undefined, ttlMax: undefined, ttlLast: undefined }
  return low <= high && high <= ttlSecondsMax ? { ttlMin: low, ttlMax: high, ttlLast: undefined } : undefined
}

/** A fact in a text, and where the next one begins. `fact` is undefined where the bytes hold none that a sensor writes. */
export interface PlacedFact {
  readonly fact: SiteFact | undefined
  readonly next: number
}

/**
 * Reads the fact at a place of a text. The function of the store has found that its parts are as long as they say.
 *
 * @param sensor whose sum is the own one
 */
export const factAt = (bytes: Buffer, at: number, rrname: string, sensor: Buffer): PlacedFact => {
  const data = at + 3 + bytes.readUInt8(at)
  const middle = data + bytes.readUInt16BE(at + 1)
  const sums = middle + factMiddleSize
  const next = sums + 10 * bytes.readUInt16BE(middle + 20)
  const type = bytes.toString('utf8', at + 3, data)
  const text = bytes.toString('utf8', data, middle)
  const [first, last] = [bytes.readUIntBE(middle, 6), bytes.readUIntBE(middle + 6, 6)]
  const ttls = ttlsIn(bytes.readUInt32BE(middle + 12), bytes.readUInt32BE(middle + 16))
  const rdata = rrtypeOf(type) === type ? rdataOfText(type, text) : undefined
  if (rdata === undefined || ttls === undefined || first > last) return { fact: undefined, next }
  const times = { first, last, sensor: '', ...ttls }
  return {
    fact: { rrname, rrtype: type, rdata, ...times, ...sumsIn(bytes.subarray(sums, next), sensor) },
    next,
  }
}
