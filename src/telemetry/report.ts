/** Who we are. */
import manifest from '../../package.json' with { type: 'json' }
import type { LineSkip, Skip } from '../model/event.js'

/*
 * What leaves report upwards. The daemon turns each into a log line, a counter, or both; tests collect them.
 * docs/log-events.md is made from this union: a comment over each kind, and over each field that does not explain itself.
 */

export type Report =
  /** One batch of lines was read. */
  | {
      readonly kind: 'batch'
      readonly lines: number
      readonly questions: number
      /** Lines and names that were skipped, by reason. */
      readonly skips: ReadonlyMap<Skip, number>
      /** By input, as configured: lines that were not understood. Records of other kinds than DNS are none. */
      readonly notUnderstood: ReadonlyMap<string, number>
    }
  /** Event times were impossible (before 2000, or more than a day ahead of the clock) and count as now. */
  | { readonly kind: 'times-corrected'; readonly count: number }
  /** A limit was reached: one of docs/limits.md, or of the settings. Logged once for each limit; every time is counted. */
  | { readonly kind: 'limit-reached'; readonly limit: string; readonly count: number }
  /** A registry was asked. */
  | {
      readonly kind: 'looked-up'
      readonly registrable: string
      readonly server: string
      readonly outcome: string
    }
  /** A server asked for fewer queries. It gets a pause, then the new rate. */
  | {
      readonly kind: 'server-slowed'
      readonly host: string
      readonly perSecond: number
      readonly pauseMs: number
    }
  /** A server failed again and again. It is left alone for `pauseMs`, then probed once. */
  | { readonly kind: 'server-down'; readonly host: string; readonly pauseMs: number }
  /** A WHOIS server does not serve our address, however seldom we ask. Logged once. */
  | { readonly kind: 'server-refused'; readonly host: string }
  /** A server that was down answers again. */
  | { readonly kind: 'server-up'; readonly host: string }
  /** No look-up was answered for `seconds`, by any of `servers` servers: look-ups count as off. Logged once. */
  | { readonly kind: 'network-down'; readonly servers: number; readonly seconds: number }
  /** A server answers again after that: the queue goes on. */
  | { readonly kind: 'network-up'; readonly seconds: number }
  /** A look-up failed by a bug of ours. Please report it. */
  | { readonly kind: 'lookup-crashed'; readonly registrable: string; readonly error: string }
  /** A log is open and is read from `offset` on. */
  | { readonly kind: 'input-opened'; readonly path: string; readonly offset: number }
  /** The sensor rotated its log. The old file is read to its end first. */
  | { readonly kind: 'input-rotated'; readonly path: string }
  /** A log became shorter than what was read of it. It is read from its start. */
  | {
      readonly kind: 'input-truncated'
      readonly path: string
      /** Bytes read before it was cut. */
      readonly offset: number
    }
  /** There is nothing to follow at this path. It is followed as soon as something is there. */
  | { readonly kind: 'input-missing'; readonly path: string; readonly reason: string }
  /** A log or its folder may not be read, or the disk fails. It is tried again at each poll. */
  | { readonly kind: 'input-unreadable'; readonly path: string; readonly error: string }
  /** A log is packed or encoded in a way that we do not read. */
  | {
      readonly kind: 'input-refused'
      readonly path: string
      readonly reason: string
      /** The command that makes a readable log of it. */
      readonly remedy: string
    }
  /** No line of the beginning of a log was understood. Logged again once a day while it lasts. */
  | {
      readonly kind: 'input-not-understood'
      readonly path: string
      /** Why most of its lines were skipped. */
      readonly reason: LineSkip
      readonly lines: number
      /** The beginning of its first line, escaped. */
      readonly first: string
      readonly looksLike: string
      /** What to do. */
      readonly remedy: string
    }
  /** A log that was not understood is understood now. */
  | { readonly kind: 'input-understood'; readonly path: string }
  /** A log that was not read to its end has disappeared: deleted, or moved to a folder that is no input. */
  | {
      readonly kind: 'input-lost'
      readonly path: string
      /** Bytes of it that were read. */
      readonly offset: number
      /** Bytes that were known to follow. */
      readonly bytes?: number
      /** ISO 8601: its last known change. */
      readonly from?: string
      /** ISO 8601: when it was looked for. */
      readonly to?: string
      readonly seconds?: number
    }
  /** After a stop, the log that was read last could not be found. What the sensor wrote in this time is missed. */
  | {
      readonly kind: 'input-missed'
      readonly path: string
      /** ISO 8601: the last change of the log that was read last. */
      readonly from: string
      /** ISO 8601: the beginning of what there is now. */
      readonly to: string
      readonly seconds: number
    }
  /** domainstats.log was renamed to `to`, and a new one begins with the next record. */
  | { readonly kind: 'output-rotated'; readonly path: string; readonly to: string }
  /** domainstats.log could not be renamed, or an old one not be packed or removed. The log grows on. */
  | { readonly kind: 'output-not-rotated'; readonly path: string; readonly error: string }
  /** domainstats.log cannot be written (a full disk). Reading pauses; it is tried again every second. */
  | { readonly kind: 'output-stalled'; readonly path: string; readonly error: string }
  /** Records that an earlier crash had cut off were completed in domainstats.log. */
  | { readonly kind: 'output-recovered'; readonly path: string; readonly bytes: number }
  /** The database cannot be written (a full disk, or another process has it locked). Reading pauses; it is tried again. */
  | { readonly kind: 'store-stalled'; readonly error: string }
  /** A sink took so many records. */
  | { readonly kind: 'sink-sent'; readonly sink: string; readonly records: number }
  /** A sink takes no records. They wait. Told once, until it takes them again. */
  | { readonly kind: 'sink-down'; readonly sink: string; readonly error: string }
  /** A sink takes records again. */
  | { readonly kind: 'sink-up'; readonly sink: string; readonly seconds: number }
  /** A sink did not take its records in time. The oldest of its backlog were dropped. */
  | {
      readonly kind: 'sink-dropped'
      readonly sink: string
      readonly records: number
      readonly bytes: number
      readonly reason: string
    }
  /** A sink cannot get records that are longer than its protocol allows, or damaged on our disk. */
  | {
      readonly kind: 'sink-skipped'
      readonly sink: string
      readonly tooLong: number
      readonly damaged: number
    }
  /** A transaction was committed. */
  | { readonly kind: 'committed'; readonly ms: number }
  /** IANA's list of RDAP servers was fetched. */
  | { readonly kind: 'bootstrap-refreshed'; readonly services: number }
  /** IANA's list could not be fetched. The old one stays in use. */
  | { readonly kind: 'bootstrap-failed'; readonly error: string }
  /** The ISC told what it wants, for the first time or after a failure. */
  | {
      readonly kind: 'isc-configured'
      /** TLDs that it does not want to be asked about. */
      readonly prohibited: number
    }
  /** The ISC did not answer to CONFIG or STATUS. */
  | { readonly kind: 'isc-failed'; readonly command: 'config' | 'status'; readonly error: string }
  /** The ISC does not want to be asked by us, or not by this version. Look-ups stop until it does again. */
  | { readonly kind: 'isc-denied'; readonly message: string }
  /** The ISC lets us ask again. */
  | { readonly kind: 'isc-admitted' }
  /** The HTTP port is open. */
  | { readonly kind: 'http-opened'; readonly address: string }
  /** The HTTP port is open to more than this machine, with neither token nor allow-list: it answers private addresses only. */
  | { readonly kind: 'http-unguarded'; readonly address: string }
  /** An answer over HTTP failed by a bug of ours. Please report it. */
  | { readonly kind: 'http-failed'; readonly error: string }

export type Telemetry = (report: Report) => void

export const { version } = manifest

/** How we introduce ourselves to registries. @param contact whom they may write to */
export const userAgent = (contact: string | undefined): string =>
  `domainstats/${version}${contact === undefined ? '' : ` (${contact})`}`
