/** Types of resource records: the mnemonic of each number (IANA, Resource Record TYPEs), and the names that sensors write. */

/** From number 1 on without a gap, then others with their number. */
const fromOne =
  'A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR SIG KEY PX GPOS AAAA LOC NXT'
const others =
  '33 SRV 35 NAPTR 36 KX 37 CERT 38 A6 39 DNAME 41 OPT 42 APL 43 DS 44 SSHFP 45 IPSECKEY 46 RRSIG 47 NSEC 48 DNSKEY 49 DHCID 50 NSEC3 51 NSEC3PARAM 52 TLSA 53 SMIMEA 55 HIP 59 CDS 60 CDNSKEY 61 OPENPGPKEY 62 CSYNC 63 ZONEMD 64 SVCB 65 HTTPS 99 SPF 108 EUI48 109 EUI64 249 TKEY 250 TSIG 251 IXFR 252 AXFR 255 ANY 256 URI 257 CAA'

const mnemonics: ReadonlyMap<number, string> = new Map([
  ...fromOne.split(' ').map((name, at) => [at + 1, name] as const),
  ...[...others.matchAll(/(\d+) (\S+)/g)].map(([, number, name = '']) => [Number(number), name] as const),
])

/** Names that sensors write for these: Suricata (rust/src/dns/log.rs), Zeek (base/protocols/dns/consts.zeek). */
const aliases: Readonly<Record<string, string>> = {
  ND: 'MD',
  NSAPPT: 'NSAP-PTR',
  CDSNKEY: 'CDNSKEY',
  '*': 'ANY',
}

/**
 * The type as a mnemonic in capitals, or as `TYPE65280` (RFC 3597 5) where a number has none. Reads both, a bare number
 * (Suricata) and `query-65280` (Zeek). Undefined for text that cannot be a type.
 */
export const rrtypeOf = (text: string): string | undefined => {
  const name = text.toUpperCase()
  const [, digits] = /^(?:TYPE|QUERY-)?(\d{1,5})$/.exec(name) ?? []
  if (digits !== undefined) {
    const number = Number(digits)
    return number > 0xffff ? undefined : (mnemonics.get(number) ?? `TYPE${number}`)
  }
  if (Object.hasOwn(aliases, name)) return aliases[name]
  return /^[A-Z][A-Z0-9-]{0,15}$/.test(name) ? name : undefined
}
