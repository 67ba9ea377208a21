/** Skims dns.log as JSON lines. */
import { Keys, seeName, wordOf } from './json-scan.js'
import { endOfRecord, newline, seenBy, type SkimResult, type SkimOutcome, type Skim } from './skim.js'

const key = {
  ...{ time: wordOf('ts'), query: wordOf('query'), path: wordOf('_path') },
  ...{ opcode: wordOf('opcode'), qclass: wordOf('qclass') },
  ...{ origPort: wordOf('id.orig_p'), origPortScoped: wordOf('id_orig_p') },
  ...{ respPort: wordOf('id.resp_p'), respPortScoped: wordOf('id_resp_p') },
  /** They make it another record, or the same in another dress. */
  ...{ id: wordOf('id'), stream: wordOf('@stream'), eventType: wordOf('event_type') },
  ...{ seenByYou: wordOf('seen_by_you') },
}
const dns = wordOf('dns')

const keys = new Keys(Object.values(key))

/** One record of so many is looked at to its end. */
const wholeOneOf = 64

/**
 * A skim for one file. What it looks at stands in the first half of a record, but for the opcode, which Zeek logs last
 * and only from 8.1 on. Whether this one does is learned from the first record, and from one of some after it.
 */
export const openZeekJsonSkim = (): Skim => {
  let hasOpcodes = false
  let untilWhole = 0
  return (bytes, at, result) => {
    const isWhole = hasOpcodes || untilWhole === 0
    const seen = skimRecord(bytes, at, result, isWhole)
    if (!isWhole) untilWhole -= 1
    else if (seen !== 'unclear') untilWhole = wholeOneOf - 1
    if (sawOpcode) hasOpcodes = true
    return seen
  }
}

let sawOpcode = false

const skimRecord = (bytes: Buffer, at: number, result: SkimResult, isWhole: boolean): SkimOutcome => {
  sawOpcode = false
  keys.open(bytes, at)
  result.flow = -1
  let ts = NaN
  let opcode = -1
  let origPort = -1
  let respPort = -1
  let qclass = -1
  // How often each was read: of a key that stands there twice the last one counts, which is left to the full parse.
  let names = 0
  let times = 0
  let opcodes = 0
  let origPorts = 0
  let respPorts = 0
  let classes = 0
  let end = -1
  while (end === -1 && keys.next()) {
    if (keys.is(key.query)) {
      names++
      if (!seeName(keys, result)) return 'unclear'
    } else if (keys.is(key.time)) {
      times++
      ts = keys.time()
    } else if (keys.is(key.origPort) || keys.is(key.origPortScoped)) {
      origPorts++
      origPort = keys.count()
      if (origPort === -1) return 'unclear'
    } else if (keys.is(key.respPort) || keys.is(key.respPortScoped)) {
      respPorts++
      respPort = keys.count()
      if (respPort === -1) return 'unclear'
    } else if (keys.is(key.qclass)) {
      classes++
      qclass = keys.count()
      if (qclass === -1) return 'unclear'
    } else if (keys.is(key.opcode)) {
      opcodes++
      sawOpcode = true
      opcode = keys.count()
      if (opcode === -1) return 'unclear'
    } else if (keys.is(key.path)) {
      if (!keys.says(dns)) return 'unclear'
    } else if (isOther()) return 'unclear'
    const isAll = names + times + origPorts + respPorts + classes === 5
    if (isAll && (opcodes === 1 || !isWhole)) end = endOfRecord(bytes, keys.valueAt)
    if (isAll && !isWhole && end === -1) return 'unclear'
  }
  if (end === -1) end = keys.end
  const isTwice = names > 1 || times > 1 || opcodes > 1 || origPorts > 1 || respPorts > 1 || classes > 1
  if (isTwice || names === 0 || Number.isNaN(ts) || end === -1 || bytes[end] !== newline) return 'unclear'
  result.end = end
  result.ts = ts
  return seenBy(bytes, result.nameAt, result.nameEnd, opcode, origPort, respPort, qclass)
}

const isOther = (): boolean =>
  keys.is(key.id) || keys.is(key.stream) || keys.is(key.eventType) || keys.is(key.seenByYou)
