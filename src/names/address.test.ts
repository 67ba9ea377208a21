import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { addressBytes, addressText } from './address.js'

void t.test('an address comes back in the form of RFC 5952', t => {
  const table: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.128', '::ffff:192.0.2.128'],
    ['::ffff:c000:280', '::ffff:192.0.2.128'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ]
  for (const [text, shown] of table) t.equal(addressText(addressBytes(text) ?? Buffer.alloc(0)), shown, text)
  t.end()
})

void t.test('what is no address has no bytes', t => {
  for (const text of ['', '1.2.3', '1.2.3.256', '01.2.3.4', 'fe80::1%eth0', ':::', 'example.com', '1.2.3.4 '])
    t.equal(addressBytes(text), undefined, text)
  t.end()
})

void t.test('any bytes are an address, as the URL parser of node reads it', t => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), bytes => {
      // Many zero groups, or none of them would be shortened.
      const sparse = bytes.map((byte, i) => (((bytes[i >> 1] ?? 0) & 1) === 0 ? 0 : byte))
      const text = addressText(sparse)
      t.same(addressBytes(text), Buffer.from(sparse))
      if (!text.includes('.')) t.equal(domainToASCII(`[${text}]`), `[${text}]`)
    }),
  )
  fc.assert(
    fc.property(fc.ipV6(), text => {
      const bytes = addressBytes(text)
      t.same(bytes && addressBytes(addressText(bytes)), bytes, text)
    }),
  )
  t.end()
})
