import t from 'tap'
import { clientFieldsAs } from './client-address.js'

const of = (origHost: string | undefined) => ({ origHost, origPort: 50_123, communityId: '1:abc=' })

void t.test('full: all of it', t => {
  t.strictSame(clientFieldsAs('full', of('10.20.1.37')), of('10.20.1.37'))
  t.end()
})

void t.test('none: neither address nor port, nor the hash of both', t => {
  const nothing = { origHost: undefined, origPort: undefined, communityId: undefined }
  for (const host of ['10.20.1.37', '2001:db8::1', 'host-7', undefined])
    t.strictSame(clientFieldsAs('none', of(host)), nothing)
  t.end()
})

void t.test('prefix: the network as an address, without port and hash; the same again changes nothing', t => {
  const table: readonly (readonly [host: string | undefined, network: string | undefined])[] = [
    ['10.20.1.37', '10.20.1.0'],
    ['10.20.1.0', '10.20.1.0'],
    ['255.255.255.255', '255.255.255.0'],
    ['2001:db8:1:2:a:b:c:d', '2001:db8:1:2::'],
    ['2001:DB8:0001:0002::7', '2001:db8:1:2::'],
    ['2001:db8::7', '2001:db8::'],
    ['2001:db8:0:0:1::', '2001:db8::'],
    ['fe80::1c2d:3e4f%eth0', 'fe80::'],
    ['::1', '::'],
    ['0:0:0:7::1', '0:0:0:7::'],
    ['::ffff:10.20.1.37', '10.20.1.0'],
    ['::ffff:a14:125', '10.20.1.0'],
    ['64:ff9b::10.20.1.37', '64:ff9b::'],
    ['1:2:3:4:5:6:10.20.1.37', '1:2:3:4::'],
    // What is no address is nothing that a prefix could be taken of.
    ['laptop-of-ann', undefined],
    ['010.20.1.37', undefined],
    ['10.20.1', undefined],
    ['fe80::1%', 'fe80::'],
    ['', undefined],
    [undefined, undefined],
  ]
  for (const [host, network] of table) {
    const once = clientFieldsAs('prefix', of(host))
    t.strictSame(once, { origHost: network, origPort: undefined, communityId: undefined }, String(host))
    t.strictSame(clientFieldsAs('prefix', once), once)
  }
  t.end()
})
