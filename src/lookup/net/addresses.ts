/**
 * Host names to addresses without the system's resolver. getaddrinfo occupies a thread until it gives up, and the
 * process cannot end before: behind a firewall that swallows DNS, SIGTERM would take ten seconds. c-ares waits
 * without a thread. Hosts that the site named itself (a mirror) may stand in /etc/hosts, and on its own network.
 */
import { lookup as askSystem, Resolver, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIPv4, type LookupFunction, isIP } from 'node:net'
import type { Dispatcher } from 'undici'
import { resolveTimeoutMs } from '../../limits.js'

/*
 * Which addresses belong to the public internet. A name that a stranger gives us (the bootstrap file, a redirect) may
 * lead to an address of the site's own network, now or at the second look (DNS rebinding): so the address itself is
 * looked at, each time that one is connected to.
 */

/** IANA's special-purpose address registries (RFC 6890) and multicast: none of them is a registry's server. */
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
  ['::', 96], // unspecified, loopback, and IPv4 in its oldest disguise
  ['::ffff:0:0', 96], // IPv4 in disguise
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 holds any IPv4 address
  ['3fff::', 20],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6')

// Two lists: to a BlockList an IPv4 address is also one of IPv6 in disguise, and all of these are blocked.
const blocked = { ipv4: new BlockList(), ipv6: new BlockList() }
for (const [network, prefix] of special)
  blocked[familyOf(network)].addSubnet(network, prefix, familyOf(network))

/** @param address an IP address as text */
export const isPublicAddress = (address: string): boolean =>
  !blocked[familyOf(address)].check(address, familyOf(address))

/** A stranger's host leads to an address that is not on the public internet. */
export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress'
  readonly code = 'EPRIVATE'

  constructor() {
    super('not an address of the public internet')
  }
}

type Done = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

/** As the site's own system does it, wherever it leads: for hosts that the site named itself. */
export const resolveOwn: LookupFunction = askSystem

/**
 * For hosts that a stranger named: an error, PrivateAddress, when one of the addresses is not on the public internet.
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

/*
 * Which addresses of the far side may be asked. The bootstrap file and redirects are other people's words: they must
 * not make this program speak to a machine of the site's own network. This looks at what is written; the address
 * that a name leads to is looked at when it is connected to (addresses.ts).
 */

const isLocalName = (hostname: string): boolean => !hostname.includes('.') || hostname.endsWith('.localhost')

/** A registry's address that a stranger may name: https, and a host name. No registry is reached by IP literal. */
export const isPublicHttps = (url: URL): boolean => {
  // A final dot does not change which host it is; brackets are how a URL writes an IPv6 address.
  const hostname = url.hostname.replace(/\.$/, '').replace(/^\[|\]$/g, '')
  return url.protocol === 'https:' && url.username === '' && !isIP(hostname) && !isLocalName(hostname)
}

/**
 * Whether a hop may be asked. A server configured by hand may be anything, also http or on the own network; but
 * where it redirects to, other than to itself, is a stranger's word again. Another port is another server.
 */
export const isAllowedHop = (url: URL, byHand: URL | undefined): boolean => {
  if (isPublicHttps(url)) return true
  if (url.host !== byHand?.host) return false
  return url.protocol === 'https:' || url.protocol === byHand.protocol
}

/*
 * The two ways out of this machine. A host that the site named itself may be anywhere; a host that a stranger named
 * (the bootstrap file, a redirect, a WHOIS referral) must be on the public internet, whoever else knows its name.
 */

export interface Way {
  /** For HTTP. Loaded with the first request: a scan may need none. */
  readonly dispatcher: () => Promise<Dispatcher>
  /** Host name to addresses, for plain sockets. */
  readonly resolve: LookupFunction
}

export interface Network {
  readonly strangers: Way
  readonly own: Way
}
