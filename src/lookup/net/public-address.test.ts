import t from 'tap'
import { isPublicAddress } from './addresses.js'

const addresses: readonly (readonly [address: string, isPublic: boolean])[] = [
  ['8.8.8.8', true],
  ['192.30.45.30', true],
  ['172.15.0.1', true],
  ['2001:500:88:200::8', true],
  ['2620:0:2d0:201::1:a', true],
  ['0.0.0.0', false],
  ['10.1.2.3', false],
  ['100.64.0.1', false],
  ['127.0.0.1', false],
  ['127.255.255.254', false],
  ['169.254.169.254', false], // where clouds keep their credentials
  ['172.31.255.255', false],
  ['192.168.1.1', false],
  ['224.0.0.251', false],
  ['255.255.255.255', false],
  ['::', false],
  ['::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:8.8.8.8', false],
  ['::7f00:1', false],
  ['2002:7f00:1::', false],
  ['fd00::1', false],
  ['fe80::1', false],
  ['ff02::fb', false],
]

void t.test('only addresses of the public internet are public', t => {
  for (const [address, isPublic] of addresses) t.equal(isPublicAddress(address), isPublic, address)
  t.end()
})
