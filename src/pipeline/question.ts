/** A question: an event whose name is a candidate for a verdict. */
import { createHash } from 'node:crypto'
import type { Event } from '../event.js'
import type { Asking } from '../name-answer.js'
import type { Facts } from '../record.js'
import type { Reduced } from '../reduce/reducer.js'

export interface Question {
  readonly event: Event
  /** The query in A-labels: what is written once a window. */
  readonly name: string
  readonly domain: string
  readonly registrable: string
  readonly unicode: string | undefined
  readonly sensor: string | undefined
  /** Made only for what is written: hashing every line would cost more than reading it. */
  readonly id: () => string
}

/** What is known of a question before its registry answered. */
export const factsOf = (
  { event, domain, registrable, unicode, sensor, id }: Question,
  { ts, seenByYou, freq, alerts }: Pick<Facts, 'ts' | 'seenByYou' | 'freq' | 'alerts'>,
): Facts => ({
  id: id(),
  ts,
  uid: event.uid,
  query: event.query,
  queryUnicode: unicode,
  domain,
  registrable,
  seenByYou,
  freq,
  alerts,
  origHost: event.origHost,
  origPort: event.origPort,
  respHost: event.respHost,
  respPort: event.respPort,
  proto: event.proto,
  qtypeName: event.qtypeName,
  rcodeName: event.rcodeName,
  communityId: event.communityId,
  sensor,
})

/** What must be known to decide on a batch of questions. */
export const askedBy = (questions: readonly Question[]) => {
  const [domains, names] = [new Set<string>(), new Set<string>()]
  for (const { name, domain, registrable } of questions) {
    domains.add(domain).add(registrable)
    names.add(name)
  }
  return { domains, names }
}

/**
 * A question that is asked of us. It stands in no line of a log that its id could be made of: time and chance tell
 * it from all others.
 *
 * @param ts epoch ms
 * @param chance text that no other question of this millisecond has
 */
export const askedOfUs = (
  reduced: Reduced,
  { client, sensor }: Asking,
  ts: number,
  chance: string,
): Question => {
  const id = createHash('sha256').update(`${ts}\n${chance}\n${reduced.query}`).digest('hex').slice(0, 32)
  const event: Event = {
    ...{ ts, uid: undefined, query: reduced.query, origHost: client?.host, origPort: client?.port },
    ...{ respHost: undefined, respPort: undefined, proto: undefined, qtypeName: undefined },
    ...{ rcodeName: undefined, communityId: undefined, transaction: undefined },
  }
  const { name, domain, registrable, unicode } = reduced
  return { event, name, domain, registrable, unicode, sensor, id: () => id }
}

/**
 * The id of a record: the first 128 bits of SHA-256 over the line's byte offset, its bytes without the newline and
 * the index of the question in it, the three set apart by newlines. No path and no inode in it.
 */
export const idOf = (offset: number, line: Buffer, index: number): string =>
  createHash('sha256').update(`${offset}\n`).update(line).update(`\n${index}`).digest('hex').slice(0, 32)
