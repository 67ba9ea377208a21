/**
 * The functions that run in the shared store, in Lua. Each touches one key (claims: one for each), takes the time from the server, and checks type
 * and length of a value before it reads it: whoever can write there must not be able to break or flood a sensor. A value
 * that is not ours is never returned; the reply is `foreign` where the key itself is of another type.
 *
 * @see https://redis.io/docs/latest/develop/programmability/lua-api/
 */
import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  /** By which the server knows it (EVALSHA). */
  readonly sha: string
}

/** How a kind of claim is told to claimScript. */
export const claimKinds = { live: 0, late: 1, kept: 2 } as const

/* What claimScript says of a claim, as bits. */

/** It owns. */
export const claimOwns = 1
/** In its place was a value that is none of ours. */
export const claimReplaced = 2
/** The bucket is none of ours: there is no answer. */
export const claimNotOurs = 4

/** The first argument is the time, epoch ms; empty for that of the server. */
const time = `
local now = tonumber(ARGV[1])
if not now then
  local at = redis.call('TIME')
  now = at[1] * 1000 + at[2] / 1000
end
local function number(x) return string.format('%.17g', x) end`

const typed = (type: string): string => `
local type = redis.call('TYPE', KEYS[1]).ok
if type ~= '${type}' and type ~= 'none' then return 'foreign' end`

const scriptOf = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })

/** @param type of the key; one of another type is left alone */
export const script = (type: string, body: string): Script => scriptOf(`${time}${typed(type)}${body}`)

/**
 * Claims, one after the other. KEYS: the bucket of each. ARGV: time, claimsSettleMs, and all claims as one string: see
 * claim-call.ts, also for the reply. Redis answers nobody else meanwhile, so a call has a bounded number of claims.
 *
 * The value of a domain is the id and the sensor of its owner, and the earliest event (32 bytes); while late claims may take over, also
 * the event of the owner and the time at which it is settled (48 bytes). Numbers are IEEE 754 doubles, the high byte first.
 *
 * A bucket of another type is left alone, and its claim gets no answer; the others get theirs. A value that we cannot have written is
 * overwritten: it tells nothing, and the domain would have no owner for ever. What fails (no memory, no right) would fail for each.
 */
export const claimScript = scriptOf(`${time}
local call, pack, unpack = redis.call, struct.pack, struct.unpack
local settleMs, claims, from = tonumber(ARGV[2]), ARGV[3], 1
local function isLess(a, b)
  local a1, a2, a3, a4 = unpack('>I4I4I4I4', a)
  local b1, b2, b3, b4 = unpack('>I4I4I4I4', b)
  if a1 ~= b1 then return a1 < b1 end
  if a2 ~= b2 then return a2 < b2 end
  if a3 ~= b3 then return a3 < b3 end
  return a4 < b4
end
local function claim(key, kind, id, sensor, seen, field)
  local type = call('TYPE', key).ok
  if type ~= 'hash' and type ~= 'none' then return pack('>Bdd', ${claimNotOurs}, 0, 0) end
  local length, value = call('HSTRLEN', key, field), false
  local owner, whose, first, claimed, settles
  local again = 0
  if length == 32 or length == 48 then
    value = call('HGET', key, field)
    owner, whose, first = value:sub(1, 16), value:sub(17, 24), unpack('>d', value, 25)
    claimed, settles = first, 0
    if length == 48 then claimed, settles = unpack('>dd', value, 33) end
    if not (first >= 0 and first <= 8.64e15 and claimed >= 0 and settles >= 0) then owner = nil end
  end
  local replaced = length > 0 and not owner
  if not owner then
    owner, whose, first, claimed, settles = id, sensor, seen, seen, 0
    if kind == ${claimKinds.late} then settles = now + settleMs end
    if kind == ${claimKinds.kept} then again = settleMs end
  else
    -- The server's clock was set back: that lengthens nothing.
    settles = math.min(settles, now + settleMs)
    local isEarlier = seen < claimed or (seen == claimed and isLess(id, owner))
    if kind == ${claimKinds.late} and settles > now and isEarlier then owner, whose, claimed = id, sensor, seen end
    first = math.min(first, seen)
  end
  local after = owner .. whose .. pack('>d', first)
  if settles > now then after = after .. pack('>dd', claimed, settles) end
  if after ~= value then call('HSET', key, field, after) end
  local owns = owner == id or whose == sensor
  local said = (owns and ${claimOwns} or 0) + (replaced and ${claimReplaced} or 0)
  return pack('>Bdd', said, first, math.max(again, settles - now))
end
local replies = {}
for at = 1, #KEYS do
  local kind, id, sensor, seen, field
  kind, id, sensor, seen, field, from = unpack('>Bc16c8dBc0', claims, from)
  replies[at] = claim(KEYS[at], kind, id, sensor, seen, field)
end
return table.concat(replies)`)

