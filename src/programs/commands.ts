/**
 * The commands that the settings declare: each asks a program, a file or a service about a value, and keeps the answer.
 * Values are checked (value.ts), questions about one value share a run, and runs are paced (run-turns.ts), whoever answers
 * (answer.ts).
 */
import { setMaxListeners } from 'node:events'
import type { CommandSettings } from '../config/schema-commands.js'
import { commandHitsMax } from '../limits.js'
import type { CommandAnswers, CommandAnswerSort } from '../store/command-answers.js'
import type { Telemetry } from '../telemetry/report.js'
import { type CommandAnswer, keptMs } from './answer.js'
import { type CommandCounts, declare, type DeclaredCommand, type DeclaringOptions } from './declared.js'

export interface GivenAnswer extends CommandAnswer {
  readonly command: string
  /** In its canonical text: `www.Example.com.` is `www.example.com`. */
  readonly value: string
  readonly cached: boolean
  /** Whole seconds since the run. */
  readonly age: number
}

/**
 * `busy`: the queue is full, the turn did not come in time, or the server is left alone for a while. `not-started`: the
 * program or a file is not there, or may not be used.
 */
export type CommandRefusal = 'unknown-command' | 'bad-value' | 'busy' | 'not-started'

export type CommandOutcome =
  | { readonly kind: 'answered'; readonly answer: GivenAnswer }
  /** `why`: a phrase for the user. */
  | { readonly kind: 'refused'; readonly reason: CommandRefusal; readonly why: string }

export interface CommandsOptions extends DeclaringOptions {
  readonly answers: CommandAnswers
  readonly telemetry: Telemetry
}

/** What happened since the start, and what is under way. */
export interface CommandSums extends Readonly<CommandCounts> {
  readonly command: string
  readonly running: number
  readonly waiting: number
}

export type Commands = Awaited<ReturnType<typeof openCommands>>

const refused = (reason: CommandRefusal, why: string): CommandOutcome => ({ kind: 'refused', reason, why })

const unknownCommand = refused('unknown-command', 'the settings declare no such command')

const sumsOf = ({ turns, counts }: DeclaredCommand): Omit<CommandSums, 'command'> => ({
  ...{ ...counts, running: turns.underWay(), waiting: turns.waiting() },
})

/** The cache in the store. An answer that cannot be kept is given all the same. */
const cacheOf = ({ answers, clock, telemetry }: CommandsOptions) => {
  const hits = new Map<number, { readonly count: number; readonly used: number }>()
  let pending = 0
  const now = () => Math.floor(clock.now())
  const trying = (command: string, work: () => void): void => {
    try {
      work()
    } catch (error) {
      telemetry({ kind: 'command-not-kept', command, error: String(error) })
    }
  }
  /** Writes the hits that are counted in memory. The last uses are known before something is dropped. */
  const flush = (): void => {
    const rows = [...hits].map(([row, { count, used }]) => [row, count, used] as const)
    if (rows.length > 0) answers.addHits(rows)
    hits.clear()
    pending = 0
  }
  return {
    tryFlush: (command: string): void => trying(command, flush),
    /** The answer, with the time of its run (epoch ms). */
    get: ({ name, declared }: DeclaredCommand, value: string) => {
      const kept = answers.get({ command: name, value }, declared, now())
      if (!kept) return undefined
      hits.set(kept.row, { count: (hits.get(kept.row)?.count ?? 0) + 1, used: now() })
      pending += 1
      if (pending >= commandHitsMax) trying(name, flush)
      return { at: kept.at, answer: JSON.parse(kept.answer) as CommandAnswer } // as `put` has written it
    },
    put: ({ name, settings, declared }: DeclaredCommand, value: string, answer: CommandAnswer): void => {
      const ms = keptMs(settings, answer)
      if (ms <= 0) return
      const [at, text] = [now(), JSON.stringify(answer)]
      const expires = ms === Infinity ? undefined : at + Math.floor(ms)
      const permanent = settings.keep_hours === -2 && expires === undefined
      trying(name, () => {
        flush()
        if (!answers.put({ command: name, value, declared, at, expires, permanent, answer: text }))
          telemetry({ kind: 'limit-reached', limit: 'commandAnswersMax', count: 1 })
      })
    },
  }
}

