/** The label of a domain that is scored, and which domains are not. */
import { dgaLabelCharsMin } from '../limits.js'

/**
 * Private suffixes below which users choose the names. Below all others of the Public Suffix List's private section the
 * provider assigns them (`d111111abcdef8.cloudfront.net`): those look generated because they are.
 */
export const chosenBelow: ReadonlySet<string> = new Set([
  // Pages and sites.
  ...[
    'github.io',
    'gitlab.io',
    'codeberg.page',
    'bitbucket.io',
    'blogspot.com',
    'readthedocs.io',
    'surge.sh',
  ],
  ...['pages.dev', 'workers.dev', 'web.app', 'firebaseapp.com', 'netlify.app', 'webflow.io', 'carrd.co'],
  ...['wixsite.com', 'framer.website', 'square.site', 'eu.org'],
  // Domains that are sold below a domain.
  ...['de.com', 'uk.com', 'us.com', 'co.com'],
  // Dynamic DNS: DuckDNS, No-IP, DynDNS, Dynu, dynv6 and others, by the names that each offers.
  ...['duckdns.org', 'dynv6.net', 'dy.fi', 'spdns.de', 'goip.de', 'dnshome.de', 'ath.cx'],
  ...['ddns.net', 'hopto.org', 'zapto.org', 'sytes.net', 'myftp.org', 'myvnc.com', 'no-ip.org', 'no-ip.biz'],
  ...['no-ip.info', 'noip.me', 'noip.us', 'servebeer.com', 'serveftp.com', 'servehttp.com', 'servegame.com'],
  ...['redirectme.net', 'bounceme.net', 'gotdns.ch'],
  ...['dyndns.org', 'dyndns.info', 'dyndns.biz', 'dyndns.tv', 'dyndns-free.com', 'gotdns.com', 'homeip.net'],
  ...['homelinux.org', 'dynalias.com', 'dynalias.net', 'dnsalias.com', 'is-a-geek.com'],
  ...['dynu.net', 'freeddns.org', 'mywire.org', 'ddnsfree.com', 'accesscam.org', 'camdvr.org'],
])

/**
 * The label left of the public suffix. Undefined where it is not scored: it is too short, in another script (`xn--`: its
 * letters are an encoding), or the provider of a private suffix assigned it.
 *
 * @param domain by the whole Public Suffix List, in A-labels
 * @param registrable by its ICANN section
 */
export const scoredLabel = (domain: string, registrable: string): string | undefined => {
  const dot = domain.indexOf('.')
  if (dot < dgaLabelCharsMin || domain.startsWith('xn--')) return undefined
  return domain === registrable || chosenBelow.has(domain.slice(dot + 1)) ? domain.slice(0, dot) : undefined
}
