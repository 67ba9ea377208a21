/** Claims as one call, and what is no reply to it. */
import t from 'tap'
import { claimsPerCall } from '../limits.js'
import { claimCall, claimReplies, claimsByCall } from './claim-call.js'
import { keysBelow } from './keys.js'
import { claimNotOurs, claimOwns, claimReplaced } from './scripts.js'
import type { Claim } from './shared.js'

const claimOf = (domain: string): Claim => ({
  ...{ domain, id: '0a'.repeat(16), sensor: '0b'.repeat(8), seen: 1.5, kind: 'late' },
})

const replyOf = (...said: readonly (readonly [number, number, number])[]): Buffer =>
  Buffer.concat(
    said.map(([bits, seen, again]) => {
      const one = Buffer.alloc(17)
      one.writeUInt8(bits)
      one.writeDoubleBE(seen, 1)
      one.writeDoubleBE(again, 9)
      return one
    }),
  )

void t.test('claims are packed one behind the other, each with its key', t => {
  const long = `${'l'.repeat(63)}.com`
  const { key, keys, args } = claimCall(
    [claimOf('a.com'), claimOf('é.com'), claimOf(long)],
    name => `to:${name}`,
  )
  t.equal(key, 'to:a.com')
  t.same(keys, ['to:a.com', 'to:é.com', `to:${long}`])
  const packed = args.find(arg => Buffer.isBuffer(arg)) ?? Buffer.alloc(0)
  const head = `01${'0a'.repeat(16)}${'0b'.repeat(8)}3ff8000000000000`
  t.equal(packed.toString('hex', 0, 39), `${head}05${Buffer.from('a.com').toString('hex')}`)
  t.equal(packed.toString('utf8', 72, 79), '\u0006é.com', 'the length is in bytes')
  t.equal(packed.length, 39 + 40 + 98, 'of a long name the hash')
  t.end()
})

void t.test('a call has as many claims as fit, in a Cluster those of one slot', t => {
  const claims = Array.from({ length: 2 * claimsPerCall + 7 }, (_, n) => claimOf(`shop-${n}.com`))
  const { claims: keyOf } = keysBelow('p')
  for (const isCluster of [false, true]) {
    const byCall = claimsByCall(claims, isCluster)
    t.same(
      byCall.flat().sort(([one], [other]) => one - other),
      [...claims.entries()],
      'each once, with its place',
    )
    t.ok(byCall.every(placed => placed.length <= claimsPerCall))
    const slots = byCall.map(
      placed => new Set(placed.map(([, { domain }]) => /\{.*\}/.exec(keyOf(domain))?.[0])).size,
    )
    if (isCluster) t.ok(slots.every(count => count === 1) && byCall.length <= 128)
    else t.equal(byCall.length, 3)
  }
  const one = Array.from({ length: claimsPerCall + 1 }, () => claimOf('a.com'))
  t.same(
    claimsByCall(one, true).map(({ length }) => length),
    [claimsPerCall, 1],
  )
  t.end()
})

void t.test('an id that is none does not shift the claims behind it', t => {
  const [odd, other] = [{ ...claimOf('a.com'), id: 'x' }, claimOf('b.com')]
  const lengthOf = (claims: readonly Claim[]) => claimCall(claims, name => name).args.at(-1)?.length
  t.equal(lengthOf([odd, other]), lengthOf([other, other]))
  t.end()
})

void t.test('a reply says of each claim who owns, or why there is no answer', t => {
  const reply = replyOf(
    [claimOwns, 5, 60],
    [0, 4.5, 0],
    [claimOwns + claimReplaced, 3, 0],
    [claimNotOurs, 0, 0],
  )
  t.same(claimReplies(reply, 4), [
    { answer: { owns: true, seen: 5, settlesInMs: 60 }, foreign: undefined },
    { answer: { owns: false, seen: 4.5, settlesInMs: 0 }, foreign: undefined },
    { answer: { owns: true, seen: 3, settlesInMs: 0 }, foreign: 'replaced' },
    { answer: undefined, foreign: 'left' },
  ])
  t.end()
})

void t.test('what is no reply gives no answer', t => {
  for (const reply of [null, 1, 'x', [], Buffer.alloc(0), Buffer.alloc(16), Buffer.alloc(34)])
    t.same(claimReplies(reply, 1), [])
  t.match(claimReplies(replyOf([claimOwns, NaN, 0]), 1), [{ answer: undefined }])
  t.end()
})
