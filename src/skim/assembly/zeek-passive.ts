/** Notes what a line of Zeek says for passive DNS. Must depend on the same fields as zeekRecords and kindBy. */
import { countIn, digitsAt } from './digits'
import { hashField } from './hash'
import { sayAsker, sayEnding, sayNothing, sayRecords, sayTtl } from './statements'

const dot: u8 = 0x2e
const comma: u8 = 0x2c
const blank: u8 = 0x20
const zero: u8 = 0x30

/** Who asked, and how it ended. */
@inline
export function sayQuestion(
  clientFrom: usize,
  clientTo: usize,
  rcodeFrom: usize,
  rcodeTo: usize,
  hasAnswers: bool,
): void {
  sayNothing()
  sayAsker(clientFrom, clientTo)
  sayEnding(rcodeFrom, rcodeTo, <u64>hasAnswers)
}

/** The answers, which Zeek logs without owners and types: these depend on the type that was asked for. */
@inline
export function sayAnswers(qtypeFrom: usize, qtypeTo: usize, from: usize, to: usize): void {
  sayRecords(hashField(4, qtypeFrom, qtypeTo), from, to)
}

/**
 * Notes intervals like `60.000000`, with commas between them. @returns false for anything else
 *
 * @param mayHaveBlanks behind the commas, as in JSON
 */
export function sayTtls(from: usize, to: usize, mayHaveBlanks: bool): bool {
  let at = from
  while (true) {
    // Eight digits are more than three years.
    const digits = digitsAt(at)
    if (digits - 1 >= 7 || digits > to - at || !sayTtl(<u64>countIn(at, at + digits))) return false
    at += digits
    if (at < to && load<u8>(at) == dot) {
      at++
      // The usual form has six decimals.
      if ((load<u64>(at) & 0xffffffffffff) == 0x303030303030 && to - at >= 6) at += 6
      while (at < to && load<u8>(at) == zero) at++
    }
    if (at == to) return true
    if (load<u8>(at) != comma) return false
    at++
    if (mayHaveBlanks && at < to && load<u8>(at) == blank) at++
  }
}
