/**
 * Which addresses belong to the public internet. A name that a stranger gives us (the bootstrap file, a redirect) may
 * lead to an address of the site's own network, now or at the second look (DNS rebinding): so the address itself is
 * looked at, each time that one is connected to.
 */
import { BlockList, isIPv4 } from 'node:net'

/** IANA's special-purpose address registries (RFC 6890) and multicast: none of them is a registry's server. */
const special: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96], // unspecified, loopback, and IPv4 in its oldest disguise
  ['::ffff:0:0', 96], // IPv4 in disguise
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 holds any IPv4 address
  ['3fff::', 20],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6')

// Two lists: to a BlockList an IPv4 address is also one of IPv6 in disguise, and all of these are blocked.
const blocked = { ipv4: new BlockList(), ipv6: new BlockList() }
for (const [network, prefix] of special)
  blocked[familyOf(network)].addSubnet(network, prefix, familyOf(network))

/** @param address an IP address as text */
export const isPublicAddress = (address: string): boolean =>
  !blocked[familyOf(address)].check(address, familyOf(address))
