/** Names that are never registered, so that nobody outside may be asked about them. */

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
const reverseZones: ReadonlySet<string> = new Set(['in-addr.arpa', 'ip6.arpa']) // RFC 1035 3.5, RFC 3596 2.5

/** Whether a name is, or lies below, a special-use or internal one. */
export const isSpecialUse = (name: string): boolean => endsIn(name, names)

/** Whether a name is an address turned round. */
export const isReverseZone = (name: string): boolean => name.endsWith('.arpa') && endsIn(name, reverseZones)

const endsIn = (name: string, suffixes: ReadonlySet<string>): boolean => {
  // None has more than two labels: the last two are looked at, however long the name.
  const lastDot = name.lastIndexOf('.')
  if (suffixes.has(name.slice(lastDot + 1))) return true
  return lastDot > 0 && suffixes.has(name.slice(name.lastIndexOf('.', lastDot - 1) + 1))
}
