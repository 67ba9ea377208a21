/** A client of our ISC server, and what the server remembers of it. */

/** How often an answer came from a client's cache and database, as its STATUS told; undefined where it did not tell. */
export interface IscClientStatus {
  readonly software: string | undefined
  readonly database: string | undefined
  /** Hits, misses, expired. */
  readonly cache: readonly number[]
  /** Hits, misses. */
  readonly databaseHits: readonly number[]
  /** Epoch ms. */
  readonly at: number
}

export interface IscClient {
  readonly number: number
  readonly name: string
  /** Commands a minute; undefined for the rate of the settings. */
  readonly perMinute: number | undefined
  /** Epoch ms. */
  readonly added: number
  /** Why it may not ask; undefined when it may. */
  readonly denied: string | undefined
  /** Epoch ms of its last command, by the last STATUS or minute. */
  readonly seen: number | undefined
  /** QUERYs that were answered, and commands that were refused for its rate or because it is denied. */
  readonly queries: number
  readonly refused: number
  /** Its last STATUS. */
  readonly status: IscClientStatus | undefined
}

/** An alert that the operator has set on a domain. */
export interface IscDomainAlert {
  readonly domain: string
  readonly text: string
  /** Epoch ms. */
  readonly at: number
  /** Who set it. */
  readonly by: string
}
