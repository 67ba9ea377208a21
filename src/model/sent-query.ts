/** A query that left the machine: what was asked of whom, and when. */
export interface SentQuery {
  /** Epoch ms. */
  readonly at: number
  /** The server, with its port where that is not the usual one. */
  readonly host: string
  /** `iana` says which server a TLD has; all others are asked for a registration. */
  readonly protocol: 'rdap' | 'whois' | 'isc' | 'iana'
  /** The registrable that was asked about, or a TLD; empty where no name was sent: a list, or a message of state. */
  readonly name: string
}

/** Called just before a query is sent. */
export type OnSent = (query: Omit<SentQuery, 'at'>) => void
