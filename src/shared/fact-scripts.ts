/**
 * The functions of passive DNS in the shared store: see scripts.ts for what holds for all of them.
 *
 * The facts of a name are one text, one after the other: the length of the type (1 byte) and of the data (2 bytes), both as text,
 * the first and the last event (6 bytes each, epoch ms), the lowest and the highest TTL (4 bytes each; 4,294,967,295 and 0 where
 * none was logged), the number of sensors (2 bytes), and for each sensor 5 bytes of its id and 5 of its sum, as in
 * count-scripts.ts. Numbers have the high byte first. The names with one data are a text, too: one a line, behind an empty one.
 *
 * Texts take a third of the memory of hashes and sets: a key holds few facts, and Redis packs a hash tightly only while its
 * values have at most 64 bytes.
 */
import { script } from './scripts.js'

/** What stands behind the data of a fact, without its sensors. */
export const factMiddleSize = 22

/** The facts in a text, with how it can be told which they are; nil if we cannot have written it. */
const facts = `
local function factsIn(value)
  local found, at = {}, 1
  while at <= #value do
    if #value - at < ${2 + factMiddleSize} then return nil end
    local typeSize, dataSize = struct.unpack('>BI2', value, at)
    local middle = at + 3 + typeSize + dataSize
    if typeSize == 0 or middle + ${factMiddleSize - 1} > #value then return nil end
    local sensors = struct.unpack('>I2', value, middle + 20)
    local after = middle + ${factMiddleSize} + 10 * sensors
    if sensors == 0 or after - 1 > #value then return nil end
    found[#found + 1] = {
      key = value:sub(at, middle - 1), data = value:sub(at + 3 + typeSize, middle - 1), text = value:sub(at, after - 1)
    }
    at = after
  end
  return found
end
local function stored(bytesMax)
  local length = redis.call('STRLEN', KEYS[1])
  if length == 0 then return {}, 0 end
  local found = length <= bytesMax and factsIn(redis.call('GET', KEYS[1]))
  if not found then return {}, 0, true end
  return found, length
end`

/**
 * Merges facts of one name: each is as it is stored, with one sensor. The highest sum of a sensor stays. KEYS: the facts of the
 * name. ARGV: time, how many bytes the text may have, how many sensors a fact may have, and the facts.
 *
 * Returns whether a value was there that we cannot have written, which is overwritten; and for each fact 1, or 0 if there is no
 * room for it.
 */
export const factsScript = script(
  'string',
  `${facts}
local bytesMax, sensorsMax = tonumber(ARGV[2]), tonumber(ARGV[3])
local found, size, foreign = stored(bytesMax)
local places, changed, replies = {}, foreign, { foreign and 1 or 0 }
for place, fact in ipairs(found) do places[fact.key] = place end
local function merged(one, other, from)
  local first, last, low, high, sensors = struct.unpack('>I6I6I4I4I2', one, from)
  local first2, last2, low2, high2 = struct.unpack('>I6I6I4I4', other, from)
  local sums, sensor, sum = one:sub(from + ${factMiddleSize}), other:sub(from + 22, from + 26), other:sub(from + 27, from + 31)
  local place
  for at = 1, #sums, 10 do
    if sums:sub(at, at + 4) == sensor then place = at break end
  end
  if not place and sensors >= sensorsMax then return nil end
  if not place then sensors, sums = sensors + 1, sums .. sensor .. sum
  -- Numbers with the high byte first are in the order of their bytes.
  elseif sums:sub(place + 5, place + 9) < sum then sums = sums:sub(1, place + 4) .. sum .. sums:sub(place + 10) end
  local middle = struct.pack('>I6I6I4I4I2', math.min(first, first2), math.max(last, last2), math.min(low, low2),
    math.max(high, high2), sensors)
  return one:sub(1, from - 1) .. middle .. sums
end
for at = 4, #ARGV do
  local given = factsIn(ARGV[at])[1]
  local place = places[given.key]
  local before = place and found[place].text or ''
  local after = given.text
  if place then after = merged(before, after, #given.key + 1) end
  local isTaken = after and size + #after - #before <= bytesMax
  if isTaken and after ~= before then
    if not place then
      place = #found + 1
      found[place], places[given.key] = given, place
    end
    size, changed, found[place].text = size + #after - #before, true, after
  end
  replies[#replies + 1] = isTaken and 1 or 0
end
if changed then
  local texts = {}
  for place, fact in ipairs(found) do texts[place] = fact.text end
  redis.call('SET', KEYS[1], table.concat(texts))
end
return replies`,
)

/**
 * Reads the facts of a name. KEYS: the facts of the name. ARGV: time, how many bytes the text may have, and the end of the data:
 * only facts with such data, or with fields before it; all if it is empty.
 *
 * Returns whether there is a value that we cannot have written, the facts as they are stored, and how long all facts of the name
 * are.
 */
export const readFactsScript = script(
  'string',
  `${facts}
local found, size, foreign = stored(tonumber(ARGV[2]))
local wanted, texts = ARGV[3], {}
for _, fact in ipairs(found) do
  if wanted == '' or fact.data == wanted or fact.data:sub(-#wanted - 1) == ' ' .. wanted then texts[#texts + 1] = fact.text end
end
return { foreign and 1 or 0, table.concat(texts), size }`,
)

/** The names in a text; nothing if we cannot have written it. */
const names = `
local function namesIn(bytesMax)
  local length = redis.call('STRLEN', KEYS[1])
  if length == 0 then return '' end
  local value = length <= bytesMax and redis.call('GET', KEYS[1])
  if not value or value:sub(1, 1) ~= '\\n' or value:sub(-1) ~= '\\n' then return '', true end
  return value
end`

/**
 * Notes names with one data. KEYS: the names. ARGV: time, how many bytes the text may have, and the names.
 *
 * Returns whether a value was there that we cannot have written, which is overwritten; and how many names found no room.
 */
export const namesScript = script(
  'string',
  `${names}
local value, foreign = namesIn(tonumber(ARGV[2]))
local more, refused = value == '' and '\\n' or '', 0
for at = 3, #ARGV do
  local line = ARGV[at] .. '\\n'
  if not value:find('\\n' .. line, 1, true) then
    if #value + #more + #line <= tonumber(ARGV[2]) then more = more .. line else refused = refused + 1 end
  end
end
if foreign then redis.call('SET', KEYS[1], more) elseif more ~= '' then redis.call('APPEND', KEYS[1], more) end
return { foreign and 1 or 0, refused }`,
)

/**
 * Reads the names with one data. KEYS: the names. ARGV: time, how many bytes the text may have.
 *
 * Returns whether there is a value that we cannot have written, and the names as they are stored.
 */
export const readNamesScript = script(
  'string',
  `${names}
local value, foreign = namesIn(tonumber(ARGV[2]))
return { foreign and 1 or 0, value }`,
)
