/**
 * Skims Zeek's dns.log as JSON lines. All fields it needs are in the first half of a record, except the opcode, and those
 * that passive DNS needs.
 */
import { ensure, fits, mark, newlineWithout, restart } from './blocks'
import { areCounted, sayClient } from './clients'
import { countName, isLocalResolution, Line } from './count'
import { Counter, countOne } from './counters'
import { countIn } from './digits'
import { first, hasMore, isObject, isPlainText, markBehind, objectEnd, passValue, valueBehind } from './json'
import { asked } from './ring'
import { isKept } from './statements'
import { epochIn, isoIn } from './time'
import { sayAnswers, sayQuestion, sayTtls } from './zeek-passive'

const quote: u8 = 0x22
const dot: u8 = 0x2e
const newline: u8 = 0x0a
const closeBrace: u8 = 0x7d

/** Keys read so far. A record with a key twice goes to the full parse, where the last one wins. */
const enum Seen {
  Time = 1,
  Name = 2,
  OrigPort = 4,
  RespPort = 8,
  Class = 16,
  /** With these only an opcode is searched for in the rest of the line: Zeek logs it from 8.1 on. */
  Enough = 31,
  Opcode = 32,
  /** Needed besides where clients are counted. */
  Client = 64,
  Qtype = 128,
  Rcode = 256,
  Answers = 512,
  Ttls = 1024,
}

/** Where the client is; both 0 if the record lacks it. */
let clientAt: usize = 0
let clientEnd: usize = 0
/** The same for the fields of passive DNS. */
let qtypeAt: usize = 0
let qtypeEnd: usize = 0
let rcodeAt: usize = 0
let rcodeEnd: usize = 0
let answersAt: usize = 0
let answersEnd: usize = 0
let ttlsAt: usize = 0
let ttlsEnd: usize = 0

