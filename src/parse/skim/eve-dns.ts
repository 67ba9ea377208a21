/** Skims the `dns` object of an EVE record, of whichever version, as far as it holds one question. */
import { isAt, Keys, seeName, wordOf } from './keys.js'
import type { Glimpse } from './skim.js'

const key = {
  ...{ name: wordOf('rrname'), id: wordOf('id'), opcode: wordOf('opcode'), flags: wordOf('flags') },
  ...{ queries: wordOf('queries'), query: wordOf('query'), answer: wordOf('answer') },
}

/** How most of those begin that log no opcode. */
const plain = { question: wordOf('{"type":"query",'), version2: wordOf('{"version":2,') }

const [openBrace, openBracket, closeBracket] = [0x7b, 0x5b, 0x5d]

const message = new Keys(Object.values(key))

/**
 * Looks at the object to its end; or, with `mayStop`, until nothing more is wanted of it.
 *
 * @returns just behind what was looked at; -1 where a look is not enough
 */
export const skimDns = (bytes: Buffer, at: number, glimpse: Glimpse, mayStop: boolean): number => {
  if (bytes[at] !== openBrace) return -1
  message.open(bytes, at)
  let names = 0
  let ids = 0
  let opcodes = 0
  let flagsAt = 0
  glimpse.isAnswer = false
  while (message.next()) {
    if (message.is(key.id)) {
      ids++
      glimpse.id = message.count()
      if (glimpse.id === -1) return -1
    } else if (message.is(key.name)) {
      names++
      if (!seeName(message, glimpse)) return -1
    } else if (message.is(key.queries)) {
      names++
      if (!skimQuestion(bytes, glimpse)) return -1
    } else if (message.is(key.opcode)) {
      opcodes++
      if (message.count() !== 0) return -1
    } else if (message.is(key.flags)) flagsAt = message.valueAt
    else if (message.is(key.query) || message.is(key.answer)) return -1
    if (mayStop && names === 1 && ids === 1 && opcodes === 1) return message.valueAt
  }
  const isOne = names === 1 && ids <= 1 && (opcodes > 0 || hasNoOpcode(bytes, flagsAt))
  if (!isOne) return -1
  const isKnown = opcodes > 0 || isAt(plain.question, bytes, at) || isAt(plain.version2, bytes, at)
  return isKnown || skimAnswer(bytes, at, glimpse) ? message.end : -1
}

const answerKey = {
  ...{ type: wordOf('type'), version: wordOf('version') },
  ...{ queries: key.queries, answers: wordOf('answers'), grouped: wordOf('grouped') },
}
const answerType = wordOf('answer')
const record = new Keys(Object.values(answerKey))

/** Whether an object without opcode is one answer of version 1, as eve-questions.ts says; false where it cannot be told. */
const skimAnswer = (bytes: Buffer, at: number, glimpse: Glimpse): boolean => {
  record.open(bytes, at)
  let types = 0
  let isOther = false
  while (record.next()) {
    if (record.is(answerKey.type)) {
      types++
      if (!record.isPlain()) return false
      glimpse.isAnswer = record.says(answerType)
    } else if (record.is(answerKey.version)) {
      const number = record.count()
      if (number === -1) return false
      if (number !== 1) isOther = true
    } else if (record.is(answerKey.queries) || record.is(answerKey.answers) || record.is(answerKey.grouped))
      isOther = true
  }
  if (isOther) glimpse.isAnswer = false
  return types <= 1 && record.end !== -1
}

const question = new Keys([key.name, key.id, key.opcode])

/** `[{"rrname":"…","rrtype":"A"}]`: one question, without an id or opcode of its own. */
const skimQuestion = (bytes: Buffer, glimpse: Glimpse): boolean => {
  if (bytes[message.valueAt] !== openBracket || bytes[message.valueAt + 1] !== openBrace) return false
  question.open(bytes, message.valueAt + 1)
  let names = 0
  while (question.next()) {
    if (question.is(key.id) || question.is(key.opcode)) return false
    if (!question.is(key.name)) continue
    names++
    if (!seeName(question, glimpse)) return false
  }
  if (question.end === -1 || names !== 1 || bytes[question.end] !== closeBracket) return false
  message.valueEnd = question.end + 1
  return true
}

/** Suricata 4 to 6 log no opcode, but perhaps the flags of the header, as hex text (RFC 1035 4.1.1). */
const hasNoOpcode = (bytes: Buffer, flagsAt: number): boolean => {
  if (flagsAt === 0) return true
  const flags = bytes.toString('latin1', flagsAt, flagsAt + 6)
  const [, hex] = /^"([0-9a-f]{1,4})"/i.exec(flags) ?? []
  return hex !== undefined && ((parseInt(hex, 16) >> 11) & 0xf) === 0
}
