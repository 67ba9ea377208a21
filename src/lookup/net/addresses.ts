/**
 * The SSRF policy: which URLs and addresses a look-up may connect to. The bootstrap file, redirects and WHOIS referrals
 * name hosts that may lead into the site's own network, now or at the next query (DNS rebinding). So both the URL and the
 * address are checked, the address at each connection. A configured host may be anywhere.
 */
import { lookup as askSystem, Resolver, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIPv4, type LookupFunction, isIP } from 'node:net'
import type { Dispatcher } from 'undici'
import { resolveTimeoutMs } from '../../limits.js'

/** IANA's special-purpose address registries (RFC 6890), and multicast: no registry has a server there. */
const special: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96], // unspecified, loopback, and IPv4-compatible addresses (RFC 4291 2.5.5.1)
  ['::ffff:0:0', 96], // IPv4-mapped addresses (RFC 4291 2.5.5.2)
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 embeds any IPv4 address
  ['3fff::', 20],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6')

// Two lists: a BlockList checks an IPv4 address against IPv4-mapped IPv6 networks, too, and all of these are blocked.
const blocked = { ipv4: new BlockList(), ipv6: new BlockList() }
for (const [network, prefix] of special)
  blocked[familyOf(network)].addSubnet(network, prefix, familyOf(network))

/** @param address an IP address as text */
export const isPublicAddress = (address: string): boolean =>
  !blocked[familyOf(address)].check(address, familyOf(address))

/** A host that must be public has an address that is not. */
export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress'
  readonly code = 'EPRIVATE'

  constructor() {
    super('not an address of the public internet')
  }
}

type Done = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

/** For configured hosts: the system's resolver, with /etc/hosts, and no check of the address. */
export const resolveOwn: LookupFunction = askSystem

/**
 * For all other hosts: fails with PrivateAddress when one of the addresses is not on the public internet. Uses c-ares, not
 * getaddrinfo: that occupies a thread until it gives up, so behind a firewall that drops DNS a SIGTERM would take ten
 * seconds.
 *
 * @param servers other DNS servers than the system's, as `address:port`
 */
export const resolvePublic = (servers?: readonly string[]): LookupFunction => {
  const resolver = new Resolver({ timeout: resolveTimeoutMs, tries: 1 })
  if (servers) resolver.setServers(servers)

  const family = (host: string, version: 4 | 6, done: Done): void => {
    const answer = (error: NodeJS.ErrnoException | null, addresses: string[] | undefined) =>
      done(
        error,
        (addresses ?? []).map(address => ({ address, family: version })),
      )
    if (version === 4) resolver.resolve4(host, answer)
    else resolver.resolve6(host, answer)
  }

  const both = (host: string, done: Done): void => {
    family(host, 4, (error4, found4) => {
      // A host with IPv4 is reached by IPv4; registries have both.
      if (found4.length > 0) done(null, found4)
      else family(host, 6, (error6, found6) => done(found6.length > 0 ? null : (error4 ?? error6), found6))
    })
  }

  return (host, options, callback) =>
    both(host, (error, addresses) => give(error, addresses, options, callback))
}

const give = (
  error: NodeJS.ErrnoException | null,
  addresses: LookupAddress[],
  options: LookupOptions,
  callback: Parameters<LookupFunction>[2],
): void => {
  const [first] = addresses
  if (error || !first) callback(error ?? new Error('no address'), '')
  else if (!addresses.every(({ address }) => isPublicAddress(address))) callback(new PrivateAddress(), '')
  else if (options.all === true) callback(null, addresses)
  else callback(null, first.address, first.family)
}

const isLocalName = (hostname: string): boolean => !hostname.includes('.') || hostname.endsWith('.localhost')

/** Whether a bootstrap file, redirect or referral may name this URL: https and a host name, since no registry uses IPs. */
export const isPublicHttps = (url: URL): boolean => {
  // A final dot names the same host; a URL writes an IPv6 address in brackets.
  const hostname = url.hostname.replace(/\.$/, '').replace(/^\[|\]$/g, '')
  return url.protocol === 'https:' && url.username === '' && !isIP(hostname) && !isLocalName(hostname)
}

/**
 * Whether a request may go to this URL.
 *
 * @param byHand the configured URL, while no redirect has led elsewhere: its host and port may also be http or private
 */
export const isAllowedHop = (url: URL, byHand: URL | undefined): boolean => {
  if (isPublicHttps(url)) return true
  if (url.host !== byHand?.host) return false
  return url.protocol === 'https:' || url.protocol === byHand.protocol
}

/** How to connect to a kind of host. */
export interface Way {
  /** For HTTP. Loaded with the first request: a scan may need none. */
  readonly dispatcher: () => Promise<Dispatcher>
  /** Host name to addresses, for plain sockets. */
  readonly resolve: LookupFunction
}

export interface Network {
  /** For hosts that a bootstrap file, redirect or referral names: public addresses only. */
  readonly strangers: Way
  /** For configured hosts: unrestricted. */
  readonly own: Way
}
