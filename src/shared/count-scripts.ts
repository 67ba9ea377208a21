/**
 * The functions of counts in the shared store: see scripts.ts for what holds for all of them.
 *
 * Each sensor has a number of its own in the value and writes its own sum there, never an increment: a grow-only counter
 * (Shapiro and others, 2011). So whatever is sent twice, late, or again after the store lost it, counts once.
 *
 * The value of a field: flags (1 byte; 1: a sensor saw more clients than it counts; 2: the first event is there), the last
 * event (6 bytes, epoch ms), the length of the clients (1 byte), the first event (6 bytes) where the flag says so, the clients
 * as in client-sketch.ts, and for each sensor 5 bytes of its id and 5 of its sum. Numbers have the high byte first.
 */
import { script } from './scripts.js'

/** A value in its parts; nil if there is none. `foreign` becomes true if one is there that we cannot have written. */
const parts = `
local foreign = false
local function stored(field, sensorsMax)
  local length = redis.call('HSTRLEN', KEYS[1], field)
  if length == 0 then return nil end
  foreign = true
  if length < 18 or length > 14 + 65 + 10 * sensorsMax then return nil end
  local value = redis.call('HGET', KEYS[1], field)
  local flags, last, size = struct.unpack('>BI6B', value)
  local from, first = 9, nil
  if flags >= 4 or not (size == 65 or (size <= 64 and size % 4 == 0)) then return nil end
  if flags >= 2 then
    if length < 24 then return nil end
    first, from = struct.unpack('>I6', value, 9), 15
  end
  local sums = value:sub(from + size)
  if #sums == 0 or #sums % 10 ~= 0 then return nil end
  foreign = false
  return { value = value, more = flags % 2, last = last, first = first, clients = value:sub(from, from + size - 1), sums = sums }
end
local function sumOf(sums, sensor)
  for at = 1, #sums, 10 do
    if sums:sub(at, at + 4) == sensor then return struct.unpack('>I5', sums, at + 5), at end
  end
  return 0, nil
end`

/** Adds clients to others, as withClients in client-sketch.ts does. */
const union = `
local function noted(registers, hash)
  local at, rest = math.floor(hash / 67108864) + 1, hash % 67108864
  local run, top = 1, 33554432
  while top >= 1 and rest < top do run, top = run + 1, top / 2 end
  if registers[at] < run then registers[at] = run end
end
local function hashesOf(clients, each)
  for at = 1, #clients, 4 do each(clients:sub(at, at + 3)) end
end
local function registersOf(clients)
  if #clients == 65 then return { clients:byte(2, 65) } end
  local registers = {}
  for at = 1, 64 do registers[at] = 0 end
  hashesOf(clients, function(hash) noted(registers, struct.unpack('>I4', hash)) end)
  return registers
end
local function united(clients, others, exactMax)
  if #clients ~= 65 and #others ~= 65 then
    local known, all = {}, clients
    hashesOf(clients, function(hash) known[hash] = true end)
    hashesOf(others, function(hash)
      if not known[hash] then known[hash], all = true, all .. hash end
    end)
    if #all <= 4 * exactMax then return all end
  end
  local registers, more = registersOf(clients), registersOf(others)
  for at = 1, 64 do registers[at] = math.max(registers[at], more[at]) end
  return '\\0' .. string.char(unpack(registers))
end`

/**
 * Sets the sum of a sensor, if it is higher than the one that is there. KEYS: a bucket. ARGV: time, field, sensor (5 bytes), its
 * sum, the first event or empty, the last event, clients, whether there are more than these, clientsExactMax, how many sensors a
 * value may have.
 *
 * Returns 1; 2 if a value was there that we cannot have written, which is overwritten; 0 if there is no room for the sensor.
 */
export const countScript = script(
  'hash',
  `${parts}${union}
local field, sensor, sum = ARGV[2], ARGV[3], tonumber(ARGV[4])
local first, last, clients, more = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local exactMax, sensorsMax = tonumber(ARGV[9]), tonumber(ARGV[10])
local before, sums = stored(field, sensorsMax), ''
if before then
  sums, last = before.sums, math.max(last, before.last)
  if first or before.first then first = math.min(first or before.first, before.first or first) end
  more = math.max(more, before.more)
end
clients = united(before and before.clients or '', clients, exactMax)
local stands, at = sumOf(sums, sensor)
if not at and #sums >= 10 * sensorsMax then return 0 end
local entry = sensor .. struct.pack('>I5', math.max(sum, stands))
sums = at and sums:sub(1, at - 1) .. entry .. sums:sub(at + 10) or sums .. entry
local head = struct.pack('>BI6B', more + (first and 2 or 0), last, #clients)
local after = head .. (first and struct.pack('>I6', first) or '') .. clients .. sums
if not before or after ~= before.value then redis.call('HSET', KEYS[1], field, after) end
return foreign and 2 or 1`,
)

/**
 * Reads a value. KEYS: a bucket. ARGV: time, field, sensor (5 bytes), how many sensors a value may have.
 *
 * Returns the sum of this sensor, that of all, how many they are, the first and the last event, the clients, and whether there
 * are more; all 0 and empty where there is none, or one that is not ours.
 */
export const readCountScript = script(
  'hash',
  `${parts}
local found = stored(ARGV[2], tonumber(ARGV[4]))
if not found then return { '0', '0', '0', '0', '0', '', '0' } end
local total = 0
for at = 6, #found.sums, 10 do total = total + struct.unpack('>I5', found.sums, at) end
local own = sumOf(found.sums, ARGV[3])
return {
  number(own), number(total), number(#found.sums / 10), number(found.first or 0), number(found.last), found.clients,
  number(found.more)
}`,
)

/** The salt of clients' hashes, of all sensors: the first one that asks sets it. KEYS: the salt. ARGV: time, ours. */
export const saltScript = script(
  'string',
  `
local length = redis.call('STRLEN', KEYS[1])
if length ~= #ARGV[2] then redis.call('SET', KEYS[1], ARGV[2]) return ARGV[2] end
return redis.call('GET', KEYS[1])`,
)
