/**
 * Claims as one call of the shared store, and its reply: each one string, because a list costs the sensor and the store more
 * than the claims themselves.
 *
 * In a Cluster the keys of a call must be of one slot: there the claims of a part make calls of their own.
 */
import { claimFieldBytesMax, claimsPerCall, claimsSettleMs } from '../limits.js'
import type { RedisReply } from '../redis/client.js'
import { inParts } from './in-parts.js'
import { claimPartOf, fieldOf } from './keys.js'
import { claimKinds, claimNotOurs, claimOwns, claimReplaced } from './scripts.js'
import type { Claim, Claimed } from './shared.js'
import type { ScriptCall } from './store.js'

/** In bytes. */
const lengths = {
  id: 16,
  sensor: 8,
  /** Kind, id, sensor, time of the event, length of the field, field; at most. */
  claim: 1 + 16 + 8 + 8 + 1 + claimFieldBytesMax,
  /** What is said, earliest event, when to make it again. */
  reply: 1 + 8 + 8,
}

/** Claims that share a call, each with its place in the list. */
export const claimsByCall = (
  claims: readonly Claim[],
  isCluster: boolean,
): (readonly (readonly [place: number, claim: Claim])[])[] => {
  const byPart = new Map<number, (readonly [number, Claim])[]>()
  for (const placed of claims.entries()) {
    const part = isCluster ? claimPartOf(placed[1].domain) : 0
    const ofPart = byPart.get(part)
    if (ofPart) ofPart.push(placed)
    else byPart.set(part, [placed])
  }
  return [...byPart.values()].flatMap(ofPart => inParts(ofPart, claimsPerCall))
}

/** A call of claimScript. @param keyOf the bucket of a domain */
export const claimCall = (
  claims: readonly Claim[],
  keyOf: (domain: string) => string,
): ScriptCall & { readonly keys: readonly string[] } => {
  const packed = Buffer.alloc(claims.length * lengths.claim)
  let end = 0
  for (const { domain, kind, id, sensor, seen } of claims) {
    end = packed.writeUInt8(claimKinds[kind], end)
    packed.write(id, end, lengths.id, 'hex')
    packed.write(sensor, end + lengths.id, lengths.sensor, 'hex')
    end = packed.writeDoubleBE(seen, end + lengths.id + lengths.sensor)
    const bytes = packed.write(fieldOf(domain), end + 1)
    packed.writeUInt8(bytes, end)
    end += 1 + bytes
  }
  const keys = claims.map(({ domain }) => keyOf(domain))
  return { key: keys[0] ?? '', keys, args: [String(claimsSettleMs), packed.subarray(0, end)] }
}

/** What the store says of a claim. */
export interface ClaimReply {
  /** Undefined if its bucket is none of ours. */
  readonly answer: Claimed | undefined
  /** What was found in its place and is none of ours: a value that is `replaced`, or a key that is `left` as it is. */
  readonly foreign: 'replaced' | 'left' | undefined
}

/** In the order of the claims; none if it is no reply to so many, as from a server that is no Redis. */
export const claimReplies = (reply: RedisReply, count: number): ClaimReply[] => {
  if (!Buffer.isBuffer(reply) || reply.length !== count * lengths.reply) return []
  return Array.from({ length: count }, (_, nth) => {
    const at = nth * lengths.reply
    const said = reply.readUInt8(at)
    if (said === claimNotOurs) return { answer: undefined, foreign: 'left' }
    const [seen, settlesInMs] = [reply.readDoubleBE(at + 1), reply.readDoubleBE(at + 9)]
    const isTime = Number.isFinite(seen + settlesInMs)
    return {
      answer: isTime ? { owns: (said & claimOwns) !== 0, seen, settlesInMs } : undefined,
      foreign: (said & claimReplaced) !== 0 ? 'replaced' : undefined,
    }
  })
}
