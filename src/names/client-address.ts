/** What of a client's address is written and kept: the one place where the setting `clients.record` is applied. */
import { isIPv4, isIPv6 } from 'node:net'

/** All of it, the network that it lies in, or nothing. */
export type ClientRecord = 'full' | 'prefix' | 'none'

/** The fields of a record that tell who asked. */
export interface ClientFields {
  readonly origHost?: string | undefined
  readonly origPort?: number | undefined
  /**
   * A hash of both addresses and ports (Community ID 1.0). The resolver's are known, so that whoever tries all clients
   * of a network finds the one: it goes with the address.
   */
  readonly communityId?: string | undefined
}

/** What may be written of them, and kept. The same again changes nothing. */
export const clientFieldsAs = (
  record: ClientRecord,
  { origHost, origPort, communityId }: ClientFields,
): ClientFields => {
  if (record === 'full') return { origHost, origPort, communityId }
  const network = record === 'prefix' && origHost !== undefined ? networkOf(origHost) : undefined
  return { origHost: network, origPort: undefined, communityId: undefined }
}

/**
 * The first address of the /24 (IPv4) or the /64 (IPv6) that an address lies in; undefined for text that is none. An
 * address and not `10.20.1.0/24`: Zeek's type `addr` and the type `ip` of a search engine take no network.
 */
const networkOf = (address: string): string | undefined => {
  if (isIPv4(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0`
  // RFC 4007 11: the zone behind it names an interface.
  const plain = address.replace(/%.*$/s, '')
  if (!isIPv6(plain)) return undefined
  const groups = groupsOf(plain)
  // RFC 4291 2.5.5.2: an IPv4 address in the form of IPv6, as a socket for both gives it.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') {
    const high = parseInt(groups[6] ?? '', 16)
    const low = parseInt(groups[7] ?? '', 16)
    return `${high >> 8}.${high & 0xff}.${low >> 8}.0`
  }
  return canonical(`${groups.slice(0, 4).join(':')}::`)
}

/** The eight groups of an IPv6 address, without leading zeros. */
const groupsOf = (address: string): string[] => {
  const [left = [], right = []] = canonical(address)
    .split('::')
    .map(part => part.split(':').filter(group => group !== ''))
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
}

/** In the form of RFC 5952: URLs have it. */
const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1)
