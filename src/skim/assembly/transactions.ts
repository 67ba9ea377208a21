/** What JavaScript asks of the ring, for lines that are parsed in full. */
import { flowOfText } from './hash'
import { asked, awaitResponse, found, isNewTransaction } from './ring'

/**
 * True for the first line of a transaction; of what is parsed in full.
 *
 * @param length of its name, at `scratch`
 * @param flow below 0: it is the text at `flowText`, of so many bytes
 * @param answered epoch ms, of an answer of version 1, where hasAnswer says so
 */
export function isNew(length: u32, flow: f64, id: f64, hasAnswer: bool, answered: f64): bool {
  const number = flow < 0 ? flowOfText(<usize>-flow) : <u64>flow
  return isNewTransaction(length, number, <u32>id, hasAnswer ? answered : asked)
}

/** The number of the transaction that isNew was asked for. */
export function transaction(): f64 {
  return <f64>found
}

export function awaitAnswer(number: f64): void {
  awaitResponse(<u64>number)
}
