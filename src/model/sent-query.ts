/** A query that left the machine: `asked` lists them. */
export interface SentQuery {
  /** Epoch ms. */
  readonly at: number
  /** The server, with its port if that is not the default one. */
  readonly host: string
  /** `iana`: asked for the server of a TLD. The others: asked for a registration. */
  readonly protocol: 'rdap' | 'whois' | 'isc' | 'iana'
  /** The registrable or the TLD; empty for a query without a name (the bootstrap file, the ISC's CONFIG and STATUS). */
  readonly name: string
}

/** Called just before a query is sent. */
export type OnSent = (query: Omit<SentQuery, 'at'>) => void
