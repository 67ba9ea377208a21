/**
 * The full records of domains for whoever asks: from the cache of the commands, of a look-up under way, or of a new one.
 * They are no part of a domain's row, and a question is no contact.
 */
import { setMaxListeners } from 'node:events'
import * as z from 'zod'
import {
  whoisAbsentKeptMs,
  whoisFailedKeptMs,
  whoisRecordKeptMs,
  whoisRecordsAheadMax,
  whoisRecordWaitMs,
} from '../limits.js'
import {
  failedReasons,
  unsupportedReasons,
  type FailedReason,
  type UnsupportedReason,
} from '../model/domain.js'
import type { NameSkip } from '../model/event.js'
import { nameOfText } from '../names/canonical.js'
import type { Reducer } from '../names/psl.js'
import { parsedJson } from '../parse/json.js'
import {
  whoisRecord,
  type RecordAnswer,
  type RecordLookup,
  type WhoisRecord,
} from '../registration/whois-record.js'
import type { CommandAnswers } from '../store/command-answers.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { orAborted, within } from '../time/wake.js'

/** What a question gets. */
export type WhoisOutcome =
  /** `time`: epoch ms at which the registry answered. */
  | { readonly kind: 'record'; readonly record: WhoisRecord; readonly time: number; readonly cached: boolean }
  /** The registry knows no such domain. */
  | { readonly kind: 'absent'; readonly domain: string }
  /** The text is no name with a registered domain, or one that is never sent outside. */
  | { readonly kind: 'skipped'; readonly reason: NameSkip }
  | { readonly kind: 'unsupported'; readonly reason: UnsupportedReason }
  | { readonly kind: 'failed'; readonly reason: FailedReason }
  /** No answer within `whoisRecordWaitMs`. The look-up goes on. */
  | { readonly kind: 'late' }
  /** So many records are being looked up already. */
  | { readonly kind: 'busy' }

export interface WhoisRecordsOptions {
  readonly lookup: RecordLookup
  readonly reduce: Reducer['reduce']
  readonly answers: Pick<CommandAnswers, 'get' | 'put'>
  readonly clock: Clock
  readonly telemetry: Telemetry
}

export type WhoisRecords = ReturnType<typeof openWhoisRecords>

/** No command of the settings has a blank in its name: it cannot meet these answers. */
const command = 'whois record'
/** Of the form in which records are kept. */
const declared = '1'

/** What the cache holds. Checked when it is read: another version of the program may have written it. */
const kept: z.ZodType<RecordAnswer> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('record'), record: whoisRecord }),
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('unsupported'), reason: z.enum(unsupportedReasons) }),
  z.object({ kind: z.literal('failed'), reason: z.enum(failedReasons) }),
])

const keptMs: Readonly<Record<RecordAnswer['kind'], number>> = {
  record: whoisRecordKeptMs,
  absent: whoisAbsentKeptMs,
  unsupported: whoisFailedKeptMs,
  failed: whoisFailedKeptMs,
}

/** The place of a name's domain in the imported list. @param name as somebody typed it */
export const rankBy =
  (reduce: Reducer['reduce'], ranks: { readonly of: (domain: string) => number | undefined }) =>
  (name: string): number | undefined => {
    const reduced = reduce(nameOfText(name))
    return typeof reduced === 'string' ? undefined : ranks.of(reduced.domain)
  }

export const openWhoisRecords = (options: WhoisRecordsOptions) => {
  const { lookup, reduce, answers, clock, telemetry } = options
  const life = new AbortController()
  // Each look-up adds a listener, and each question that waits.
  setMaxListeners(0, life.signal)
  const flights = new Map<string, Promise<WhoisOutcome>>()
  const now = () => Math.floor(clock.now())

  const outcomeOf = (domain: string, answer: RecordAnswer, time: number, cached: boolean): WhoisOutcome => {
    if (answer.kind === 'record') return { kind: 'record', record: answer.record, time, cached }
    return answer.kind === 'absent' ? { kind: 'absent', domain } : answer
  }

  const fromCache = (domain: string): WhoisOutcome | undefined => {
    const found = answers.get({ command, value: domain }, declared, now())
    const { data } = kept.safeParse(parsedJson(found?.answer ?? ''))
    return found && data && outcomeOf(domain, data, found.at, true)
  }

  const keep = (domain: string, answer: RecordAnswer, at: number): void => {
    const [expires, text] = [at + keptMs[answer.kind], JSON.stringify(answer)]
    try {
      answers.put({ command, value: domain, declared, at, expires, permanent: false, answer: text })
    } catch (error) {
      // A full disk, or another process that writes: the answer is given all the same.
      telemetry({ kind: 'command-not-kept', command, error: String(error) })
    }
  }

  const fly = async (domain: string): Promise<WhoisOutcome> => {
    const answer = await lookup(domain, life.signal)
    const at = now()
    keep(domain, answer, at)
    return outcomeOf(domain, answer, at, false)
  }

  /** Joins the look-up of this domain that is under way, or begins one; undefined if there are too many. */
  const share = (domain: string): Promise<WhoisOutcome> | undefined => {
    const flight = flights.get(domain)
    if (flight) return flight
    if (flights.size >= whoisRecordsAheadMax) return undefined
    const started = fly(domain).finally(() => flights.delete(domain))
    flights.set(domain, started)
    // Whoever asked may have left by the time it fails.
    started.catch(() => undefined)
    return started
  }

  return {
    /**
     * The record of a name's domain. Rejects with the reason of `close`, and for a bug.
     *
     * @param name as somebody typed it
     */
    ask: async (name: string): Promise<WhoisOutcome> => {
      const reduced = reduce(nameOfText(name))
      if (typeof reduced === 'string') return { kind: 'skipped', reason: reduced }
      const { registrable } = reduced
      const found = fromCache(registrable)
      if (found) return found
      const flight = share(registrable)
      if (!flight) {
        telemetry({ kind: 'limit-reached', limit: 'whoisRecordsAheadMax', count: 1 })
        return { kind: 'busy' }
      }
      const answer = await within(whoisRecordWaitMs, clock, life.signal, until => orAborted(flight, until))
      return answer ?? { kind: 'late' }
    },
    /** Ends the look-ups under way. */
    close: async (): Promise<void> => {
      life.abort()
      await Promise.allSettled(flights.values())
    },
  }
}
