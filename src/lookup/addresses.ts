/**
 * Host names to addresses without the system's resolver. getaddrinfo occupies a thread until it gives up, and the
 * process cannot end before: behind a firewall that swallows DNS, SIGTERM would take ten seconds. c-ares waits
 * without a thread. Hosts that the site named itself (a mirror) may stand in /etc/hosts, and on its own network.
 */
import { lookup as askSystem, Resolver, type LookupAddress, type LookupOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { resolveTimeoutMs } from '../limits.js'
import { isPublicAddress } from './public-address.js'

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
