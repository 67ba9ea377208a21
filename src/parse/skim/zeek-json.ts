/** Skims dns.log as JSON lines. */
import { Keys, wordOf } from './keys.js'
import { newline, seenBy, type Skim } from './skim.js'

const key = {
  ...{ time: wordOf('ts'), query: wordOf('query'), path: wordOf('_path') },
  ...{ opcode: wordOf('opcode'), qclass: wordOf('qclass') },
  origPorts: ['id.orig_p', 'id_orig_p'].map(wordOf),
  respPorts: ['id.resp_p', 'id_resp_p'].map(wordOf),
  /** They make it another record, or the same in another dress. */
  others: ['id', '@stream', 'event_type', 'seen_by_you'].map(wordOf),
}

const keys = new Keys()

export const skimZeekJson: Skim = (bytes, at, glimpse) => {
  keys.open(bytes, at)
  glimpse.flow = glimpse.name = ''
  let opcode = -1
  let origPort = -1
  let respPort = -1
  let qclass = -1
  let ts = NaN
  // How often each was read: of a key that stands there twice the last one counts, which is left to the full parse.
  let names = 0
  let times = 0
  let opcodes = 0
  let origPorts = 0
  let respPorts = 0
  let classes = 0
  let isPlain = true
  while (isPlain && keys.next()) {
    // By the length of the key, so that most keys cost one comparison.
    switch (keys.keyEnd - keys.keyAt) {
      case 2:
        if (keys.is(key.time)) {
          times++
          ts = keys.time()
        } else isPlain = !key.others.some(isKey)
        break
      case 5:
        if (keys.is(key.query)) {
          names++
          glimpse.name = keys.text()
        } else if (keys.is(key.path)) isPlain = keys.text() === 'dns'
        break
      case 6:
        if (keys.is(key.qclass)) {
          classes++
          qclass = keys.count()
          isPlain = qclass !== -1
        } else if (keys.is(key.opcode)) {
          opcodes++
          opcode = keys.count()
          isPlain = opcode !== -1
        }
        break
      case 9:
        if (key.origPorts.some(isKey)) {
          origPorts++
          origPort = keys.count()
          isPlain = origPort !== -1
        } else if (key.respPorts.some(isKey)) {
          respPorts++
          respPort = keys.count()
          isPlain = respPort !== -1
        }
        break
      case 7:
      case 10:
      case 11:
        isPlain = !key.others.some(isKey)
    }
  }
  const isTwice = names > 1 || times > 1 || opcodes > 1 || origPorts > 1 || respPorts > 1 || classes > 1
  if (!isPlain || isTwice || glimpse.name === '' || Number.isNaN(ts)) return 'unclear'
  if (keys.end === -1 || bytes[keys.end] !== newline) return 'unclear'
  glimpse.end = keys.end
  glimpse.ts = ts
  return seenBy(glimpse.name, opcode, origPort, respPort, qclass)
}

const isKey = (word: Uint8Array): boolean => keys.is(word)
