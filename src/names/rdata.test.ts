import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { rdataCharsMax, txtBytesMax } from '../limits.js'
import {
  ipv4Rdata,
  ipv6Rdata,
  nameField,
  nameRdata,
  presentedRdata,
  stringRdata,
  textRdata,
} from './rdata.js'

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex')

void t.test('an address that is none is no data', t => {
  t.equal(ipv4Rdata('192.0.2.1'), '192.0.2.1')
  for (const text of ['192.0.2', '192.0.2.256', '192.0.2.01', '192.0.2.1 ', '::1', '', 'a.com'])
    t.equal(ipv4Rdata(text), undefined, text)
  t.equal(ipv6Rdata('2607:f8b0:400a:0809:0000:0000:0000:2004'), '2607:f8b0:400a:809::2004')
  for (const text of ['192.0.2.1', ':::', 'fe80::1%1', '', '1:2']) t.equal(ipv6Rdata(text), undefined, text)
  t.end()
})

void t.test('a name', t => {
  const cases: readonly (readonly [logged: string, name: string])[] = [
    ['WWW.Example.COM.', 'www.example.com'],
    ['', '.'],
    ['.', '.'],
    ['a\\xffb.com', 'a\\xffb.com'],
    ['a\u202eb.com', 'a\\xe2\\x80\\xaeb.com'],
    ['a\nb.com', 'a\\x0ab.com'],
    ['My Printer._ipp._tcp.example.com', 'my printer._ipp._tcp.example.com'],
  ]
  for (const [logged, name] of cases) t.equal(nameRdata(logged), name, logged)
  t.equal(nameField('a b.com'), 'a\\x20b.com')
  t.equal(nameRdata('a'.repeat(2_000)), undefined)
  t.end()
})

void t.test('strings', t => {
  const cases: readonly (readonly [strings: readonly string[], text: string])[] = [
    [['v=spf1 -all'], '"v=spf1 -all"'],
    [[''], '""'],
    [[], ''],
    [['a', '', 'b c'], '"a" "" "b c"'],
    [['say "hi" \\ bye'], '"say \\"hi\\" \\\\ bye"'],
    [['\0\n\x1b[2J\x7f\xff'], '"\\000\\010\\027[2J\\127\\255"'],
    [['x'.repeat(255)], `"${'x'.repeat(255)}"`],
    [['x'.repeat(256)], `"${'x'.repeat(255)}" "sha256:${sha256('x'.repeat(256))}"`],
    [['x'.repeat(254), ''], `"${'x'.repeat(254)}" ""`],
    [['x'.repeat(255), ''], `"${'x'.repeat(255)}" "sha256:${sha256('x'.repeat(255))}"`],
    [
      ['x'.repeat(200), 'y'.repeat(100)],
      `"${'x'.repeat(200)}" "${'y'.repeat(54)}" "sha256:${sha256('x'.repeat(200) + 'y'.repeat(100))}"`,
    ],
  ]
  for (const [strings, text] of cases)
    t.equal(textRdata(strings.map(string => Buffer.from(string, 'latin1'))), text, text)
  t.end()
})

void t.test('strings from what a sensor logs', t => {
  t.equal(stringRdata('\u00e9\\xff'), '"\\195\\169\\255"')
  t.equal(stringRdata('k=rsa\\; p=MIG'), '"k=rsa\\\\; p=MIG"')
  t.equal(presentedRdata('0 issue "ca.example"\n'), '0 issue "ca.example"\\010')
  t.end()
})

void t.test('strings of any bytes are printable, bounded and different for different content', t => {
  const strings = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 300 })
  fc.assert(
    fc.property(strings, strings, (some, others) => {
      const [one, other] = [some, others].map(list => textRdata(list.map(bytes => Buffer.from(bytes))))
      t.match(one, /^(?:"(?:[^"\\]|\\["\\]|\\\d{3})*"(?: (?!$)|$))*$/)
      t.match(one, /^[ -~]*$/)
      t.ok((one ?? '').length <= rdataCharsMax)
      if (one === other) t.strictSame(Buffer.concat(some), Buffer.concat(others))
    }),
    { numRuns: 300 },
  )
  t.ok(textRdata(Array<Buffer>(65_536).fill(Buffer.alloc(0))).length <= 3 * txtBytesMax + 100)
  t.end()
})
