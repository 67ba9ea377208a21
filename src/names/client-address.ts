/** Applies the setting `clients.record`: how much of a client's address is written to records and kept in the store. */
import { isIPv4, isIPv6 } from 'node:net'

/** The whole address, its network (/24, /64), or nothing. */
export type ClientRecord = 'full' | 'prefix' | 'none'

/** The fields of a record that identify the client. */
export interface ClientFields {
  readonly origHost?: string | undefined
  readonly origPort?: number | undefined
  /**
   * A hash of both addresses and ports (Community ID 1.0). The resolver's address and port are known, so trying all
   * clients of a network reveals the right one: it is removed together with the address.
   */
  readonly communityId?: string | undefined
}

/** Reduces the fields to what the setting allows. Idempotent. */
export const clientFieldsAs = (
  record: ClientRecord,
  { origHost, origPort, communityId }: ClientFields,
): ClientFields => {
  if (record === 'full') return { origHost, origPort, communityId }
  const network = record === 'prefix' && origHost !== undefined ? networkOf(origHost) : undefined
  return { origHost: network, origPort: undefined, communityId: undefined }
}

/**
 * The first address of an address's /24 (IPv4) or /64 (IPv6); undefined for text that is not an address. It is not
 * written as `10.20.1.0/24`: Zeek's type `addr` and the type `ip` of Elasticsearch accept no network.
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
