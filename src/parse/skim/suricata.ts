/** Skims Suricata's eve.json: DNS records with one question, and records of other types. */
import { isLocalPort } from '../dns-rules.js'
import type { RecordSource } from '../../model/event.js'
import { isAt, Keys, seeName, wordOf, isoIn, wholeIn, endOfValue } from './json-scan.js'
import { type SkimResult, endOfRecord, newline, type SkimOutcome, type Skim } from './skim.js'

/* Skims the `dns` object of an EVE record, of whichever version, as far as it holds one question. */

const dnsKeys = {
  ...{ name: wordOf('rrname'), id: wordOf('id'), opcode: wordOf('opcode'), flags: wordOf('flags') },
  ...{ queries: wordOf('queries'), query: wordOf('query'), answer: wordOf('answer') },
}

/** How most of those begin that log no opcode. */
const plain = { question: wordOf('{"type":"query",'), version2: wordOf('{"version":2,') }

const [openBrace, openBracket, closeBracket] = [0x7b, 0x5b, 0x5d]

const message = new Keys(Object.values(dnsKeys))

/**
 * Looks at the object to its end; or, with `mayStop`, until nothing more is wanted of it.
 *
 * @returns just behind what was looked at; -1 where a look is not enough
 */
export const skimDns = (bytes: Buffer, at: number, result: SkimResult, mayStop: boolean): number => {
  if (bytes[at] !== openBrace) return -1
  message.open(bytes, at)
  let names = 0
  let ids = 0
  let opcodes = 0
  let flagsAt = 0
  result.isAnswer = false
  while (message.next()) {
    if (message.is(dnsKeys.id)) {
      ids++
      result.id = message.count()
      if (result.id === -1) return -1
    } else if (message.is(dnsKeys.name)) {
      names++
      if (!seeName(message, result)) return -1
    } else if (message.is(dnsKeys.queries)) {
      names++
      if (!skimQuestion(bytes, result)) return -1
    } else if (message.is(dnsKeys.opcode)) {
      opcodes++
      if (message.count() !== 0) return -1
    } else if (message.is(dnsKeys.flags)) flagsAt = message.valueAt
    else if (message.is(dnsKeys.query) || message.is(dnsKeys.answer)) return -1
    if (mayStop && names === 1 && ids === 1 && opcodes === 1) return message.valueAt
  }
  const isOne = names === 1 && ids <= 1 && (opcodes > 0 || hasNoOpcode(bytes, flagsAt))
  if (!isOne) return -1
  const isKnown = opcodes > 0 || isAt(plain.question, bytes, at) || isAt(plain.version2, bytes, at)
  return isKnown || skimAnswer(bytes, at, result) ? message.end : -1
}

const answerKey = {
  ...{ type: wordOf('type'), version: wordOf('version') },
  ...{ queries: dnsKeys.queries, answers: wordOf('answers'), grouped: wordOf('grouped') },
}
const answerType = wordOf('answer')
const record = new Keys(Object.values(answerKey))

/** Whether an object without opcode is one answer of version 1, as suricata.ts says; false where it cannot be told. */
const skimAnswer = (bytes: Buffer, at: number, result: SkimResult): boolean => {
  record.open(bytes, at)
  let types = 0
  let isOther = false
  while (record.next()) {
    if (record.is(answerKey.type)) {
      types++
      if (!record.isPlain()) return false
      result.isAnswer = record.says(answerType)
    } else if (record.is(answerKey.version)) {
      const number = record.count()
      if (number === -1) return false
      if (number !== 1) isOther = true
    } else if (record.is(answerKey.queries) || record.is(answerKey.answers) || record.is(answerKey.grouped))
      isOther = true
  }
  if (isOther) result.isAnswer = false
  return types <= 1 && record.end !== -1
}

const question = new Keys([dnsKeys.name, dnsKeys.id, dnsKeys.opcode])

