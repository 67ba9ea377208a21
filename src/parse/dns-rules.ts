/** Which DNS records are look-ups of public names, whatever the sensor. */
import type { LineSkip } from '../model/event.js'

/** A stream is DNS when its name is `dns`, or that of a site's filter on it (`dns_local`, `dns-red`). */
export const isDnsStream = (name: string): boolean => /^dns(?![a-z0-9])/i.test(name)

const [netbiosPort, mdnsPort, llmnrPort] = [137, 5353, 5355] // RFC 1002, RFC 6762, RFC 4795

/** Whether a port, on whichever side, may make a record one of these. */
export const isLocalPort = (port: number | undefined): boolean =>
  port === netbiosPort || port === mdnsPort || port === llmnrPort

/** NetBIOS, mDNS and LLMNR share DNS's format, not its names. A client may use port 5353 to ask port 53. */
export const isLocalResolution = (origPort: number | undefined, respPort: number | undefined): boolean =>
  isLocalPort(respPort) || (origPort === mdnsPort && respPort !== 53)

/** What disqualifies a record that has a name; undefined where nothing does. */
export const disqualified = (record: {
  readonly origPort: number | undefined
  readonly respPort: number | undefined
  readonly opcode: number | undefined
  readonly qclass: number | undefined
}): LineSkip | undefined => {
  if (record.opcode !== undefined && record.opcode !== 0) return 'opcode'
  if (isLocalResolution(record.origPort, record.respPort)) return 'not-unicast-dns'
  // Also 32769: class IN with the mDNS bit for a unicast answer (RFC 6762 5.4), on whatever port it was seen.
  if (record.qclass !== undefined && record.qclass !== 1) return 'class'
  return undefined
}