/** The runs: at most one about a value at a time. */
const runsOf = ({ telemetry }: CommandsOptions, cache: ReturnType<typeof cacheOf>) => {
  const life = new AbortController()
  // Each run adds a listener.
  setMaxListeners(0, life.signal)
  const flights = new Map<string, Promise<CommandOutcome>>()

  /** Asks, counts, and keeps the answer. @throws the reason of the signal when it aborts */
  const run = async (command: DeclaredCommand, value: string): Promise<CommandOutcome> => {
    const { name, source, counts } = command
    const outcome = await source.ask(value, life.signal)
    if (outcome.kind === 'not-asked') {
      counts[outcome.reason === 'busy' ? 'refused' : 'failed'] += 1
      return refused(outcome.reason, outcome.why)
    }
    const { answer, isKept } = outcome
    counts.runs += 1
    if (answer.error !== undefined) counts.failed += 1
    if (isKept) cache.put(command, value, answer)
    return { kind: 'answered', answer: { command: name, value, cached: false, age: 0, ...answer } }
  }

  const fly = async (command: DeclaredCommand, value: string): Promise<CommandOutcome> => {
    const release = await command.turns.take(life.signal)
    if (!release) {
      command.counts.refused += 1
      telemetry({ kind: 'limit-reached', limit: 'commandQueueMax', count: 1 })
      return refused('busy', 'too many values wait for this command: ask again later')
    }
    try {
      return await run(command, value)
    } finally {
      release()
    }
  }

  /** Joins the run about this value that is under way, or begins one. */
  const share = (command: DeclaredCommand, value: string): Promise<CommandOutcome> => {
    const key = `${command.name}\n${value}`
    const flight = flights.get(key)
    if (flight) {
      command.counts.shared += 1
      return flight
    }
    const started = fly(command, value).finally(() => flights.delete(key))
    flights.set(key, started)
    return started
  }

  return {
    share,
    close: async (): Promise<void> => {
      life.abort()
      await Promise.allSettled(flights.values())
    },
  }
}

/**
 * Opens the commands of the settings.
 *
 * @throws Error that names the setting, if one cannot be used
 */
export const openCommands = async (options: CommandsOptions) => {
  const { answers, clock } = options
  const { all, close } = await declare(options)
  const cache = cacheOf(options)
  const runs = runsOf(options, cache)

  return {
    /** The declarations, in the order of the settings. */
    declared: (): readonly (readonly [name: string, settings: CommandSettings])[] =>
      [...all].map(([name, { settings }]) => [name, settings]),
    /**
     * The answer of a command about a value: from the cache, of a run under way, or of a new one.
     *
     * @throws the reason of `close`, when that ends the run
     */
    ask: async (name: string, text: string): Promise<CommandOutcome> => {
      const command = all.get(name)
      if (!command) return unknownCommand
      const read = command.read(text)
      if ('refused' in read) {
        command.counts.refused += 1
        return refused('bad-value', read.refused)
      }
      const { value } = read
      const kept = cache.get(command, value)
      if (!kept) return runs.share(command, value)
      command.counts.cached += 1
      const age = Math.max(0, Math.floor((clock.now() - kept.at) / 1000))
      return { kind: 'answered', answer: { command: name, value, cached: true, age, ...kept.answer } }
    },
    /** The kept answer about a value, unless its run failed. */
    known: (name: string, text: string): CommandAnswer | undefined => {
      const command = all.get(name)
      const read = command?.read(text)
      if (!command || !read || 'refused' in read) return undefined
      const answer = cache.get(command, read.value)?.answer
      if (!answer || answer.error !== undefined) return undefined
      command.counts.cached += 1
      return answer
    },
    /** Sums since the start, and what is under way, of each command. */
    sums: (): readonly CommandSums[] =>
      [...all].map(([name, command]) => ({ command: name, ...sumsOf(command) })),
    /** Sums since the start, what is under way, and what is kept; undefined for an unknown command. */
    stats: (name: string) => {
      const command = all.get(name)
      if (!command) return undefined
      cache.tryFlush(name)
      return { ...sumsOf(command), cache: answers.sums(name) }
    },
    /** What is kept of a command; undefined for an unknown one. The last row has to be taken before anything else is asked. */
    kept: (
      name: string,
      sort: CommandAnswerSort,
      page: { readonly offset: number; readonly limit: number },
    ) => {
      if (!all.has(name)) return undefined
      cache.tryFlush(name)
      return answers.list(name, sort, page)
    },
    /** Forgets the answer about a value. False if there is none, undefined for an unknown command. */
    forget: (name: string, text: string): boolean | undefined => {
      const read = all.get(name)?.read(text)
      if (!read) return undefined
      return 'value' in read && answers.remove({ command: name, value: read.value })
    },
    close: async (): Promise<void> => {
      await runs.close()
      await close()
      cache.tryFlush('')
    },
  }
}
