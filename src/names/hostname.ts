/** Syntax of names: which can be registered (LDH), which never are (special-use, reverse zones), and IDN both ways. */
import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import { labelCharsMax, nameCharsMax, queryCharsMax } from '../limits.js'

const label = `[a-z0-9](?:[a-z0-9-]{0,${labelCharsMax - 2}}[a-z0-9])?`
const ldhName = new RegExp(`^(?:${label}\\.)*${label}$`)

/** Labels of letters, digits and inner hyphens, at most 63 long (RFC 952, RFC 1123 2.1). */
export const isHostname = (name: string): boolean => ldhName.test(name)

/** A label as services (RFC 2782) and Windows machines have it: underscores are allowed, although not in registered names. */
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

/*
 * Internationalised labels: Unicode to the form that is registered and back. Label by label, since node:url reads a
 * whole name as a URL host (`1.2.3` becomes an address, `%41` an `A`, and `/` ends it).
 */

const ascii = /^[\0-\x7f]*$/
const ldhOrUnderscore = /^[\w-]+$/
const unicodeLabel = /^(?:[\w-]|[^\0-\x7f])+$/u

/** The name with each Unicode label as A-label (RFC 5890). What is no valid label stays as it is. */
export const toALabels = (name: string): string =>
  ascii.test(name)
    ? name
    : name
        .split('.')
        .map(label => aLabel(label) ?? label)
        .join('.')

/** The name with each A-label in Unicode; undefined where there is none to show. */
export const toUnicode = (name: string): string | undefined => {
  if (!name.includes('xn--')) return undefined
  const shown = name
    .split('.')
    .map(label => (label.startsWith('xn--') ? (uLabel(label) ?? label) : label))
    .join('.')
  return shown === name ? undefined : shown
}

/** A name as it may be stored: in A-labels as a rule, in Unicode where somebody asked for it so. Both are the same name. */
export const formsOfName = (name: string): readonly string[] => {
  const inA = toALabels(name)
  return [...new Set([inA, name, toUnicode(inA) ?? inA])]
}

const aLabel = (label: string): string | undefined => {
  if (ascii.test(label) || !unicodeLabel.test(label)) return undefined
  const found = asHost(domainToASCII, label)
  // Accepted only if it converts back: `ｂank` and a soft hyphen are mapped to another label, and are not that label.
  return found !== undefined && uLabel(found) === label.normalize('NFC') ? found : undefined
}

const uLabel = (label: string): string | undefined =>
  ldhOrUnderscore.test(label) ? asHost(domainToUnicode, label) : undefined

// A last label with a letter in it keeps digits from being read as an address.
const asHost = (convert: (host: string) => string, label: string): string | undefined => {
  const host = convert(`${label}.a`)
  return host.endsWith('.a') && host.indexOf('.') === host.length - 2 ? host.slice(0, -2) : undefined
}

/* Names that are never registered: they must not be looked up at a registry. */

const names: ReadonlySet<string> = new Set([
  // IANA's Special-Use Domain Names; example.com, .net and .org are in it, and registered.
  ...['test', 'localhost', 'invalid', 'example'], // RFC 6761
  ...['local', 'onion', 'alt'], // RFC 6762, RFC 7686, RFC 9476
  ...[
    'home.arpa',
    'ipv4only.arpa',
    'resolver.arpa',
    'service.arpa',
    '6tisch.arpa',
    'eap.arpa',
    'eap-noob.arpa',
  ],
  ...['internal'], // reserved by ICANN for private use (resolution 2024.07.29.06)
  ...['intranet', 'private', 'corp', 'home', 'lan'], // private namespaces in common use (RFC 6762 appendix G)
  ...['mail'], // never delegated, as home and corp: too many networks use them (ICANN 2018.02.04.12)
  ...['localdomain', 'workgroup', 'domain'], // defaults of resolvers, Windows and routers
])
const reverseZones: ReadonlySet<string> = new Set(['in-addr.arpa', 'ip6.arpa'])

/** Whether a name is, or lies below, a special-use or internal one. */
export const isSpecialUse = (name: string): boolean => endsIn(name, names)

/** Whether a name is an address in reverse order (RFC 1035 3.5, RFC 3596 2.5). */
export const isReverseZone = (name: string): boolean => name.endsWith('.arpa') && endsIn(name, reverseZones)

const endsIn = (name: string, suffixes: ReadonlySet<string>): boolean => {
  // No suffix has more than two labels, so the last two of the name are enough.
  const lastDot = name.lastIndexOf('.')
  if (suffixes.has(name.slice(lastDot + 1))) return true
  return lastDot > 0 && suffixes.has(name.slice(name.lastIndexOf('.', lastDot - 1) + 1))
}

/** Yields the name and all its parents: `an.example.com`, then `example.com`, then `com`. */
export function* suffixesOf(name: string): Generator<string, undefined> {
  yield name
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) yield name.slice(dot + 1)
}