/** Counts the line whose record begins at `at`. @returns the start of the next line; 0 if it needs a full parse */
@inline
export function skimZeekJson(line: usize, at: usize): usize {
  if (!isObject(at)) return 0
  restart(at)
  let i: usize = 0
  let seen: u32 = 0
  let timeAt: usize = 0
  let timeEnd: usize = 0
  let nameAt: usize = 0
  let nameEnd: usize = 0
  let origPort = -1
  let respPort = -1
  let qclass = -1
  let opcode = -1
  let end: usize = 0
  let isWhole = isKept
  const enough: u32 = areCounted ? Seen.Enough | Seen.Client : Seen.Enough
  while (true) {
    if (!ensure(i)) return 0
    const keyAt = mark(i) + 1
    const keyEnd = mark(i + 1)
    if (load<u8>(keyAt - 1) != quote) return 0
    const value = valueBehind(keyEnd)
    if (value == 0) return 0
    const behind = passValue(value, i + 2)
    if (behind == 0) return 0
    i = markBehind
    const key = load<u64>(keyAt)
    let bit: u32 = 0
    switch (<u32>(keyEnd - keyAt)) {
      case 2:
        if (first(key, 2) == word('ts')) {
          bit = Seen.Time
          timeAt = value
          timeEnd = behind
        } else if (first(key, 2) == word('id')) return 0
        break
      case 4:
        if (isKept && first(key, 4) == word('TTLs')) {
          bit = Seen.Ttls
          ttlsAt = value
          ttlsEnd = behind
        }
        break
      case 5:
        if (first(key, 5) == word('query')) {
          if (load<u8>(value) != quote) return 0
          bit = Seen.Name
          nameAt = value + 1
          nameEnd = behind - 1
        } else if (first(key, 5) == word('_path')) {
          if (behind - value != 5 || first(load<u64>(value), 5) != word('"dns"')) return 0
        }
        break
      case 6:
        if (first(key, 6) == word('qclass')) {
          bit = Seen.Class
          qclass = countIn(value, behind)
          if (qclass < 0) return 0
        } else if (first(key, 6) == word('opcode')) {
          bit = Seen.Opcode
          opcode = countIn(value, behind)
          if (opcode < 0) return 0
        }
        break
      case 7:
        if (first(key, 7) == word('@stream')) return 0
        if (isKept && first(key, 7) == word('answers')) {
          bit = Seen.Answers
          answersAt = value
          answersEnd = behind
        }
        break
      case 9:
        bit = portOf(key, load<u8>(keyAt, 8))
        if (bit != 0) {
          const port = countIn(value, behind)
          if (port < 0) return 0
          if (bit == Seen.OrigPort) origPort = port
          else respPort = port
        } else if (load<u8>(keyAt, 8) == 0x68 && (key == word('id.orig_') || key == word('id_orig_'))) {
          if (areCounted && !isPlainText(value)) return 0
          bit = Seen.Client
          clientAt = value
          clientEnd = behind
        }
        break
      case 10:
        if (key == word('event_ty')) return 0
        if (isKept && load<u16>(keyAt, 8) == <u16>word('me')) {
          if (key == word('qtype_na')) {
            bit = Seen.Qtype
            qtypeAt = value
            qtypeEnd = behind
          } else if (key == word('rcode_na')) {
            bit = Seen.Rcode
            rcodeAt = value
            rcodeEnd = behind
          }
        }
        break
      case 11:
        if (key == word('seen_by_')) return 0
        break
    }
    if (bit != 0) {
      if ((seen & bit) != 0) return 0
      seen |= bit
      if ((seen & enough) == enough && !isWhole) {
        end = newlineWithout(behind, <u32>word('opc'))
        if (end != 0) {
          if (load<u8>(end - 1) != closeBrace) return 0
          break
        }
        isWhole = true
      }
    }
    if (!hasMore(behind)) {
      end = objectEnd(behind)
      if (end == 0 || load<u8>(end) != newline) return 0
      break
    }
  }
  const needed = Seen.Name | Seen.Time
  if ((seen & needed) != needed || !fits(line, end)) return 0
  const ts = load<u8>(timeAt) == quote ? isoIn(timeAt + 1, timeEnd - 1) : epochIn(timeAt, timeEnd)
  if (isNaN(ts) || nameEnd == nameAt || load<u8>(nameAt) == dot) return 0
  if (opcode > 0) countOne(Counter.Opcode)
  else if (isLocalResolution(origPort, respPort)) countOne(Counter.NotUnicastDns)
  else if (qclass != 1 && qclass != -1) countOne(Counter.Class)
  else {
    if ((seen & Seen.Client) == 0) clientAt = clientEnd = 0
    if (areCounted) sayClient(clientAt + 1, clientEnd == 0 ? 1 : clientEnd - 1)
    if (isKept && !sayFields(seen)) return 0
    if (!countName(nameAt, nameEnd, ts, -1, -1, asked, Line.Question)) return 0
  }
  return end + 1
}

/** Notes what the line says for passive DNS. @returns false if that needs a full parse */
@inline
function sayFields(seen: u32): bool {
  if ((seen & Seen.Qtype) == 0) qtypeAt = qtypeEnd = 0
  if ((seen & Seen.Rcode) == 0) rcodeAt = rcodeEnd = 0
  let hasAnswers = false
  if ((seen & Seen.Answers) != 0) {
    const two = load<u16>(answersAt)
    hasAnswers = two == <u16>word('["')
    // The full parse may see an answer in a list of anything else, or none in it.
    if (!hasAnswers && two != <u16>word('[]')) return false
  }
  sayQuestion(clientAt, clientEnd, rcodeAt, rcodeEnd, hasAnswers)
  if (!hasAnswers) return true
  sayAnswers(qtypeAt, qtypeEnd, answersAt, answersEnd)
  if ((seen & Seen.Ttls) == 0) return true
  if (load<u8>(ttlsAt) != 0x5b) return false
  return ttlsEnd - ttlsAt == 2 || sayTtls(ttlsAt + 1, ttlsEnd - 1, true)
}

/** `id.orig_p` or `id_orig_p`, `id.resp_p` or `id_resp_p`; 0 for any other key. */
@inline
function portOf(key: u64, last: u8): u32 {
  if (last != 0x70) return 0
  if (key == word('id.orig_') || key == word('id_orig_')) return Seen.OrigPort
  return key == word('id.resp_') || key == word('id_resp_') ? Seen.RespPort : 0
}
