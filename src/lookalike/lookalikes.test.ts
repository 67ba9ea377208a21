import t from 'tap'
import { labelCharsMax } from '../limits.js'
import { createMatcher, type Brand } from './lookalikes.js'
import { topBrands, topBrandWords } from './top-brands.data.js'

const brands: readonly Brand[] = [
  { name: 'contoso.com', kind: 'own' },
  { name: 'server1.net', kind: 'own' },
  { name: 'mybank', kind: 'own' },
  { name: 'ing.de', kind: 'own' },
  { name: 'facebook.com', kind: 'distinct' },
  { name: 'paypal.com', kind: 'distinct' },
  { name: 'booking.com', kind: 'word' },
  { name: 'weather.com', kind: 'word' },
]
const matcher = createMatcher(brands)
const found = (domain: string): string | undefined => {
  const resemblance = matcher(domain)
  return resemblance && `${resemblance.how} ${resemblance.name}`
}

void t.test('each way to resemble a name', t => {
  const cases = {
    'faceboook.com': 'typo facebook.com', // one too many
    'facbook.com': 'typo facebook.com', // one missing
    'facebokk.net': 'typo facebook.com', // one wrong
    'afcebook.com': 'typo facebook.com', // two swapped
    'face-book.com': 'typo facebook.com',
    'paypa1.com': 'similar paypal.com',
    'faceb00k.co.uk': 'similar facebook.com',
    'xn--pypal-4ve.com': 'similar paypal.com', // pаypal with a Cyrillic а
    'xn--fcebook-hwa.com': 'similar facebook.com', // fácebook
    'paypal-login.top': 'token paypal.com',
    'secure-paypa1-support.com': 'token paypal.com',
    'contoso-vpn.com': 'token contoso.com',
    'contosologin.com': 'affix contoso.com',
    'portalcontoso.com': 'affix contoso.com',
    'contoso1.com': 'affix contoso.com',
    'contoso.top': 'suffix contoso.com',
    'mybanking.com': 'affix mybank',
    'my-bank.com': undefined, // too short for typing errors
    'bontoso.com': 'typo contoso.com',
    'ing.com': 'suffix ing.de',
  }
  for (const [domain, expected] of Object.entries(cases)) t.equal(found(domain), expected, domain)
  t.end()
})

void t.test('what only seems so does not', t => {
  for (const domain of [
    ...brands.map(({ name }) => name),
    'facebook.co.uk', // a name of the owner, or of another company
    'mybank.com', // of a label alone nobody knows the suffix
    'facebooks.com', // a plural
    'facebook2.com', // a series
    'server2.net',
    'server.net',
    'cooking.com', // another word
    'leather.com',
    'booking-hotel.com', // the word in its own meaning
    'paypaladin.com', // by chance, for a name that is not in `brands`
    'paypals.com', // too short for typing errors
    'ingredients.com', // begins with a short brand
    'ing-diba.de',
    'xn--80ak6aa92e.com', // apple in Cyrillic: not in this list
  ])
    t.equal(found(domain), undefined, domain)
  t.end()
})

void t.test("the site's own names come first, then the order of the list", t => {
  const two: readonly Brand[] = [
    { name: 'examples.com', kind: 'own' },
    { name: 'exemple.com', kind: 'distinct' },
    { name: 'exampler.com', kind: 'distinct' },
  ]
  t.strictSame(createMatcher(two)('exampla.com'), undefined)
  t.strictSame(createMatcher(two)('examplex.com'), { name: 'examples.com', how: 'typo', isOwn: true })
  t.strictSame(createMatcher(two.slice(1))('examplex.com'), {
    name: 'exampler.com',
    how: 'typo',
    isOwn: false,
  })
  t.end()
})

void t.test('a brand in Unicode', t => {
  const own = createMatcher([{ name: 'xn--mnchner-n2a.de', kind: 'own' }]) // münchner.de
  t.equal(own('munchner.de')?.how, 'similar')
  t.equal(own('munchmer.de')?.how, 'typo')
  t.equal(own('xn--mnchner-n2a.com')?.how, 'suffix')
  t.end()
})

void t.test('the built-in lists: registered domains in lower case, each label once', t => {
  const all = [...topBrands, ...topBrandWords]
  for (const name of all) t.match(name, /^[a-z0-9-]+(\.[a-z]+){1,2}$/, name)
  t.equal(new Set(all).size, all.length)
  t.ok(all.length >= 150 && all.length <= 250, String(all.length))
  const own = createMatcher(all.map(name => ({ name, kind: 'distinct' })))
  for (const name of all) t.equal(own(name), undefined, `${name} resembles no other one`)
  t.end()
})

/** Names come from attackers. Bounded means: the entries that are looked up grow with the label, and a label is bounded. */
void t.test('the longest labels, and what is no label', t => {
  const all = createMatcher([...brands, ...topBrands.map(name => ({ name, kind: 'distinct' }) as const)])
  for (const label of ['a', '-', 'a-', 'rn', 'cl1'])
    t.equal(all(`${label.repeat(labelCharsMax).slice(0, labelCharsMax)}.com`), undefined)
  for (const odd of ['', '.', 'com', 'xn--.com', 'xn--a.com', '__proto__.com', 'constructor.com', '-.com'])
    t.equal(all(odd), undefined, odd)
  t.end()
})
