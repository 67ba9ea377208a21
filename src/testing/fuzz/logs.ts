/** Fuzzes the parsers of the sensors' logs. */
import fc from 'fast-check'
import { wrapsMax } from '../../limits.js'
import { lineSkips } from '../../model/event.js'
import { openParser } from '../../parse/parser.js'
import type { Parser, ParserOptions } from '../../parse/record.js'
import { faultOfEvents } from '../../parse/testing/records.js'
import { wrappers } from '../../parse/wrappers.js'
import { headerAfter, headerOf, headerText, noHeader } from '../../parse/zeek-header.js'
import { skimmed } from '../../skim/testing/as-parsed.js'
import { jsonLike } from './json.js'
import { bytesLike } from './mutations.js'
import { eve, tsvHeader, tsvRecords, wrapped, zeekJson } from './seeds.js'
import { must, target, type Target } from './target.js'
import { mustBeWritten } from './written.js'

const skips: ReadonlySet<string> = new Set(lineSkips)
const sources: ParserOptions['sources'] = new Set(['dns', 'tls', 'quic', 'http'])
const stated = fc.constantFrom('auto', 'zeek', 'suricata')
const open = (stated: ParserOptions['stated'], header = ''): Parser =>
  openParser({ stated, sources, records: true, header })

/** Parses the lines in the bytes, and checks all results. */
const mustRead = (parser: Parser, stated: ParserOptions['stated'], bytes: Buffer): void => {
  for (const line of linesOf(bytes)) {
    const before = Buffer.from(line)
    const result = parser.parse(line)
    must(before.equals(line), 'it wrote into the line')
    if (typeof result === 'string') must(skips.has(result), `an unknown reason: ${result}`)
    else for (const event of result) mustBeWritten(event)
    const fault = typeof result === 'string' ? undefined : faultOfEvents(result)
    must(fault === undefined, fault ?? '')
    must(typeof result === 'string' || result.length > 0, 'neither an event nor a reason')
  }
  const { header } = parser
  const again = open(stated, header)
  must(again.header === header, 'a header that comes back another')
  // Below a header, a restart in the middle of a file reads on as if there had been none.
  if (header === '') return
  const probe = Buffer.from(tsvRecords[0] ?? '')
  must(
    JSON.stringify(again.parse(probe)) === JSON.stringify(parser.parse(probe)),
    'a restart reads otherwise',
  )
}

const linesOf = (bytes: Buffer): Buffer[] => {
  const lines: Buffer[] = []
  for (let from = 0; from <= bytes.length;) {
    const end = bytes.indexOf(0x0a, from)
    lines.push(bytes.subarray(from, end === -1 ? bytes.length : end))
    from = end === -1 ? bytes.length + 1 : end + 1
  }
  return lines
}

const joined = (parts: readonly Buffer[]): Buffer =>
  Buffer.concat(parts.flatMap(part => [part, Buffer.from('\n')]))
const header = bytesLike([tsvHeader.join('\n'), ...tsvHeader])
const wholeHeader = fc.constant(Buffer.from(tsvHeader.join('\n')))
const record = bytesLike(tsvRecords)
const any = fc.oneof(record, header, jsonLike(zeekJson), jsonLike(eve))
/** A record with other columns, in the number that the header wants. */
const columns = fc
  .tuple(
    fc.constantFrom(...tsvRecords),
    fc.array(fc.tuple(fc.nat(25), bytesLike(tsvRecords.flatMap(line => line.split('\t')))), { maxLength: 4 }),
  )
  .map(([record, others]) => {
    const fields = record.split('\t')
    for (const [at, field] of others) fields[at] = field.toString('latin1').replace(/[\t\n]/g, '')
    return Buffer.from(fields.join('\t'), 'latin1')
  })

const reads = ([stated, parts]: readonly [ParserOptions['stated'], readonly Buffer[]]): void => {
  mustRead(open(stated), stated, joined(parts))
}
const zeek = fc.constant('zeek' as const)

