/** Skims the `dns` object of an EVE record, of whichever version, as far as it holds one question. */
import { Keys, wordOf } from './keys.js'
import type { Glimpse } from './skim.js'

const key = {
  ...{ name: wordOf('rrname'), id: wordOf('id'), opcode: wordOf('opcode'), flags: wordOf('flags') },
  ...{ queries: wordOf('queries'), query: wordOf('query'), answer: wordOf('answer') },
}

const [openBrace, openBracket, closeBracket] = [0x7b, 0x5b, 0x5d]

const message = new Keys()

/** False where a look is not enough. @param keys at the object; passes over it */
export const skimDns = (keys: Keys, bytes: Buffer, glimpse: Glimpse): boolean => {
  if (bytes[keys.valueAt] !== openBrace) return false
  message.open(bytes, keys.valueAt)
  let names = 0
  let ids = 0
  let opcodes = 0
  let flags = ''
  let isPlain = true
  while (isPlain && message.next()) {
    if (message.is(key.id)) {
      ids++
      glimpse.id = message.digits()
      isPlain = glimpse.id !== ''
    } else if (message.is(key.name)) {
      names++
      glimpse.name = message.text()
    } else if (message.is(key.queries)) {
      names++
      isPlain = skimQuestion(bytes, glimpse)
    } else if (message.is(key.opcode)) {
      opcodes++
      isPlain = message.count() === 0
    } else if (message.is(key.flags)) flags = message.text()
    else isPlain = !message.is(key.query) && !message.is(key.answer)
  }
  if (!isPlain || message.end === -1 || names !== 1 || ids > 1 || glimpse.name === '') return false
  keys.valueEnd = message.end
  return opcodes > 0 || hasNoOpcode(flags)
}

const question = new Keys()

/** `[{"rrname":"…","rrtype":"A"}]`: one question, without an id or opcode of its own. */
const skimQuestion = (bytes: Buffer, glimpse: Glimpse): boolean => {
  if (bytes[message.valueAt] !== openBracket || bytes[message.valueAt + 1] !== openBrace) return false
  question.open(bytes, message.valueAt + 1)
  let names = 0
  while (question.next()) {
    if (question.is(key.id) || question.is(key.opcode)) return false
    if (!question.is(key.name)) continue
    names++
    glimpse.name = question.text()
  }
  if (question.end === -1 || names !== 1 || bytes[question.end] !== closeBracket) return false
  message.valueEnd = question.end + 1
  return true
}

/** Suricata 4 to 6 log no opcode, but perhaps the flags of the header, as hex text (RFC 1035 4.1.1). */
const hasNoOpcode = (flags: string): boolean =>
  flags === '' || (/^[0-9a-f]{1,4}$/i.test(flags) && ((parseInt(flags, 16) >> 11) & 0xf) === 0)
