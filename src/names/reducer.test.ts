import fc from 'fast-check'
import t from 'tap'
import { nameSkips, type NameSkip } from '../model/event.js'
import { createReducer } from './psl.js'

const { reduce } = createReducer(['ignored.com', '*.bücher.at'])

void t.test('a zone of the site: it and all below it, whatever else they are, and nothing beside it', t => {
  const { reduce } = createReducer(['ad.ours.com'], ['Ad.Ours.com.', '*.bücher.at', 'firm', 'dc.local'])
  const inside = ['ad.ours.com', 'dc1.ad.ours.com', '_ldap._tcp.dc._msdcs.ad.ours.com', 'x.xn--bcher-kva.at']
  for (const query of [...inside, 'firm', 'pc7.firm', 'a.dc.local', 'x.y.BÜCHER.at'.toLowerCase()])
    t.equal(reduce(query), 'internal-zone', query)
  for (const query of ['ours.com', 'www.ours.com', 'bad.ours.com', 'xad.ours.com', 'ad.ours.com.visitor.net'])
    t.match(reduce(query), { query }, query)
  t.throws(() => createReducer([], ['a b']), /internal_zones: not a domain name/)
  t.end()
})

void t.test('the registered domain, with and without the private section', t => {
  const table: [query: string, domain: string, registrable: string][] = [
    ['example.com', 'example.com', 'example.com'],
    ['www.example.com', 'example.com', 'example.com'],
    ['a.b.co.uk', 'b.co.uk', 'b.co.uk'],
    ['x.k12.al.us', 'x.k12.al.us', 'x.k12.al.us'],
    ['www.ck', 'www.ck', 'www.ck'], // an exception of *.ck
    ['a.foo.bar.ck', 'foo.bar.ck', 'foo.bar.ck'],
    ['foo.github.io', 'foo.github.io', 'github.io'],
    ['a.foo.github.io', 'foo.github.io', 'github.io'],
    ['github.io', 'github.io', 'github.io'], // a private suffix is a registered domain
    ['a.b.s3.amazonaws.com', 'b.s3.amazonaws.com', 'amazonaws.com'],
    ['s3.amazonaws.com', 's3.amazonaws.com', 'amazonaws.com'],
    ['amazonaws.com', 'amazonaws.com', 'amazonaws.com'],
    ['_sip._tcp.example.com', 'example.com', 'example.com'],
    ['my pc.example.com', 'example.com', 'example.com'],
    ['a\\x00b.example.com', 'example.com', 'example.com'],
    ['evil.com/.bank.com', 'bank.com', 'bank.com'],
    ['user@evil.com:80.bank.com', 'bank.com', 'bank.com'],
    ['http://evil.com/?.bank.com', 'bank.com', 'bank.com'],
    ['aaaaao1kqa.=auth.srv.tunnel.com', 'tunnel.com', 'tunnel.com'],
    ['xn--bcher-kva.de', 'xn--bcher-kva.de', 'xn--bcher-kva.de'],
    ['www.bücher.de', 'xn--bcher-kva.de', 'xn--bcher-kva.de'],
    ['食狮.公司.cn', 'xn--85x722f.xn--55qx5d.cn', 'xn--85x722f.xn--55qx5d.cn'],
    ['a.食狮.xn--55qx5d.cn', 'xn--85x722f.xn--55qx5d.cn', 'xn--85x722f.xn--55qx5d.cn'],
    ['notignored.com', 'notignored.com', 'notignored.com'],
    ['example.net', 'example.net', 'example.net'], // special-use on paper, registered in fact
    ['1.2.3.4.com', '4.com', '4.com'],
    [`${'a.'.repeat(121)}example.com`, 'example.com', 'example.com'], // 253 characters
    [`${'\\x00'.repeat(60)}.example.com`, 'example.com', 'example.com'], // long as text only
  ]
  for (const [query, domain, registrable] of table)
    t.match(reduce(query), { query, domain, registrable }, query.slice(0, 60))
  t.end()
})

void t.test('the name in Unicode', t => {
  const table: [string, string | undefined][] = [
    ['example.com', undefined],
    ['www.xn--bcher-kva.de', 'www.bücher.de'],
    ['www.bücher.de', 'www.bücher.de'],
    ['xn--zzzzzzzzz.de', undefined],
  ]
  for (const [query, unicode] of table) t.match(reduce(query), { query, unicode }, query)
  t.end()
})

