/** Exports the ring to JavaScript, which looks up the transactions of lines that it parses in full. */
import { flowOfText } from './hash'
import { asked, awaitResponse, found, isNewTransaction, meetResponse } from './ring'

export { meetResponse }

/**
 * True for the first line of a transaction.
 *
 * @param length of its name, at `scratch`
 * @param flow below 0: minus the length of the text at `flowText`
 * @param answered epoch ms of an answer of EVE version 1; ignored unless hasAnswer
 */
export function isNew(length: u32, flow: f64, id: f64, hasAnswer: bool, answered: f64): bool {
  const number = flow < 0 ? flowOfText(<usize>-flow) : <u64>flow
  return isNewTransaction(length, number, <u32>id, hasAnswer ? answered : asked)
}

/** The number of the transaction of the last isNew. */
export function transaction(): f64 {
  return <f64>found
}

export function awaitAnswer(number: f64): void {
  awaitResponse(<u64>number)
}
