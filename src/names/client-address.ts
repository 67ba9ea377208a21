/** Applies the setting `clients.record`: how much of a client's address is written to records and kept in the store. */
import { addressBytes, addressText, isMapped } from './address.js'

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
  // RFC 4007 11: the zone behind it names an interface.
  const bytes = addressBytes(address.replace(/%.*$/s, ''))
  if (!bytes) return undefined
  // RFC 4291 2.5.5.2: an IPv4 address in the form of IPv6, as a socket for both gives it.
  const plain = isMapped(bytes) ? bytes.subarray(12) : bytes
  return addressText(plain.fill(0, plain.length === 4 ? 3 : 8))
}
