/** What is answered about a name to whoever asks for it: over HTTP, or on the command line. */
import type { NameSkip } from './event.js'
import type { Facts, Source, Verdict } from './record.js'

export interface KnownAnswer {
  readonly kind: 'known'
  /** In canonical text: lower case, no final dot. */
  readonly query: string
  readonly queryUnicode: string | undefined
  readonly domain: string
  readonly registrable: string
  readonly freq: Facts['freq']
  /** Epoch ms; undefined for a name that was only peeked at. */
  readonly seenByYou: number | undefined
  /** YOUR-FIRST-CONTACT belongs to this question, and to no other. It stands in the verdict's alerts too. */
  readonly firstContact: boolean
  /** Who told the date: see registration.ts. */
  readonly registeredBy: string | undefined
  /** PENDING where nobody answered in time. */
  readonly verdict: Verdict
  /** The same as domain_stats 1.x would say it. */
  readonly original: Verdict
}

/** Nobody could have registered it, or the site ignores it: such a name never leaves the machine. */
export interface NoneAnswer {
  readonly kind: 'none'
  readonly reason: NameSkip
}

export type NameAnswer = KnownAnswer | NoneAnswer

export interface Asking {
  /** Answers without making it a contact. */
  readonly peek: boolean
  /** Whether somebody outside may be asked because of it. */
  readonly lookup: boolean
  /** By which way: stands in the record of the question. */
  readonly source: Exclude<Source, 'log'>
  /** Who asks. */
  readonly client?: { readonly host: string | undefined; readonly port: number | undefined } | undefined
  /** How long to wait for a registry, in ms. */
  readonly waitMs: number
}

/** @param name as the user wrote it: any case, A-labels or Unicode, with or without a final dot */
export type AskName = (name: string, asking: Asking, signal: AbortSignal) => Promise<NameAnswer>
