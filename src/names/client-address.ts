/** Applies the setting `clients.record`: how much of a client's address is written to records and kept in the store. */
import { isIPv4 } from 'node:net'
import { ipv4Within, ipv6Groups, ipv6Text, isIpv4Mapped } from './ip-text.js'

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
  if (isIPv4(address)) return ipv4Network(address)
  // RFC 4007 11: the zone behind it names an interface.
  const groups = ipv6Groups(address.replace(/%.*$/s, ''))
  if (!groups) return undefined
  // As a socket for IPv4 and IPv6 gives it.
  if (isIpv4Mapped(groups)) return ipv4Network(ipv4Within(groups))
  return ipv6Text(groups.map((group, at) => (at < 4 ? group : 0)))
}

const ipv4Network = (address: string): string => `${address.slice(0, address.lastIndexOf('.'))}.0`
