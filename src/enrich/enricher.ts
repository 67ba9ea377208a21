/** Asks the commands of `enrich` about the records in the store, each command at its own pace, and writes what they say. */
import type { Committer } from '../commit/committer.js'
import { nameOfEnrichment, type EnrichSettings } from '../config/schema-enrich.js'
import type { Policy } from '../detect/policy.js'
import {
  enrichBusyMs,
  enrichmentMsMax,
  enrichRetryMs,
  enrichTriesMax,
  releaseMax,
  restMsMax,
} from '../limits.js'
import type { Commands, CommandOutcome } from '../programs/commands.js'
import type { StoredAsk } from '../store/enrichments.js'
import type { Store } from '../store/store.js'
import type { Report, Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { createWake, waitAtMost } from '../time/wake.js'
import { enrichedBy, saysNothing } from './fields.js'
import { settleEnrichments, type AskEnd } from './settle.js'

export interface EnricherOptions {
  readonly entries: readonly EnrichSettings[]
  /** Undefined: none is declared, and what former settings have left is ended. */
  readonly commands: Pick<Commands, 'ask'> | undefined
  /** How many runs of a command may be under way. */
  readonly atOnce: (command: string) => number
  readonly store: Pick<Store, 'enrichments'>
  readonly committer: Pick<Committer, 'commit'>
  readonly policy: Policy
  readonly clock: Clock
  readonly telemetry: Telemetry
}

export class Enricher {
  readonly #options: EnricherOptions
  readonly #wake = createWake()
  /** Questions under way, and those whose end is not written yet, with their entries. */
  readonly #underWay = new Map<number, string>()
  readonly #ends = new Map<StoredAsk, AskEnd>()
  /** Entries whose command failed last time. */
  readonly #failing = new Set<string>()
  #onNoneHeld: (() => void) | undefined
  #running = false

  constructor(options: EnricherOptions) {
    this.#options = options
  }

  /** To be called when records were stored. */
  call(): void {
    this.#wake.call()
  }

  /** Resolves when no record waits for a command, at the latest when their hold time is over; or when `run` ends. */
  async settled(): Promise<void> {
    if (!this.#running) return
    const over = new Promise<void>(end => (this.#onNoneHeld = end))
    this.#wake.call()
    await over
  }

  /** Runs until the signal aborts. What is not answered then is asked at the next start. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, clock, entries } = this.#options
    const names = entries.map(nameOfEnrichment)
    this.#running = true
    try {
      this.#endGone()
      while (!signal.aborted) {
        await this.#settle(signal)
        this.#ask(signal)
        if (this.#onNoneHeld && store.enrichments.heldCount() === 0) this.#onNoneHeld()
        const now = clock.now()
        const nextMs = this.#ends.size > 0 ? 0 : (store.enrichments.next(names, now) ?? Infinity) - now
        if (nextMs > 0) await waitAtMost(this.#wake, Math.min(nextMs, restMsMax), clock, signal)
      }
    } finally {
      this.#running = false
      this.#onNoneHeld?.()
    }
  }

  /** Entries that were taken out of the settings are asked no more. */
  #endGone(): void {
    const { store, entries } = this.#options
    const known = new Set(entries.map(nameOfEnrichment))
    for (const entry of store.enrichments.openEntries().filter(name => !known.has(name)))
      for (const ask of store.enrichments.ready(entry, Infinity, Number.MAX_SAFE_INTEGER))
        this.#ends.set(ask, 'nothing')
  }

  #ask(signal: AbortSignal): void {
    const { commands, entries, store, atOnce, clock } = this.#options
    if (!commands) return
    const now = clock.now()
    const counts = new Map<string, number>()
    for (const entry of this.#underWay.values()) counts.set(entry, (counts.get(entry) ?? 0) + 1)
    for (const entry of entries) {
      const name = nameOfEnrichment(entry)
      const busy = counts.get(name) ?? 0
      const free = atOnce(entry.command) - busy
      if (free <= 0) continue
      const asks = store.enrichments
        .ready(name, now, free + busy)
        .filter(({ ask }) => !this.#underWay.has(ask))
      for (const ask of asks.slice(0, free)) void this.#askOne(commands, entry, ask, signal)
    }
  }

  async #askOne(
    commands: Pick<Commands, 'ask'>,
    entry: EnrichSettings,
    ask: StoredAsk,
    signal: AbortSignal,
  ): Promise<void> {
    this.#underWay.set(ask.ask, ask.entry)
    try {
      const outcome = await commands.ask(entry.command, ask.value)
      this.#ends.set(ask, this.#endOf(entry, ask, outcome))
    } catch (error) {
      // The program ends: the question stays.
      if (!signal.aborted) this.#ends.set(ask, this.#failed(ask, String(error)))
    } finally {
      if (!this.#ends.has(ask)) this.#underWay.delete(ask.ask)
      this.#wake.call()
    }
  }

  #endOf(entry: EnrichSettings, ask: StoredAsk, outcome: CommandOutcome): AskEnd {
    if (outcome.kind === 'refused') {
      const { reason, why } = outcome
      if (reason === 'busy') return { notBefore: this.#options.clock.now() + enrichBusyMs, tries: ask.tries }
      if (reason === 'not-started') return this.#failed(ask, why)
      this.#count(ask.entry, 'refused')
      return 'nothing'
    }
    const { result, error } = outcome.answer
    const found = enrichedBy(entry, result)
    // A program may fail, and say something all the same: a ping of which one of three was answered.
    if (error !== undefined && saysNothing(found)) return this.#failed(ask, error)
    this.#failing.delete(ask.entry)
    this.#count(ask.entry, saysNothing(found) ? 'empty' : 'answered')
    return saysNothing(found) ? 'nothing' : found
  }

  #failed({ entry, tries }: StoredAsk, error: string): AskEnd {
    const { telemetry, clock } = this.#options
    this.#count(entry, 'failed')
    if (!this.#failing.has(entry)) telemetry({ kind: 'enrich-failed', entry, error })
    this.#failing.add(entry)
    const notBefore = clock.now() + enrichRetryMs * 6 ** tries
    return tries + 1 < enrichTriesMax ? { notBefore, tries: tries + 1 } : 'nothing'
  }

  #count(entry: string, result: Extract<Report, { kind: 'enriched' }>['result']): void {
    this.#options.telemetry({ kind: 'enriched', entry, result })
  }

  /** Writes the records whose questions have ended, and those whose time is up. */
  async #settle(signal: AbortSignal): Promise<void> {
    const { store, committer, policy, clock } = this.#options
    const now = clock.now()
    const ended = [...this.#ends].slice(0, releaseMax)
    const due = store.enrichments.due(now, now - enrichmentMsMax, releaseMax)
    const numbers = new Set([...ended.map(([{ enrichment }]) => enrichment), ...due])
    if (numbers.size === 0) return
    const open = [...numbers].flatMap(number => {
      const stored = store.enrichments.of(number)
      return stored ? [{ stored, asks: store.enrichments.asksOf(number) }] : []
    })
    const ends = new Map(ended.map(([{ ask }, end]) => [ask, end]))
    const domains = open.flatMap(({ stored: { record } }) => [record.facts.domain, record.facts.registrable])
    const done = await committer.commit(
      { domains },
      (known, at) => settleEnrichments(open, ends, known, policy, at),
      signal,
    )
    if (!done) return
    for (const [ask] of ended) {
      this.#ends.delete(ask)
      this.#underWay.delete(ask.ask)
    }
  }
}
