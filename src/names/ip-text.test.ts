import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { ipv6Groups, ipv6Text } from './ip-text.js'

void t.test('the one form of RFC 5952', t => {
  const cases: readonly (readonly [written: string, text: string | undefined])[] = [
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'], // as Suricata writes it
    ['2001:DB8::A', '2001:db8::a'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'], // 4.2.2: one group is not shortened
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'], // 4.2.3: the longest run
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], // 4.2.3: the first of two
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:0201', '::ffff:192.0.2.1'],
    ['::192.0.2.1', '::c000:201'], // deprecated, not mapped (RFC 4291 2.5.5.1)
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['fe80::1%eth0', undefined],
    ['192.0.2.1', undefined],
    ['1:2:3', undefined],
    ['::1\n', undefined],
    ['', undefined],
  ]
  for (const [written, text] of cases) {
    const groups = ipv6Groups(written)
    t.equal(groups && ipv6Text(groups), text, written)
  }
  t.end()
})

void t.test('each address comes back the same', t => {
  const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff))
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), groups => {
      const text = ipv6Text(groups)
      t.ok(isIPv6(text), text)
      t.strictSame(ipv6Groups(text), groups)
    }),
    { numRuns: 500 },
  )
  t.end()
})
