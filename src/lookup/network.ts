/**
 * The two ways out of this machine. A host that the site named itself may be anywhere; a host that a stranger named
 * (the bootstrap file, a redirect, a WHOIS referral) must be on the public internet, whoever else knows its name.
 */
import type { LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'

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
