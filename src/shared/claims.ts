/** Reads what the site knows: the claims of all sensors, bucket by bucket. */
import { claimFieldBytesMax, claimFieldsAtOnce } from '../limits.js'
import { listIn, type RedisReply } from '../redis/client.js'
import { claimsScript } from './scripts.js'
import type { SharedStore } from './store.js'

/** Where to read on. */
export interface BucketPlace {
  /** Its number, below claimBuckets. */
  readonly bucket: number
  /** `0` for the beginning, or what the store said. */
  readonly cursor: string
}

/** A domain of the site. Whoever can write to the store may have written it: it is to be checked. */
export interface SiteContact {
  /** The field: the domain, or SHA-256 of a long one in hex. Bytes as latin1. */
  readonly field: string
  /** Epoch ms of the earliest event. */
  readonly seen: number
}

/** A part of the claims of a bucket. */
export interface BucketPart {
  /** Undefined at the end. */
  readonly next: BucketPlace | undefined
  /** A field may come twice. */
  readonly contacts: readonly SiteContact[]
  /** Fields that are none of ours, by their length. */
  readonly foreign: number
}

/** Undefined if it is none, as from a server that is no Redis. */
const partIn = (bucket: number, reply: RedisReply): BucketPart | undefined => {
  const [at, foreign, ...pairs] = listIn(reply)
  const cursor = Buffer.isBuffer(at) ? at.toString('latin1') : ''
  if (!/^\d{1,20}$/.test(cursor) || typeof foreign !== 'number') return undefined
  const contacts: SiteContact[] = []
  for (let from = 0; from < pairs.length; from += 2) {
    const [field, seen] = [pairs[from], pairs[from + 1]]
    if (!Buffer.isBuffer(field) || !Buffer.isBuffer(seen) || seen.length !== 8) return undefined
    contacts.push({ field: field.toString('latin1'), seen: seen.readDoubleBE() })
  }
  return { next: cursor === '0' ? undefined : { bucket, cursor }, contacts, foreign }
}

/**
 * Reads parts of buckets, all in one pipeline.
 *
 * @returns in the order of the places; undefined for one that was not answered, or whose key is none of ours
 */
export const readClaims = async (
  store: SharedStore,
  places: readonly BucketPlace[],
): Promise<readonly (BucketPart | undefined)[]> => {
  const parts: (BucketPart | undefined)[] = places.map(() => undefined)
  const calls = places.map(({ bucket, cursor }) => ({
    key: store.keys.claimsIn(bucket),
    args: [cursor, String(claimFieldsAtOnce), String(claimFieldBytesMax)],
  }))
  await store.runEach('read', claimsScript, calls, (at, reply) => {
    const place = places[at]
    if (place) parts[at] = partIn(place.bucket, reply)
  })
  return [...parts]
}
