/** Values as Python writes them. */
import fc from 'fast-check'
import t from 'tap'
import { httpDate } from '../time/http-date.js'
import { floatText, intOf, jsonText } from './domain-stats.js'

void t.test("text is escaped as by Python's json", t => {
  // json.dumps(x, separators=(',', ':')) of Python 3.
  const texts = [
    ['plain', '"plain"'],
    ['"\\/', '"\\"\\\\/"'],
    ['\b\f\n\r\t\0\x1f', '"\\b\\f\\n\\r\\t\\u0000\\u001f"'],
    ['\x7f\x80\u2028', '"\\u007f\\u0080\\u2028"'],
    ['ü💩', '"\\u00fc\\ud83d\\udca9"'],
    ['\ud800', '"\\ud800"'],
  ] as const
  for (const [text, json] of texts) t.equal(jsonText(text), json)
  fc.assert(
    fc.property(
      fc.json(),
      json => JSON.stringify(JSON.parse(jsonText(JSON.parse(json)))) === JSON.stringify(JSON.parse(json)),
    ),
  )
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => /^[ -~]*$/.test(jsonText(text))))
  t.end()
})

void t.test('floats are printed as by Python', t => {
  const floats = [
    [14, '14.0'],
    [0, '0.0'],
    [6.2885, '6.2885'],
    [0.0001, '0.0001'],
    [100.5, '100.5'],
  ] as const
  for (const [float, text] of floats) t.equal(floatText(float), text)
  t.end()
})

void t.test('dates are HTTP dates', t => {
  t.equal(httpDate(Date.UTC(1995, 7, 4, 4)), 'Fri, 04 Aug 1995 04:00:00 GMT')
  const time = fc.date({
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  fc.assert(fc.property(time, date => httpDate(date.getTime()) === date.toUTCString()))
  t.end()
})

void t.test("integers are read as by Python's int()", t => {
  const read: readonly (readonly [text: string, number: number | undefined])[] = [
    ['7', 7],
    ['007', 7],
    ['+7', 7],
    ['-7', -7],
    [' 7\t\n', 7],
    ['\u00a07\u2003', 7],
    ['\u001c7\u0085', 7],
    ['1_000', 1000],
    ['\u0667', 7],
    ['\uff11\uff10', 10],
    ['\u{1d7d9}\u{1d7ff}', 19],
    ['99999999999', 99_999_999_999],
    ...[
      '',
      ' ',
      '+',
      '+-7',
      '- 7',
      '1 0',
      '_1',
      '1_',
      '1__0',
      '1.0',
      '1e3',
      '0x1',
      '\ufeff7',
      '\u00b2',
      'seven',
    ].map(text => [text, undefined] as const),
  ]
  for (const [text, number] of read) t.equal(intOf(text), number, JSON.stringify(text))
  t.end()
})