/** Puts a line behind a valid one of the format, so that the parser has recognised the format. */
const skims = ([stated, first, parts]: readonly [
  ParserOptions['stated'],
  string,
  readonly Buffer[],
]): void => {
  const parser = openParser({ stated, sources: new Set(['dns']), header: '' })
  for (const line of first.split('\n')) parser.parse(Buffer.from(line))
  for (const line of linesOf(joined(parts))) {
    const { differs } = skimmed(parser, line)
    must(differs.length === 0 || isBehind(line.toString('latin1')), differs.join('; '))
  }
}

const wanted =
  /"(?:ts|timestamp|query|queries|rrname|answer|opcode|qclass|id|id[._](?:orig|resp)_p|src_port|dest_port|flow_id|flags|dns|event_type|type|version|answers|grouped)"/g

/** A key that stands there twice, or makes it another record, may stand where the skim does not look any more. */
const isBehind = (line: string): boolean => {
  const keys = line.match(wanted) ?? []
  const isOther = /"(?:_path|@stream|seen_by_you|opcode)"|"qclass".*"(?:id|event_type)"/.test(line)
  return isOther || new Set(keys).size < keys.length
}

const firstLine = fc.constantFrom(tsvHeader.join('\n'), zeekJson[0] ?? '', eve[0] ?? '')

interface Wrap {
  readonly key: string
  /** What stands before and behind the record, where it is text. */
  readonly before: string
  readonly behind: string
  /** It is an object, where it can be. */
  readonly isObject: boolean
}
const wrap: fc.Arbitrary<Wrap> = fc.record({
  key: fc.constantFrom(...wrappers.map(([key]) => key)),
  before: fc.constantFrom('', '@cee: ', '<13>Nov 21 08:00:00 host suricata[9]: ', '\ufeff'),
  behind: fc.constantFrom('', '\n', '\r\n'),
  isObject: fc.boolean(),
})
/** Numbers stay as they are written: JSON.parse would round some. */
const wrappedIn = (inner: string, { key, before, behind, isObject }: Wrap): string =>
  `{"host":"a",${JSON.stringify(key)}:${isObject && inner.startsWith('{') ? inner : JSON.stringify(before + inner + behind)}}`

const columnsOnly = tsvHeader.filter(line => /separator|path|field/.test(line)).join('\n')
const sound = [...zeekJson, ...eve, ...tsvRecords].filter(line => /^[\d{]/.test(line))
/** Some of the sound records have two wrappers of their own. */
const wraps = fc.array(wrap, { minLength: 1, maxLength: wrapsMax - 2 })

const unwraps = ([line, wraps]: readonly [string, readonly Wrap[]]): void => {
  const outer = wraps.reduce(wrappedIn, line)
  const [bare, found] = [line, outer].map(text =>
    JSON.stringify(open('auto', columnsOnly).parse(Buffer.from(text))),
  )
  must(bare === found, `${outer}: ${found ?? ''}`)
}

export const logTargets: readonly Target[] = [
  target(
    'zeek-tsv',
    fc.tuple(zeek, fc.tuple(fc.oneof(wholeHeader, header), fc.oneof(record, columns), columns)),
    reads,
  ),
  target('zeek-header', fc.array(header, { maxLength: 5 }), parts => {
    const lines = linesOf(joined(parts)).map(line => line.toString('latin1'))
    const found = lines.reduce(headerAfter, noHeader)
    const text = headerText(found)
    must(headerText(headerOf(text)) === text, 'a header that comes back another')
  }),
  target('zeek-json', fc.tuple(zeek, fc.array(jsonLike(zeekJson), { minLength: 1, maxLength: 3 })), reads),
  target(
    'suricata',
    fc.tuple(fc.constant('suricata' as const), fc.array(jsonLike(eve), { minLength: 1, maxLength: 3 })),
    reads,
  ),
  target('skim', fc.tuple(stated, firstLine, fc.array(any, { maxLength: 5 })), skims),
  target('wrappers', fc.tuple(stated, fc.array(jsonLike(wrapped), { minLength: 1, maxLength: 3 })), reads),
  target('wrapped', fc.tuple(fc.constantFrom(...sound), wraps), unwraps),
  target('sniffing', fc.tuple(stated, fc.array(any, { maxLength: 8 })), reads),
]