/**
 * Reads a part of the claims in a bucket. KEYS: the bucket. ARGV: time, cursor, how many fields at once, the longest field.
 *
 * Returns the cursor of the next part (0: there is none), how many fields are none of ours, and of each of the others the
 * field and the earliest event as a double. A field may come twice (HSCAN).
 */
export const claimsScript = script(
  'hash',
  `
local part = redis.call('HSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
local fields, found, foreign = part[2], { part[1], 0 }, 0
for at = 1, #fields, 2 do
  local field, value = fields[at], fields[at + 1]
  if #field <= tonumber(ARGV[4]) and (#value == 32 or #value == 48) then
    found[#found + 1] = field
    found[#found + 1] = value:sub(25, 32)
  else
    foreign = foreign + 1
  end
end
found[2] = foreign
return found`,
)

/** A field that begins with two doubles, since when and for how long it holds: gives what follows, while it holds. */
const lasting = `
local function lasting(field, bytesMax, msMax)
  local length = redis.call('HSTRLEN', KEYS[1], field)
  if length < 16 or length > 16 + bytesMax then return nil end
  local value = redis.call('HGET', KEYS[1], field)
  local since, forMs = struct.unpack('>dd', value)
  if now >= since and now < since + math.min(forMs, msMax) then return value:sub(17) end
  return nil
end
local function keep(field, text, forMs)
  redis.call('HSET', KEYS[1], field, struct.pack('>dd', now, forMs) .. text)
  if redis.call('PTTL', KEYS[1]) < forMs then redis.call('PEXPIRE', KEYS[1], math.ceil(forMs)) end
end
local function endLease(token)
  if redis.call('HSTRLEN', KEYS[1], 'lease') ~= 16 + #token then return end
  if redis.call('HGET', KEYS[1], 'lease'):sub(17) == token then redis.call('HDEL', KEYS[1], 'lease') end
end`

/** Takes a lease. KEYS: a look-up. ARGV: time, token, for how long, the longest token. Returns 1, or 0 while it is taken. */
export const leaseScript = script(
  'hash',
  `${lasting}
local forMs = tonumber(ARGV[3])
if lasting('lease', tonumber(ARGV[4]), forMs) then return 0 end
keep('lease', ARGV[2], forMs)
return 1`,
)

/** Ends a lease with an answer. KEYS: a look-up. ARGV: time, token, answer, for how long. */
export const finishScript = script(
  'hash',
  `${lasting}
keep('answer', ARGV[3], tonumber(ARGV[4]))
endLease(ARGV[2])
return 1`,
)

/** Ends a lease. KEYS: a look-up. ARGV: time, token. */
export const giveBackScript = script(
  'hash',
  `${lasting}
endLease(ARGV[2])
return 1`,
)

/** The answer that is shared. KEYS: a look-up. ARGV: time, its longest length, the longest time. */
export const answerScript = script(
  'hash',
  `${lasting}
return lasting('answer', tonumber(ARGV[2]), tonumber(ARGV[3])) or false`,
)

/**
 * The generic cell rate algorithm (ITU-T I.371, annex A), as a virtual schedule: the value is the theoretical arrival time
 * of the next request, epoch ms as text. KEYS: a pace. ARGV: time, ms from one request to the next, burst, how far ahead
 * turns are given, in ms.
 *
 * Returns whether there is a turn, and how long to wait for it; without one, how long to wait before asking again. A value
 * that is later than we set any, or no number, becomes the latest that we set.
 */
export const turnScript = script(
  'string',
  `
local everyMs, burst, aheadMs = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local length, due, isSound = redis.call('STRLEN', KEYS[1]), now, true
local latest = now + aheadMs + everyMs * burst
if length > 0 then
  due = length <= 32 and tonumber(redis.call('GET', KEYS[1]))
  isSound = due and due <= latest
  due = isSound and math.max(now, due) or latest
end
local function keep(at) redis.call('SET', KEYS[1], number(at), 'PX', math.ceil(at - now) + 1000) end
local waitMs = math.max(0, due - everyMs * (burst - 1) - now)
if waitMs > aheadMs then
  if not isSound then keep(due) end
  return { 0, number(waitMs - aheadMs) }
end
keep(due + everyMs)
return { 1, number(waitMs) }`,
)

/** A sensor is there. KEYS: the sensors. ARGV: time, its name, after how long one counts as gone. Returns how many are there. */
export const beatScript = script(
  'zset',
  `
local goneMs = tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', number(now - goneMs))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. number(now), '+inf')
redis.call('ZADD', KEYS[1], number(now), ARGV[2])
redis.call('PEXPIRE', KEYS[1], goneMs)
return redis.call('ZCARD', KEYS[1])`,
)

/** How the keys are laid out: stored at the first use. KEYS: the layout. ARGV: time, ours ('': nothing is stored). Returns what is stored. */
export const layoutScript = script(
  'string',
  `
local length = redis.call('STRLEN', KEYS[1])
if length == 0 and ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2]) end
if length == 0 then return ARGV[2] end
if length > 256 then return 'foreign' end
return redis.call('GET', KEYS[1])`,
)
