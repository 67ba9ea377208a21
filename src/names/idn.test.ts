import fc from 'fast-check'
import t from 'tap'
import { toALabels, toUnicode } from './hostname.js'

void t.test('Unicode is converted to A-labels', t => {
  const table: [string, string][] = [
    ['bücher.de', 'xn--bcher-kva.de'],
    ['www.食狮.公司.cn', 'www.xn--85x722f.xn--55qx5d.cn'],
    ['straße.de', 'xn--strae-oqa.de'], // IDNA 2008: not strasse
    ['_dmarc.bücher.de', '_dmarc.xn--bcher-kva.de'],
    ['bücher.1.2.3', 'xn--bcher-kva.1.2.3'], // no address
    ['bu\u0308cher.de', 'xn--bcher-kva.de'], // decomposed, as macOS types it
    ['example.com', 'example.com'],
    ['1.2.3', '1.2.3'],
    // No labels, so left as they are: what they look like is another name.
    ['ｂank.com', 'ｂank.com'],
    ['a。com', 'a。com'],
    ['ü\u00ad.com', 'ü\u00ad.com'],
    ['ü%41.com', 'ü%41.com'],
    ['a/ü.bank.com', 'a/ü.bank.com'],
    ['ü@evil.com', 'ü@evil.com'],
    ['℀.com', '℀.com'], // maps to a/c
  ]
  for (const [name, expected] of table) t.equal(toALabels(name), expected, name)
  t.end()
})

void t.test('A-labels are converted to Unicode', t => {
  const table: [string, string | undefined][] = [
    ['xn--bcher-kva.de', 'bücher.de'],
    ['www.xn--85x722f.xn--55qx5d.cn', 'www.食狮.公司.cn'],
    ['xn--zzzzzzzzz.xn--bcher-kva.de', 'xn--zzzzzzzzz.bücher.de'], // one of them is no punycode
    ['xn--.com', undefined],
    ['xn--a-ecp.ru', undefined],
    ['a/xn--bcher-kva.de', undefined], // not at the beginning of a label
    ['example.com', undefined],
  ]
  for (const [name, expected] of table) t.equal(toUnicode(name), expected, name)
  t.end()
})

void t.test('any text, there and back', t => {
  const dots = (text: string): number => text.split('.').length
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const name = text.toLowerCase()
      const converted = toALabels(name)
      return dots(converted) === dots(name) && toALabels(converted) === converted
    }),
  )
  t.end()
})
