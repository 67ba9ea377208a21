/**
 * The registries of the biggest TLDs, for a machine that never reached IANA. Facts out of IANA's file
 * https://data.iana.org/rdap/dns.json of 2026-03-23T19:00:02Z; used until that file was fetched once, and not after.
 *
 * Not written by hand. To make it anew, fetch that file, print its entries for these TLDs with
 *
 *     node -e 'const keep = new Set("com net org".split(" ")) // all those below
 *     for (const [tlds, urls] of JSON.parse(fs.readFileSync("dns.json")).services) {
 *       const kept = tlds.filter(tld => keep.has(tld))
 *       if (kept.length > 0) console.log(JSON.stringify([kept, urls]) + ",")
 *     }'
 *
 * and run prettier. The test beside this file compares it with the IANA file of that date.
 */
import type { ServiceEntry } from './services.js'

/** As the file has them: TLDs, and the base URLs of the server of them all. */
export const builtInServices: readonly ServiceEntry[] = [
  [['tw'], ['https://ccrdap.twnic.tw/tw/']],
  [['app', 'dev'], ['https://pubapi.registry.google/rdap/']],
  [['ca'], ['https://rdap.ca.fury.ca/rdap/']],
  [['au'], ['https://rdap.cctld.au/rdap/']],
  [['cyou'], ['https://rdap.centralnic.com/cyou/']],
  [['icu'], ['https://rdap.centralnic.com/icu/']],
  [['xyz'], ['https://rdap.centralnic.com/xyz/']],
  [['pl'], ['https://rdap.dns.pl/']],
  [['fi'], ['https://rdap.fi/rdap/rdap/']],
  [['shop'], ['https://rdap.gmoregistry.net/rdap/']],
  [['ai', 'info', 'life', 'live', 'pro'], ['https://rdap.identitydigital.services/rdap/']],
  [['ar'], ['https://rdap.nic.ar/']],
  [['biz'], ['https://rdap.nic.biz/']],
  [['club'], ['https://rdap.nic.club/']],
  [['cz'], ['https://rdap.nic.cz/']],
  [['fr'], ['https://rdap.nic.fr/']],
  [['tv'], ['https://rdap.nic.tv/']],
  [['vip'], ['https://rdap.nic.vip/']],
  [['in'], ['https://rdap.nixiregistry.in/rdap/']],
  [['uk'], ['https://rdap.nominet.uk/uk/']],
  [['no'], ['https://rdap.norid.no/']],
  [['id'], ['https://rdap.pandi.id/rdap/']],
  [['org'], ['https://rdap.publicinterestregistry.org/rdap/']],
  [['fun', 'online', 'site', 'space', 'store', 'tech', 'website'], ['https://rdap.radix.host/rdap/']],
  [['br'], ['https://rdap.registro.br/']],
  [['cloud'], ['https://rdap.registry.cloud/rdap/']],
  [['nl'], ['https://rdap.sidn.nl/']],
  [['com'], ['https://rdap.verisign.com/com/v1/']],
  [['net'], ['https://rdap.verisign.com/net/v1/']],
  [['top'], ['https://rdap.zdnsgtld.com/top/']],
  [['cc'], ['https://tld-rdap.verisign.com/cc/v1/']],
  [['name'], ['https://tld-rdap.verisign.com/name/v1/']],
]