void t.test('names that are not registered get their skip reason', t => {
  const table: [string, NameSkip][] = [
    ['', 'not-a-hostname'],
    ['a..example.com', 'not-a-hostname'],
    ['.example.com', 'not-a-hostname'],
    ['example.com.', 'not-a-hostname'], // a canonical name has no final dot
    [`${'a.'.repeat(122)}example.com`, 'not-a-hostname'],
    ['a'.repeat(100_000), 'not-a-hostname'],
    ['foo_bar.com', 'not-a-hostname'],
    ['foo bar.com', 'not-a-hostname'],
    ['https://foo.com/path', 'not-a-hostname'],
    ['foo[.]com', 'not-a-hostname'],
    ['foo.com,', 'not-a-hostname'],
    ['foo.com:8080', 'not-a-hostname'],
    ['a@foo.com>', 'not-a-hostname'],
    ['foo.c m', 'not-a-hostname'],
    ['foo.ｃom', 'not-a-hostname'],
    ['foo bar', 'not-a-hostname'],
    ['mailto:me', 'not-a-hostname'],
    ['-foo.com', 'not-a-hostname'],
    ['foo-.com', 'not-a-hostname'],
    ['*.com', 'not-a-hostname'],
    ['a\\x00b.com', 'not-a-hostname'],
    ['ｂank.com', 'not-a-hostname'],
    [`${'a'.repeat(64)}.com`, 'not-a-hostname'],
    [`${'ü'.repeat(64)}.com`, 'not-a-hostname'],
    ['192.0.2.1', 'ip-literal'],
    ['2001:db8::1', 'ip-literal'],
    ['::ffff:192.0.2.1', 'ip-literal'],
    ['[2001:db8::1]', 'ip-literal'],
    ['localhost', 'single-label'],
    ['wpad', 'single-label'],
    ['com', 'single-label'],
    ['1.2.0.192.in-addr.arpa', 'reverse-zone'],
    ['in-addr.arpa', 'reverse-zone'],
    ['b._dns-sd._udp.0.0.10.in-addr.arpa', 'reverse-zone'],
    ['8.b.d.0.1.0.0.2.ip6.arpa', 'reverse-zone'],
    ['printer.local', 'special-use'],
    ['a.b.localhost', 'special-use'],
    ['dc1.corp', 'special-use'],
    ['nas.lan', 'special-use'],
    ['fritz.home', 'special-use'],
    ['router.home.arpa', 'special-use'],
    ['home.arpa', 'special-use'],
    ['_dns.resolver.arpa', 'special-use'],
    ['x.internal', 'special-use'],
    ['x.onion', 'special-use'],
    ['x.test', 'special-use'],
    ['x.invalid', 'special-use'],
    ['www.example', 'special-use'],
    ['co.uk', 'no-public-suffix'],
    ['abcd.efg.hijklm.nm', 'no-public-suffix'],
    ['foo.bazar', 'no-public-suffix'],
    ['1.2.3', 'no-public-suffix'],
    ['256.0.0.1', 'no-public-suffix'],
    ['ignored.com', 'ignored'],
    ['www.ignored.com', 'ignored'],
    ['www.bücher.at', 'ignored'],
    ['xn--bcher-kva.at', 'ignored'],
  ]
  for (const [query, expected] of table) t.equal(reduce(query), expected, query.slice(0, 60))
  t.end()
})

void t.test('any text gives a domain of letters, digits and hyphens at its end, or a known reason', t => {
  const skips: readonly string[] = nameSkips
  const ldh = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/
  const part = fc.constantFrom(
    'a',
    'xn--bcher-kva',
    'ü',
    'co',
    'uk',
    'com',
    'github',
    'io',
    '_x',
    '\\x00',
    '1',
    '',
    '-',
    ' ',
  )
  const built = fc.array(part, { maxLength: 6 }).map(parts => parts.join('.'))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), built), query => {
      const found = reduce(query)
      if (typeof found === 'string') return skips.includes(found)
      const again = reduce(found.domain)
      return (
        ldh.test(found.domain) &&
        `.${found.domain}`.endsWith(`.${found.registrable}`) &&
        typeof again !== 'string' &&
        again.domain === found.domain &&
        again.registrable === found.registrable
      )
    }),
    { numRuns: 2000 },
  )
  t.end()
})
