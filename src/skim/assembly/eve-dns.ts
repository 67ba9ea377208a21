/** Skims the `dns` object of an EVE record of any version, if it holds one question. */
import { ensure, mark } from './blocks'
import { countIn } from './digits'
import { answersEnd, answersHash } from './eve-answers'
import { hashField } from './hash'
import { first, hasMore, isObject, isPlainText, markBehind, objectEnd, passValue, valueBehind } from './json'
import { isKept, sayEnding, sayNothing, sayRecordsOf } from './statements'

const quote: u8 = 0x22

export let dnsNameAt: usize = 0
export let dnsNameEnd: usize = 0
/** -1 if there is none. */
export let dnsId: i32 = -1
/** The record logs the server's message. */
export let dnsIsResponse: bool = false
/** `src_ip` is the server's: a response of version 3. */
export let dnsIsFromServer: bool = false
/** The message has an `answer` of its own, as in an alert of version 2. */
export let dnsHasAnswer: bool = false
/** The record is one answer of version 1: its name may differ from the question's. */
export let dnsAnswered: bool = false

const enum Of {
  Name = 1,
  Id = 2,
  Opcode = 4,
  Type = 8,
  /** With these the rest of the object is not read, if the record's other fields are known. */
  Enough = 15,
  Version = 16,
  /** `queries` or `query`: the questions stand in a list. */
  List = 32,
  /** `answer` of an alert of version 2. */
  Answer = 64,
  Answers = 128,
  Flags = 256,
  /** With these a response says more for passive DNS. */
  Rcode = 512,
  Grouped = 1024,
}

/** Where they are in this message; both 0 if it has none. */
let rcodeAt: usize = 0
let rcodeEnd: usize = 0
let groupedAt: usize = 0
let groupedEnd: usize = 0
/** The two bytes that `answers` begins with. */
let answersBegin: u16 = 0

/** Where the header flags stand, a hex string. */
let flagsAt: usize = 0

/**
 * Reads the object. @returns the place behind it, or behind the last value read; 0 if the record needs a full parse
 *
 * @param mayStop whether to stop once the question is complete
 */
export function skimDns(at: usize, firstMark: usize, mayStop: bool): usize {
  if (!isObject(at)) return 0
  let i = firstMark
  let seen: u32 = 0
  let listed: u32 = 0
  let isAnswerType = false
  let isOtherVersion = false
  dnsId = -1
  dnsIsResponse = false
  dnsIsFromServer = false
  dnsHasAnswer = false
  dnsAnswered = false
  if (isKept) sayNothing()
  while (true) {
    if (!ensure(i)) return 0
    const keyAt = mark(i) + 1
    const keyEnd = mark(i + 1)
    if (load<u8>(keyAt - 1) != quote) return 0
    const value = valueBehind(keyEnd)
    if (value == 0) return 0
    const key = load<u64>(keyAt)
    const length = <u32>(keyEnd - keyAt)
    const isList =
      (length == 7 && first(key, 7) == word('queries')) || (length == 5 && first(key, 5) == word('query'))
    let behind: usize
    let bit: u32 = 0
    if (isList) {
      // The question's own id and opcode take precedence over the message's.
      if ((seen & Of.List) != 0 || load<u8>(value) != 0x5b) return 0
      behind = skimQuestion(value + 1, i + 2)
      if (behind == 0 || load<u8>(behind) != 0x5d) return 0
      behind++
      listed = questionSaw
      bit = Of.List
    } else {
      const isAnswers = isKept && length == 7 && first(key, 7) == word('answers')
      behind = isAnswers ? answersEnd(value, i + 2) : passValue(value, i + 2)
      if (behind == 0) return 0
      bit = see(key, length, value, behind)
      if (isKept && bit == 0) bit = seePassive(key, length, value, behind)
      if (isAnswers) answersBegin = load<u16>(value)
      if (bit == Of.Name) {
        // A listed question takes precedence.
        if ((seen & Of.List) == 0) setName(value, behind)
      } else if (bit == Of.Id) {
        const id = countIn(value, behind)
        if (id < 0) return 0
        if ((listed & Of.Id) == 0) dnsId = id
      } else if (bit == Of.Opcode) {
        if ((listed & Of.Opcode) == 0 && countIn(value, behind) != 0) return 0
      } else if (bit == Of.Type) {
        if (!isPlainText(value)) return 0
        const size = behind - value
        isAnswerType = size == 8 && load<u64>(value) == word('"answer"')
        dnsIsFromServer = size == 10 && load<u64>(value, 1) == word('response')
        if (isAnswerType || dnsIsFromServer) dnsIsResponse = true
      } else if (bit == Of.Version) {
        const version = countIn(value, behind)
        if (version < 0) return 0
        isOtherVersion = version != 1
      } else if (bit == Of.Answer) {
        if (!isObject(value)) return 0
        dnsIsResponse = true
      }
    }
    if (bit == unclear || (seen & bit) != 0) return 0
    seen |= bit
    const known = listed | seen
    if (mayStop && (known & Of.Enough) == Of.Enough && (seen & Of.Answer) == 0 && !(isKept && dnsIsResponse))
      return behind
    if (!hasMore(behind)) {
      const end = objectEnd(behind)
      if (end == 0 || (known & Of.Name) == 0) return 0
      // With `answer`, id and opcode of the message stand in there, unless the question has its own.
      if ((seen & Of.Answer) != 0 && (listed & (Of.Id | Of.Opcode)) != (Of.Id | Of.Opcode)) return 0
      if ((known & Of.Opcode) == 0 && (seen & Of.Flags) != 0 && !isQueryByFlags()) return 0
      const notVersion1 = Of.Opcode | Of.List | Of.Answer | Of.Answers | Of.Grouped
      dnsAnswered = isAnswerType && !isOtherVersion && (seen & notVersion1) == 0
      dnsHasAnswer = (seen & Of.Answer) != 0
      return !isKept || !dnsIsResponse || sayResponse(seen) ? end : 0
    }
    i = markBehind
  }
}

