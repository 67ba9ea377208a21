/** The events that modules report upwards (`Report`), and the name and version of the program. */
import manifest from '../../package.json' with { type: 'json' }
import type { LineSkip, Skip } from '../model/event.js'

/**
 * An event. The daemon turns each into a log line, a counter, or both; tests collect them. docs/log-events.md is generated
 * from this union: give a comment to each kind, and to each field that does not explain itself.
 */
export type Report =
  /** One batch of lines was read. */
  | {
      readonly kind: 'batch'
      readonly lines: number
      readonly questions: number
      /** Lines and names that were skipped, by reason. */
      readonly skips: ReadonlyMap<Skip, number>
      /** Lines by input, as configured. */
      readonly inputLines: ReadonlyMap<string, number>
      /** Lines that were not understood, by input as configured. Records other than DNS do not count. */
      readonly notUnderstood: ReadonlyMap<string, number>
    }
  /** Event times were impossible (before 2000, or more than a day ahead of the clock) and count as now. */
  | { readonly kind: 'times-corrected'; readonly count: number }
  /** A limit was reached: one of docs/limits.md, or of the settings. Logged once for each limit; every time is counted. */
  | { readonly kind: 'limit-reached'; readonly limit: string; readonly count: number }
  /** A look-up has ended. */
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
  /** A server failed again and again. It is not asked for `pauseMs`, then probed with one query. */
  | { readonly kind: 'server-down'; readonly host: string; readonly pauseMs: number }
  /** A WHOIS server does not serve our address at all. Logged once. */
  | { readonly kind: 'server-refused'; readonly host: string }
  /** A server that was down answers again. */
  | { readonly kind: 'server-up'; readonly host: string }
  /** No look-up was answered for `seconds`, by any of `servers` servers: look-ups count as off. Logged once. */
  | { readonly kind: 'network-down'; readonly servers: number; readonly seconds: number }
  /** A server answers again after `network-down`: the queue goes on. */
  | { readonly kind: 'network-up'; readonly seconds: number }
  /** A look-up failed because of a bug in domainstats. Please report it. */
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
  /** There is no log at this path. It is followed as soon as there is one. */
  | { readonly kind: 'input-missing'; readonly path: string; readonly reason: string }
  /** The file system tells of no changes (no inotify watches left, for one). Logs are looked at every `poll_seconds` instead. Logged once. */
  | { readonly kind: 'watch-failed'; readonly error: string }
  /** A log or its folder cannot be read: no permission, or the disk fails. It is tried again at each poll. */
  | { readonly kind: 'input-unreadable'; readonly path: string; readonly error: string }
  /** A log is compressed or encoded in a form that domainstats does not read. */
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
  /** A log disappeared before it was read to its end: deleted, or moved to a folder that is no input. */
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
  /** There was no such consumer group in a stream, and one was made. */
  | {
      readonly kind: 'group-created'
      readonly path: string
      /** The id of the entry behind which it begins; `$`: behind all that are there. */
      readonly behind: string
    }
  /** A consumer group from which this daemon had read was gone (a fail-over, a deleted stream), and was made again. Entries that other daemons had read may come twice, with the same ids of records. */
  | {
      readonly kind: 'group-lost'
      readonly path: string
      /** The id of the last entry that this daemon has committed: the new group begins behind it. */
      readonly behind: string
    }
  /** Entries were taken over from consumers that had not acknowledged them for `claim_after_seconds`: these are dead, or stand still. */
  | { readonly kind: 'entries-claimed'; readonly path: string; readonly count: number }
  /** Entries of a consumer group were removed from the stream after they had been delivered and before they were counted: it is trimmed too early. */
  | { readonly kind: 'entries-trimmed'; readonly path: string; readonly count: number }
  /** domainstats.log was renamed to `to`, and a new one begins with the next record. */
  | { readonly kind: 'output-rotated'; readonly path: string; readonly to: string }
  /** domainstats.log could not be renamed, or an old one could not be compressed or removed. The log grows on. */
  | { readonly kind: 'output-not-rotated'; readonly path: string; readonly error: string }
  /** domainstats.log cannot be written (a full disk). Reading pauses; it is tried again every second. */
  | { readonly kind: 'output-stalled'; readonly path: string; readonly error: string }
  /** After a crash, the missing bytes of the last records were added to domainstats.log. */
  | { readonly kind: 'output-recovered'; readonly path: string; readonly bytes: number }
  /** The database cannot be written (a full disk, or another process has it locked). Reading pauses; it is tried again. */
  | { readonly kind: 'store-stalled'; readonly error: string }
  /** A sink took so many records. */
  | { readonly kind: 'sink-sent'; readonly sink: string; readonly records: number }
  /** A sink takes no records. They wait. Logged once, until it takes them again. */
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
  /** Records were not sent to a sink: longer than its protocol allows, refused by the receiver for what is in them, or damaged on our disk. */
  | {
      readonly kind: 'sink-skipped'
      readonly sink: string
      readonly records: number
      readonly reason: string
    }
  /** The store that sensors share cannot be reached, or is not fit for it. This sensor goes on alone. Logged once, until it can be used. */
  | { readonly kind: 'shared-down'; readonly store: string; readonly error: string }
  /** The store that sensors share can be used again. */
  | { readonly kind: 'shared-up'; readonly store: string; readonly seconds: number }
  /** The store that sensors share refuses a command: the user has not the right, or memory is full. Logged once for each kind of refusal, until it is done. */
  | { readonly kind: 'shared-refused'; readonly store: string; readonly error: string }
  /** Something about the store that sensors share should be changed, or could not be checked. */
  | { readonly kind: 'shared-unsafe'; readonly store: string; readonly problem: string }
  /** A value under our prefix in the shared store is none of domainstats. Logged once for each kind of key, and counted. */
  | {
      readonly kind: 'shared-foreign'
      readonly store: string
      readonly key: string
      /** Whether it was replaced, or stays: until somebody removes it, sensors go on there as if they were alone. */
      readonly replaced: boolean
    }
  /** The shared store was asked for claims, leases or turns at a server, or was told counts or facts, with what result. */
  | {
      readonly kind: 'shared-asked'
      readonly what: 'claim' | 'lease' | 'answer' | 'turn' | 'count' | 'fact'
      readonly result: string
      readonly count: number
    }
  /** Datasets or rules for Suricata were changed: the names in each set, and the domains that a full one leaves out. */
  | {
      readonly kind: 'feedback-written'
      readonly folder: string
      readonly new: number
      readonly threat: number
      readonly interest: number
      readonly seen: number
      readonly leftOut: number
    }
  /** Datasets or rules for Suricata could not be written. The old ones stay; it is tried again. Logged once, until it works. */
  | { readonly kind: 'feedback-failed'; readonly folder: string; readonly error: string }
  /** systemd-notify is missing, or failed: systemd does not hear how the service is. Logged once, until a message is sent. */
  | { readonly kind: 'notify-failed'; readonly error: string }
  /** Mutes took alerts from so many records; one that two mutes cover counts for both. */
  | { readonly kind: 'alerts-muted'; readonly records: number }
  /** A transaction was committed. */
  | { readonly kind: 'committed'; readonly ms: number }
  /** IANA's list of RDAP servers was fetched. */
  | { readonly kind: 'bootstrap-refreshed'; readonly services: number }
  /** IANA's list could not be fetched. The old one stays in use. */
  | { readonly kind: 'bootstrap-failed'; readonly error: string }
  /** The ISC answered CONFIG, for the first time or after a failure. */
  | {
      readonly kind: 'isc-configured'
      /** TLDs that it does not want to be asked about. */
      readonly prohibited: number
    }
  /** The ISC did not answer to CONFIG or STATUS. */
  | { readonly kind: 'isc-failed'; readonly command: 'config' | 'status'; readonly error: string }
  /** The ISC does not accept this client, or not this version. Look-ups stop until it does again. */
  | { readonly kind: 'isc-denied'; readonly message: string }
  /** The ISC accepts this client again. */
  | { readonly kind: 'isc-admitted' }
  /** The port of `isc-server` is open. */
  | { readonly kind: 'isc-opened'; readonly address: string }
  /** The port of `isc-server` is open to more than this machine without TLS: whoever is on the way reads the tokens. */
  | { readonly kind: 'isc-unencrypted'; readonly address: string }
  /** A client of `isc-server` was answered, or a request refused. */
  | { readonly kind: 'isc-asked'; readonly command: string; readonly result: string }
  /** Registrations that somebody publishes (`updates`) were taken; `version` is the one that the store has now. */
  | {
      readonly kind: 'updates-taken'
      readonly url: string
      readonly version: string
      readonly registrations: number
      /** Lines of it that were refused. */
      readonly refused: number
    }
  /** They could not be taken, or not to their end. It is tried again at the next time. */
  | { readonly kind: 'updates-failed'; readonly url: string; readonly error: string }
  /** The answer of a command was given, and could not be kept: its next question runs the program again. */
  | { readonly kind: 'command-not-kept'; readonly command: string; readonly error: string }
  /** A command was asked about a record (`enrich`). */
  | {
      readonly kind: 'enriched'
      readonly entry: string
      /** `empty`: none of the fields was in its answer. `refused`: it does not accept the value. */
      readonly result: 'answered' | 'empty' | 'refused' | 'failed'
    }
  /** A command that is asked about records fails. It is asked again later. Logged once, until it answers. */
  | { readonly kind: 'enrich-failed'; readonly entry: string; readonly error: string }
  /** The domains that the site asks most could not be looked for or stored. It is tried again a day later; until then look-alikes are found of the former ones. */
  | { readonly kind: 'most-asked-failed'; readonly error: string }
  /** The Public Suffix List is older than `suffixesOldMs`: new suffixes are taken for domains. Update domainstats, or set `psl_file`. */
  | { readonly kind: 'suffixes-old'; readonly days: number }
  /** The HTTP port is open. */
  | { readonly kind: 'http-opened'; readonly address: string }
  /** The port that answers as APIify does is open. */
  | { readonly kind: 'apiify-opened'; readonly address: string; readonly command: string }
  /** The HTTP port is open to more than this machine, with neither token nor allow-list: it answers private addresses only. */
  | { readonly kind: 'http-unguarded'; readonly address: string }
  /** An answer over HTTP failed because of a bug in domainstats. Please report it. */
  | { readonly kind: 'http-failed'; readonly error: string }

export type Telemetry = (report: Report) => void

export const { version } = manifest

/** The User-Agent for registries. @param contact an address at which they can reach the operator */
export const userAgent = (contact: string | undefined): string =>
  `domainstats/${version}${contact === undefined ? '' : ` (${contact})`}`
