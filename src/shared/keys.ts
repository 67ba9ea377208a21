/** The keys in the shared store, all below the prefix of the settings. */
import { hash } from 'node:crypto'
import { claimBuckets, claimFieldBytesMax, claimParts, countBuckets } from '../limits.js'

export type SharedKeys = ReturnType<typeof keysBelow>

/** @param prefix without braces: in a Cluster they say which part of a key chooses its node */
export const keysBelow = (prefix: string) => ({
  /** How the keys are laid out: text. */
  layout: `${prefix}:layout`,
  /** The sensors that are there: a sorted set of names by the time at which they last said so. */
  sensors: `${prefix}:sensors`,
  /** The owners of some domains: a hash, one field for each. */
  claims: (domain: string): string => bucketKey(prefix, bucketOf(domain)),
  /** @param bucket below claimBuckets */
  claimsIn: (bucket: number): string => bucketKey(prefix, bucket),
  /** What the sensors have counted of some domains: a hash, one field for each. */
  counts: (domain: string): string => `${prefix}:counts:{${hashOf(domain) % countBuckets}}`,
  /** The salt of the hashes of clients in counts: text. */
  salt: `${prefix}:salt`,
  /** What the sensors know of a name in passive DNS: text. */
  facts: (rrname: string): string => `${prefix}:pdns:${rrname}`,
  /** The names that have an address, or point to a name: text. */
  namesWith: (target: string): string => `${prefix}:pdns-of:${target}`,
  /** The lease of a look-up, and its answer: a hash. */
  lookup: (registrable: string): string => `${prefix}:lookup:${registrable}`,
  /** When a server may be asked next: text. */
  pace: (server: string): string => `${prefix}:pace:${server}`,
})

const bucketKey = (prefix: string, bucket: number): string =>
  `${prefix}:claims:{${bucket % claimParts}}:${bucket}`

/** The text in the key of the layout. Sensors that would lay it out otherwise must not share it. */
export const layoutText = `domainstats 1, claims in ${claimBuckets} buckets of ${claimParts} parts`

/** The bucket of a domain: SHA-256, so that nobody fills one with names that are easily found. */
export const bucketOf = (domain: string): number => hashOf(domain) % claimBuckets

/** The part of its bucket: the claims of one part can share a call in a Cluster. */
export const claimPartOf = (domain: string): number => bucketOf(domain) % claimParts

const hashOf = (domain: string): number => hash('sha256', domain, 'buffer').readUInt32BE()

/** The field of a domain in its bucket: its name, or 64 hex digits for a long one. No label of a domain has so many. */
export const fieldOf = (domain: string): string =>
  Buffer.byteLength(domain) <= claimFieldBytesMax ? domain : hash('sha256', domain, 'hex')