/** The bit of a key that matters for passive DNS only. Those of version 1, which has no list of answers, are unclear. */
@inline
function seePassive(key: u64, length: u32, value: usize, behind: usize): u32 {
  if (length == 5 && first(key, 5) == word('rcode')) {
    rcodeAt = value
    rcodeEnd = behind
    return Of.Rcode
  }
  const three = first(key, 3)
  if (length == 3) return three == word('ttl') || three == word('soa') || three == word('srv') ? unclear : 0
  return length == 5 && (first(key, 5) == word('rdata') || first(key, 5) == word('sshfp')) ? unclear : 0
}

/** Notes what a response says for passive DNS. @returns false if that needs a full parse */
function sayResponse(seen: u32): bool {
  if ((seen & Of.Rcode) == 0) rcodeAt = rcodeEnd = 0
  let shape: u64 = 0
  if ((seen & Of.Answers) != 0) {
    shape = <u64>answersBegin
    if (answersBegin == <u16>word('[{')) sayRecordsOf(answersHash)
    else if (answersBegin != <u16>word('[]')) return false
  } else if ((seen & Of.Grouped) != 0) {
    if (load<u8>(groupedAt) != 0x7b) return false
    // Whether it has any answer is seen only in all of it.
    shape = hashField(3, groupedAt, groupedEnd)
    sayRecordsOf(shape)
  }
  sayEnding(rcodeAt, rcodeEnd, shape)
  return true
}

const unclear: u32 = 0x80000000

/** The bit of a key; 0 for a key that the skim ignores, `unclear` for a name that is empty or no string. */
@inline
function see(key: u64, length: u32, value: usize, behind: usize): u32 {
  switch (length) {
    case 2:
      return first(key, 2) == word('id') ? Of.Id : 0
    case 4:
      return first(key, 4) == word('type') ? Of.Type : 0
    case 5:
      if (first(key, 5) != word('flags')) return 0
      flagsAt = value
      return Of.Flags
    case 6:
      if (first(key, 6) == word('rrname'))
        return load<u8>(value) == quote && behind - value > 2 ? Of.Name : unclear
      if (first(key, 6) == word('opcode')) return Of.Opcode
      return first(key, 6) == word('answer') ? Of.Answer : 0
    case 7:
      if (first(key, 7) == word('version')) return Of.Version
      if (first(key, 7) == word('answers')) return Of.Answers
      if (first(key, 7) != word('grouped')) return 0
      groupedAt = value
      groupedEnd = behind
      return Of.Grouped
  }
  return 0
}

@inline
function setName(value: usize, behind: usize): void {
  dnsNameAt = value + 1
  dnsNameEnd = behind - 1
}

/** Keys that the listed question had: bits of `Of`. */
let questionSaw: u32 = 0

/** Reads the only question of a list. @returns the place behind it; 0 if the record needs a full parse */
function skimQuestion(at: usize, firstMark: usize): usize {
  if (!isObject(at)) return 0
  let i = firstMark
  let seen: u32 = 0
  while (true) {
    if (!ensure(i)) return 0
    const keyAt = mark(i) + 1
    const keyEnd = mark(i + 1)
    if (load<u8>(keyAt - 1) != quote) return 0
    const value = valueBehind(keyEnd)
    if (value == 0) return 0
    const behind = passValue(value, i + 2)
    if (behind == 0) return 0
    const key = load<u64>(keyAt)
    const bit = see(key, <u32>(keyEnd - keyAt), value, behind) & (Of.Name | Of.Id | Of.Opcode | unclear)
    if (bit == Of.Name) setName(value, behind)
    else if (bit == Of.Id) {
      dnsId = countIn(value, behind)
      if (dnsId < 0) return 0
    } else if (bit == Of.Opcode) {
      if (countIn(value, behind) != 0) return 0
    } else if (bit == unclear) return 0
    if ((seen & bit) != 0) return 0
    seen |= bit
    if (!hasMore(behind)) {
      questionSaw = seen
      return (seen & Of.Name) != 0 ? objectEnd(behind) : 0
    }
    i = markBehind
  }
}

/** Suricata 4 to 6 log no opcode, but the flags of answers as a hex string: it is in bits 1 to 4 (RFC 1035 4.1.1). */
function isQueryByFlags(): bool {
  if (load<u8>(flagsAt) != quote) return false
  let flags: u32 = 0
  let at = flagsAt + 1
  for (; load<u8>(at) != quote; at++) {
    const byte = <u32>load<u8>(at)
    const letter = (byte | 0x20) - 0x61
    const digit = byte - 0x30 <= 9 ? byte - 0x30 : letter < 6 ? letter + 10 : 16
    if (digit == 16 || at - flagsAt > 4) return false
    flags = (flags << 4) | digit
  }
  return at - flagsAt > 1 && ((flags >> 11) & 0xf) == 0
}
