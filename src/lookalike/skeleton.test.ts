import { domainToASCII } from 'node:url'
import t from 'tap'
import { labelCharsMax } from '../limits.js'
import { folded, skeletonOf } from './skeleton.js'

const seen = (label: string): string => skeletonOf(folded(domainToASCII(`${label}.a`).slice(0, -2)))

void t.test('labels that look alike have the same skeleton', t => {
  const pairs = [
    ['rnicrosoft', 'microsoft'],
    ['micr0s0ft', 'microsoft'],
    ['paypa1', 'paypal'],
    ['icloud', 'lcloud'],
    ['vvalmart', 'walmart'],
    ['cloudflare', 'doudflare'],
    ['n3tf1ix', 'netflix'],
    ['раураl', 'paypal'], // р, а, у: Cyrillic
    ['аррӏе', 'apple'], // all of it Cyrillic
    ['gοοgle', 'google'], // Greek omicron
    ['ɡoogle', 'google'], // Latin script g
    ['fácebook', 'facebook'],
    ['bankofamérica', 'bankofamerica'],
    ['ınstagram', 'instagram'], // without a dot
    ['раурa1', 'paypal'], // both
  ] as const
  for (const [one, other] of pairs) t.equal(seen(one), seen(other), `${one} and ${other}`)
  t.end()
})

void t.test('other labels do not', t => {
  for (const [one, other] of [
    ['server1', 'server2'],
    ['google', 'goggle'],
    ['яндекс', 'yandex'],
  ] as const)
    t.not(seen(one), seen(other), `${one} and ${other}`)
  t.end()
})

void t.test('what is no A-label stays as it is', t => {
  for (const label of ['xn--', 'xn--a', 'xn--0', `xn--${'a'.repeat(59)}`, 'x-n--a']) {
    t.equal(folded(label), label)
    t.type(skeletonOf(label), 'string')
  }
  t.end()
})

/** One character may have 18 as its prototype (U+FDFA), and an A-label of 63 characters holds at most 59. */
void t.test('a skeleton is bounded', t => {
  const codes = Array.from({ length: 0x2_0000 - 0x80 }, (_, at) => 0x80 + at).filter(
    code => code < 0xd800 || code > 0xdfff,
  )
  for (const code of codes) {
    const a = domainToASCII(`${String.fromCodePoint(code).repeat(30)}.a`).slice(0, -2)
    if (a === '' || a.length > labelCharsMax) continue
    const found = folded(a)
    if (found.length > 18 * labelCharsMax) t.fail(`U+${code.toString(16)}: ${found.length}`)
  }
  t.end()
})
