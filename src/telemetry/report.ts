/** Who we are. */
import manifest from '../../package.json' with { type: 'json' }
import type { LineSkip, Skip } from '../model/event.js'

/* What leaves report upwards. The daemon turns each into a log line and a counter; tests collect them. */

export type Report =
  /** Lines read and questions found in one batch, and what was skipped, by reason. */
  | {
      readonly kind: 'batch'
      readonly lines: number
      readonly questions: number
      readonly skips: ReadonlyMap<Skip, number>
      /** By input, as configured: lines that were not understood. Records of other kinds than DNS are none. */
      readonly notUnderstood: ReadonlyMap<string, number>
    }
  /** Event times that could not be true and count as now. */
  | { readonly kind: 'times-corrected'; readonly count: number }
  /** A limit of limits.ts or of the settings bit so many times. */
  | { readonly kind: 'limit-reached'; readonly limit: string; readonly count: number }
  | {
      readonly kind: 'looked-up'
      readonly registrable: string
      readonly server: string
      readonly outcome: string
    }
  /** A server asked for less: so many requests a second from now on, after a pause. */
  | {
      readonly kind: 'server-slowed'
      readonly host: string
      readonly perSecond: number
      readonly pauseMs: number
    }
  /** A server failed again and again, and is left alone for a while. */
  | { readonly kind: 'server-down'; readonly host: string; readonly pauseMs: number }
  /** A server does not serve this address, however seldom it asks. Told once. */
  | { readonly kind: 'server-refused'; readonly host: string }
  /** It answers again. */
  | { readonly kind: 'server-up'; readonly host: string }
  /** No look-up was answered for so long, at none of so many servers: look-ups count as off. Told once. */
  | { readonly kind: 'network-down'; readonly servers: number; readonly seconds: number }
  /** Somebody answers again: what is in the queue is asked. */
  | { readonly kind: 'network-up'; readonly seconds: number }
  | { readonly kind: 'lookup-crashed'; readonly registrable: string; readonly error: string }
  | { readonly kind: 'input-opened'; readonly path: string; readonly offset: number }
  | { readonly kind: 'input-rotated'; readonly path: string }
  | { readonly kind: 'input-truncated'; readonly path: string; readonly offset: number }
  /** Nothing is there to be followed, and why. It is followed as soon as it is there. */
  | { readonly kind: 'input-missing'; readonly path: string; readonly reason: string }
  | { readonly kind: 'input-unreadable'; readonly path: string; readonly error: string }
  /** It has to be unpacked, or made text of, by another program. `remedy`: by which command. */
  | {
      readonly kind: 'input-refused'
      readonly path: string
      readonly reason: string
      readonly remedy: string
    }
  /** Nothing is understood of what a log begins with. */
  | {
      readonly kind: 'input-not-understood'
      readonly path: string
      /** Why most of its lines were skipped. */
      readonly reason: LineSkip
      readonly lines: number
      /** Of its first line, escaped. */
      readonly first: string
      readonly looksLike: string
      readonly remedy: string
    }
  /** A log of which that was told is understood. */
  | { readonly kind: 'input-understood'; readonly path: string }
  /** A log that was read up to there, and may have been written to since, is nowhere to be found. */
  | {
      readonly kind: 'input-lost'
      readonly path: string
      readonly offset: number
      /** So many were there behind it when it was read last. */
      readonly bytes?: number
      /** ISO 8601: from its last change that was seen to when it was looked for. */
      readonly from?: string
      readonly to?: string
      readonly seconds?: number
    }
  /** What was read last is nowhere to be found: what was written from its last change to what there is now is missed. */
  | {
      readonly kind: 'input-missed'
      readonly path: string
      /** ISO 8601. */
      readonly from: string
      readonly to: string
      readonly seconds: number
    }
  | { readonly kind: 'output-rotated'; readonly path: string; readonly to: string }
  /** The log could not be renamed, or an old one not be packed or removed: the log grows on. */
  | { readonly kind: 'output-not-rotated'; readonly path: string; readonly error: string }
  | { readonly kind: 'output-stalled'; readonly path: string; readonly error: string }
  | { readonly kind: 'output-recovered'; readonly path: string; readonly bytes: number }
  | { readonly kind: 'store-stalled'; readonly error: string }
  /** A sink was handed so many records: each at least once. */
  | { readonly kind: 'sink-sent'; readonly sink: string; readonly records: number }
  /** A sink takes no records; they wait. Told once. */
  | { readonly kind: 'sink-down'; readonly sink: string; readonly error: string }
  /** It takes them again. */
  | { readonly kind: 'sink-up'; readonly sink: string; readonly seconds: number }
  /** Records that a sink has not taken in time, and never gets: the oldest of its backlog. */
  | {
      readonly kind: 'sink-dropped'
      readonly sink: string
      readonly records: number
      readonly bytes: number
      readonly reason: string
    }
  /** Records that a sink cannot get: longer than its protocol allows, or damaged on our disk. */
  | {
      readonly kind: 'sink-skipped'
      readonly sink: string
      readonly tooLong: number
      readonly damaged: number
    }
  /** A transaction took so long. */
  | { readonly kind: 'committed'; readonly ms: number }
  | { readonly kind: 'bootstrap-refreshed'; readonly services: number }
  | { readonly kind: 'bootstrap-failed'; readonly error: string }
  /** The ISC has said what it wants: for the first time, or after it did not. */
  | { readonly kind: 'isc-configured'; readonly prohibited: number }
  | { readonly kind: 'isc-failed'; readonly command: 'config' | 'status'; readonly error: string }
  /** It does not want to be asked by us, or not by this version: look-ups stop until it does again. */
  | { readonly kind: 'isc-denied'; readonly message: string }
  | { readonly kind: 'isc-admitted' }
  | { readonly kind: 'http-opened'; readonly address: string }
  /** Bound to more than this machine, with neither token nor allow-list: private ranges only are answered. */
  | { readonly kind: 'http-unguarded'; readonly address: string }
  /** An answer failed: a bug. */
  | { readonly kind: 'http-failed'; readonly error: string }

export type Telemetry = (report: Report) => void

export const { version } = manifest

/** How we introduce ourselves to registries. @param contact whom they may write to */
export const userAgent = (contact: string | undefined): string =>
  `domainstats/${version}${contact === undefined ? '' : ` (${contact})`}`
