/** Decides which DNS records are queries for public names, the same for all sensors. */
import type { LineSkip } from '../model/event.js'

/** True for the stream `dns`, and for a site's own filters of it (`dns_local`, `dns-red`). */
export const isDnsStream = (name: string): boolean => /^dns(?![a-z0-9])/i.test(name)

const [netbiosPort, mdnsPort, llmnrPort] = [137, 5353, 5355] // RFC 1002, RFC 6762, RFC 4795

/** Whether a port, of client or server, is that of NetBIOS, mDNS or LLMNR. */
export const isLocalPort = (port: number | undefined): boolean =>
  port === netbiosPort || port === mdnsPort || port === llmnrPort

/** True for NetBIOS, mDNS and LLMNR, which use the format of DNS for local names. A client on port 5353 may ask port 53. */
export const isLocalResolution = (origPort: number | undefined, respPort: number | undefined): boolean =>
  isLocalPort(respPort) || (origPort === mdnsPort && respPort !== 53)

/** The reason to skip a record that has a name; undefined if there is none. */
export const disqualified = (record: {
  readonly origPort: number | undefined
  readonly respPort: number | undefined
  readonly opcode: number | undefined
  readonly qclass: number | undefined
}): LineSkip | undefined => {
  if (record.opcode !== undefined && record.opcode !== 0) return 'opcode'
  if (isLocalResolution(record.origPort, record.respPort)) return 'not-unicast-dns'
  // 32769, too: class IN with the mDNS bit for a unicast answer (RFC 6762 5.4), on any port.
  if (record.qclass !== undefined && record.qclass !== 1) return 'class'
  return undefined
}