/** `[{"rrname":"…","rrtype":"A"}]`: one question, without an id or opcode of its own. */
const skimQuestion = (bytes: Buffer, result: SkimResult): boolean => {
  if (bytes[message.valueAt] !== openBracket || bytes[message.valueAt + 1] !== openBrace) return false
  question.open(bytes, message.valueAt + 1)
  let names = 0
  while (question.next()) {
    if (question.is(dnsKeys.id) || question.is(dnsKeys.opcode)) return false
    if (!question.is(dnsKeys.name)) continue
    names++
    if (!seeName(question, result)) return false
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

const key = {
  ...{ type: wordOf('event_type'), time: wordOf('timestamp'), flow: wordOf('flow_id'), dns: wordOf('dns') },
  ...{ srcPort: wordOf('src_port'), destPort: wordOf('dest_port') },
}
const type = { dns: wordOf('dns'), alert: wordOf('alert'), mdns: wordOf('mdns'), llmnr: wordOf('llmnr') }

/** @param sources which types count: all of them but DNS are parsed in full */
export const skimEve = (sources: ReadonlySet<RecordSource>): Skim => {
  const full = [...sources].filter(source => source !== 'dns').map(wordOf)
  return sources.has('dns') ? (bytes, at, result) => skimRecord(bytes, at, result, full) : () => 'unclear'
}

const keys = new Keys(Object.values(key))

const skimRecord = (
  bytes: Buffer,
  at: number,
  result: SkimResult,
  full: readonly Uint8Array[],
): SkimOutcome => {
  keys.open(bytes, at)
  result.flow = result.id = -1
  let types = 0
  let times = 0
  let flows = 0
  let questions = 0
  let ports = 0
  // Read when it is known that the record is one of DNS: most are not.
  let timeAt = 0
  let flowAt = 0
  let end = -1
  while (end === -1 && keys.next()) {
    if (keys.is(key.time)) {
      times++
      timeAt = keys.valueAt
    } else if (keys.is(key.flow)) {
      flows++
      flowAt = keys.valueAt
    } else if (keys.is(key.type)) {
      types++
      if (!keys.says(type.dns)) return seeOther(bytes, at, result, full)
    } else if (keys.is(key.srcPort) || keys.is(key.destPort)) {
      ports++
      if (!isPublic(keys.count())) return 'unclear'
    } else if (keys.is(key.dns)) {
      questions++
      const isLast = types === 1 && times === 1 && flows === 1 && ports === 2
      keys.valueEnd = skimDns(bytes, keys.valueAt, result, isLast)
      if (keys.valueEnd === -1) return 'unclear'
      if (isLast) end = endOfRecord(bytes, keys.valueEnd)
      if (isLast && end === -1) return 'unclear'
    }
  }
  if (end === -1) end = keys.end
  const isOne = types === 1 && times === 1 && flows <= 1 && questions === 1
  if (!isOne || end === -1 || bytes[end] !== newline) return 'unclear'
  result.end = end
  result.ts = timeIn(bytes, timeAt)
  result.flow = flows === 1 ? wholeIn(bytes, flowAt, endOfValue(bytes, flowAt)) : -1
  return Number.isNaN(result.ts) || (flows === 1 && result.flow === -1) ? 'unclear' : 'record'
}

/** The rest of a record that is no DNS is not looked at, but for its last brace. An alert may hold a DNS record. */
const seeOther = (
  bytes: Buffer,
  at: number,
  result: SkimResult,
  full: readonly Uint8Array[],
): SkimOutcome => {
  if (!keys.isPlain() || full.some(isType)) return 'unclear'
  const end = endOfRecord(bytes, keys.valueEnd)
  if (end === -1) return 'unclear'
  if (keys.says(type.alert) && bytes.subarray(at, end).includes(dnsKey)) return 'unclear'
  result.end = end
  return keys.says(type.mdns) || keys.says(type.llmnr) ? 'not-unicast-dns' : 'not-dns'
}

const dnsKey = Buffer.from('"dns"')

const isType = (word: Uint8Array): boolean => keys.says(word)

const quote = 0x22

/** Suricata writes its times as text. */
const timeIn = (bytes: Buffer, at: number): number =>
  bytes[at] === quote ? isoIn(bytes, at + 1, endOfValue(bytes, at) - 1) : NaN

const isPublic = (port: number): boolean => port !== -1 && !isLocalPort(port)
