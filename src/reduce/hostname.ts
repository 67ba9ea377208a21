/** What a name must be to be registered at all. */
import { isIP } from 'node:net'
import { labelCharsMax, nameCharsMax, queryCharsMax } from '../limits.js'

const label = `[a-z0-9](?:[a-z0-9-]{0,${labelCharsMax - 2}}[a-z0-9])?`
const ldhName = new RegExp(`^(?:${label}\\.)*${label}$`)

/** Labels of letters, digits and inner hyphens, at most 63 long (RFC 952, RFC 1123 2.1). */
export const isHostname = (name: string): boolean => ldhName.test(name)

/** A label of a name that nobody registers may have underscores, too: a service, a machine of Windows. */
export const isLabel = (label: string): boolean => /^[\w-]+$/.test(label)

/** Whether a DNS message could hold the name: no empty label, and not too long once each `\xhh` is one octet. */
export const isName = (name: string): boolean => {
  if (name === '' || name.length > queryCharsMax) return false
  if (name.startsWith('.') || name.endsWith('.') || name.includes('..')) return false
  return name.length <= nameCharsMax || octets(name) <= nameCharsMax
}

const octets = (name: string): number => Buffer.byteLength(name.replace(/\\x[0-9a-f]{2}/g, '?'), 'utf8')

/** An address instead of a name: IPv4 ends in a digit, IPv6 has colons, perhaps brackets. */
export const isIpLiteral = (name: string): boolean =>
  name.includes(':') ? isIP(name.replace(/^\[(.*)\]$/, '$1')) === 6 : /\d$/.test(name) && isIP(name) === 4
