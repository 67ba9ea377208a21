import fc from 'fast-check'
import t from 'tap'
import { rangeBelow, rdataKey, rdataText, reversed } from './rdata-keys.js'

void t.test('data is kept so that it sorts by what an analyst asks for', t => {
  const table: readonly (readonly [rrtype: string, rdata: string, key: Buffer | string])[] = [
    ['A', '192.0.2.7', Buffer.of(192, 0, 2, 7)],
    ['AAAA', '2001:db8::1', Buffer.from('20010db8000000000000000000000001', 'hex')],
    ['CNAME', 'www.example.com', 'com.example.www'],
    ['PTR', 'host.example.com', 'com.example.host'],
    ['MX', '10 mail.example.com', 'com.example.mail 10'],
    ['MX', 'mail.example.com', 'com.example.mail'],
    ['SRV', '0 5 5060 sip.example.com', 'com.example.sip 0 5 5060'],
    ['TXT', '"v=spf1 -all"', '"v=spf1 -all"'],
    ['NS', 'a name with spaces.example', 'example.a name with spaces'],
  ]
  for (const [rrtype, rdata, key] of table) {
    t.same(rdataKey(rrtype, rdata), key, `${rrtype} ${rdata}`)
    t.equal(rdataText(rrtype, key), rdata, `${rrtype} ${rdata} again`)
  }
  t.end()
})

void t.test('names below a domain are one range', t => {
  const names = [
    'example.com',
    'a.example.com',
    'b.a.example.com',
    'example.com.evil.net',
    'notexample.com',
    'com',
  ]
  const { at, from, to } = rangeBelow(reversed('example.com'))
  const below = names.filter(name => reversed(name) === at || (reversed(name) >= from && reversed(name) < to))
  t.same(below, ['example.com', 'a.example.com', 'b.a.example.com'])
  t.end()
})

void t.test('any data comes back as it was', t => {
  const label = fc.string({
    unit: fc.constantFrom('a', 'b', '7', '-', ' ', '\\x2e', 'ü'),
    minLength: 1,
    maxLength: 8,
  })
  const name = fc
    .array(label, { minLength: 1, maxLength: 4 })
    .map(labels => labels.join('.'))
    // A target that begins with a number and a blank is no host: it could be a preference.
    .filter(text => !/^\d+ /.test(text) && !/ \d+(\.|$)/.test(text))
  fc.assert(
    fc.property(fc.constantFrom('CNAME', 'NS', 'PTR', 'MX', 'SRV', 'TXT'), name, (rrtype, text) => {
      t.equal(rdataText(rrtype, rdataKey(rrtype, text)), text)
    }),
  )
  fc.assert(
    fc.property(fc.nat(65_535), name, (preference, text) => {
      const rdata = `${preference} ${text}`
      t.equal(rdataText('MX', rdataKey('MX', rdata)), rdata)
    }),
  )
  t.end()
})
