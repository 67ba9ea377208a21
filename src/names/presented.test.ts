import fc from 'fast-check'
import t from 'tap'
import { nameOfText } from './canonical.js'
import { presentedName, rdataOfText } from './presented.js'
import { ipv6Rdata, nameField, nameRdata, presentedRdata, stringRdata, textRdata } from './rdata.js'
import { addressText } from './address.js'

const cases: readonly (readonly [rrtype: string, presented: string, rdata: string | undefined])[] = [
  ['A', '192.0.2.1', '192.0.2.1'],
  ['A', '2001:db8::1', undefined],
  ['AAAA', '2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['AAAA', '192.0.2.1', undefined],
  ['NS', 'NS5.DNSMadeEasy.com.', 'ns5.dnsmadeeasy.com'],
  ['CNAME', '.', '.'],
  ['PTR', 'a\\032b\\.c\\"d.example.com.', 'a b.c"d.example.com'],
  ['PTR', 'a\\\\x41.example.com', 'a\\x5cx41.example.com'],
  ['PTR', 'a\\999.example.com', 'a999.example.com'],
  ['PTR', 'a\\255.example.com', 'a\\xff.example.com'],
  ['MX', '10 Mail.Example.com.', '10 mail.example.com'],
  ['MX', 'mail.example.com', 'mail.example.com'],
  ['MX', '0 .', '0 .'],
  ['MX', '99999 mail.example.com', '99999 mail.example.com'],
  ['SRV', '0 5 5060 Sip.Example.com.', '0 5 5060 sip.example.com'],
  ['SRV', 'sip.example.com', 'sip.example.com'],
  ['SOA', 'NS.Example.com. Host\\.Master.example.com. 1 2 3 4 4294967295', 'ns.example.com host.master.example.com 1 2 3 4 4294967295'], // prettier-ignore
  ['SOA', 'ns.example.com', 'ns.example.com'],
  ['TXT', '"v=spf1 -all"', '"v=spf1 -all"'],
  ['TXT', 'v=spf1 -all', '"v=spf1 -all"'],
  // As D4's server hands it on, which drops the first quote alone.
  ['TXT', 'v=spf1 -all"', '"v=spf1 -all\\""'],
  ['TXT', '"one"  "t\\"w\\\\o\\010"', '"one" "t\\"w\\\\o\\010"'],
  ['TXT', '"caf\u00e9\u001b"', '"caf\\195\\169\\027"'],
  ['TXT', '', '""'],
  ['CAA', '0 issue "ca.example.net"', '0 issue "ca.example.net"'],
  ['TYPE65280', '\\# 2 \u00ff', '\\# 2 \\195\\191'],
]

void t.test('data as other programs write it', t => {
  for (const [rrtype, presented, rdata] of cases) t.equal(rdataOfText(rrtype, presented), rdata, presented)
  t.equal(presentedName('WWW.Example.COM.'), 'www.example.com')
  t.equal(presentedName('.'), '')
  t.equal(presentedName('a\\032b.com'), 'a b.com')
  t.end()
})

void t.test('what our sensors give stays as it is', t => {
  const bytes = fc.uint8Array({ maxLength: 400 }).map(array => Buffer.from(array))
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), bytes.map(some => some.toString('latin1')), fc.stringMatching(/^[\\"x0-9a-f. ]{0,30}$/)) // prettier-ignore
  const nameText = text.map(some => nameRdata(some)).filter(name => name !== undefined)
  const field = text.map(some => nameField(some)).filter(name => name !== undefined)
  const word = fc.nat({ max: 0xffff })
  const address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(some => ipv6Rdata(addressText(some)) ?? '') // prettier-ignore
  const ours = fc.oneof(
    fc.tuple(fc.constant('AAAA'), address),
    fc.tuple(fc.constantFrom('CNAME', 'NS', 'PTR', 'DNAME', 'MX', 'SRV', 'SOA'), nameText),
    fc.tuple(
      fc.constant('MX'),
      fc.tuple(word, nameText).map(parts => parts.join(' ')),
    ),
    fc.tuple(
      fc.constant('SRV'),
      fc.tuple(word, word, word, field).map(parts => parts.join(' ')),
    ),
    fc.tuple(fc.constant('SOA'), fc.tuple(field, field, word, word, word, word, word).map(parts => parts.join(' '))), // prettier-ignore
    fc.tuple(fc.constantFrom('TXT', 'SPF'), fc.array(bytes, { minLength: 1, maxLength: 4 }).map(textRdata)),
    fc.tuple(fc.constantFrom('TXT', 'NULL'), text.map(stringRdata)),
    fc.tuple(fc.constantFrom('NAPTR', 'DS', 'TYPE65280'), text.map(presentedRdata)),
  )
  fc.assert(
    fc.property(ours, ([rrtype, rdata]) => t.equal(rdataOfText(rrtype, rdata), rdata)),
    { numRuns: 3_000 },
  )
  fc.assert(fc.property(text.map(nameOfText), name => t.equal(presentedName(name), name)))
  t.end()
})
