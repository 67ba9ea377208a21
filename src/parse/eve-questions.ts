/** The questions in the `dns` object of an EVE record, wherever its version keeps them. */
import type { Answers } from '../event.js'
import { eveAnswers } from './answers.js'
import { countOf, isObject, textOf, type JsonObject } from './fields.js'

export interface Question {
  /** As logged. */
  readonly name: string
  readonly id: number | undefined
  readonly opcode: number | undefined
  readonly qtypeName: string | undefined
}

export interface Questions {
  /** The server's message. */
  readonly isResponse: boolean
  /** Its addresses are those of the packet: in version 3 `src_ip` of a response is the server. */
  readonly isFromServer: boolean
  /** As Event.isAnswer. */
  readonly isAnswer: boolean
  readonly rcodeName: string | undefined
  readonly answers: Answers | undefined
  readonly questions: readonly Question[]
}

/**
 * Reads version 3 (`queries[]`), version 1 and 2 (`rrname`), and an alert of version 2 (`query[]`, or `answer{}`
 * when the response raised it). A version 1 answer is one record per answer, each under its own name: what that is to
 * the question only the records before it can say.
 */
export const questionsOf = (dns: JsonObject): Questions => {
  const answer = isObject(dns['answer']) ? dns['answer'] : undefined
  const isResponse = answer !== undefined || dns['type'] === 'answer' || dns['type'] === 'response'
  const holders = [dns['queries'], dns['query']].find(list => Array.isArray(list) && list.length > 0)
  const holder = answer ?? dns
  const questions = (Array.isArray(holders) ? holders : [holder])
    .filter(isObject)
    .map(question => questionOf(question, holder))
  return {
    isResponse,
    isFromServer: dns['type'] === 'response',
    isAnswer: holder === dns && holders === undefined && isVersion1Answer(dns),
    // A request of version 3 says NOERROR, before anybody answered.
    rcodeName: isResponse ? textOf(holder['rcode']) : undefined,
    answers: isResponse ? eveAnswers(holder) : undefined,
    questions,
  }
}

/** Version 1 has no number, and is gone since Suricata 7, which was the first to log the opcode. */
const isVersion1Answer = (dns: JsonObject): boolean =>
  dns['type'] === 'answer' &&
  (!('version' in dns) || countOf(dns['version']) === 1) &&
  !['opcode', 'queries', 'answers', 'grouped'].some(key => key in dns)

const questionOf = (question: JsonObject, message: JsonObject): Question => ({
  name: textOf(question['rrname']) ?? '',
  id: countOf(question['id']) ?? countOf(message['id']),
  opcode: countOf(question['opcode']) ?? countOf(message['opcode']) ?? opcodeOfFlags(message['flags']),
  qtypeName: textOf(question['rrtype'])?.toUpperCase(),
})

/** Suricata 4 to 6 log no opcode, but the flags of answers as hex text: bits 1 to 4 (RFC 1035 4.1.1). */
const opcodeOfFlags = (flags: unknown): number | undefined =>
  typeof flags === 'string' && /^[0-9a-f]{1,4}$/i.test(flags) ? (parseInt(flags, 16) >> 11) & 0xf : undefined
