/** What a command answers about a value, and who gives the answer: a program, a file, or a service. */
import type { CommandSettings } from '../config/schema-commands.js'
import { hourMs } from '../time/clock.js'

export type Typed = string | number | null
export type TypedMatch = Typed | readonly Typed[] | Readonly<Record<string, Typed>>

/** A value in an answer of a service. */
export type Fact = Typed | boolean

/** What a file or a service says about a value: facts by name, so that each can become a field. */
export type CommandFacts = Readonly<Record<string, Fact | readonly Fact[]>>

/** Text, or what an expression took from it; or facts. Null where nothing was found. */
export type CommandResult = TypedMatch | readonly TypedMatch[] | CommandFacts

/** What a run said about a value. Kept as JSON. */
export interface CommandAnswer {
  readonly result: CommandResult
  /** The result is the whole output of a program, which is no UTF-8 or holds a NUL. */
  readonly encoding?: 'base64'
  /** The exit code of a program; null if a signal ended it. Not there if none was run. */
  readonly exit?: number | null
  /** `SIGKILL`; not there if the program ended by itself. */
  readonly signal?: string
  /** Why the run failed, in words; not there if it did not. */
  readonly error?: string
  /** How long it took. */
  readonly ms: number
}

export type SourceOutcome =
  | {
      readonly kind: 'answered'
      readonly answer: CommandAnswer
      /** False: it is not to be kept, whatever the settings say. */
      readonly isKept: boolean
    }
  /** `not-started`: something is missing here. `busy`: it wants to be left alone for a while. `why`: a phrase for the user. */
  | { readonly kind: 'not-asked'; readonly reason: 'not-started' | 'busy'; readonly why: string }

/** Who answers a command. */
export interface AnswerSource {
  /**
   * Asks about a value once.
   *
   * @throws the signal's reason when it aborts
   */
  readonly ask: (value: string, signal: AbortSignal) => Promise<SourceOutcome>
  /** Why it must not be asked about a value that the command accepts, as a phrase; undefined if it may be. */
  readonly refusal: (value: string) => string | undefined
  /** Reads the files that it needs, without a question. @throws Error that names the setting */
  readonly check: () => Promise<void>
}

export const notStarted = (why: string): SourceOutcome => ({ kind: 'not-asked', reason: 'not-started', why })

/** How long an answer is kept, in ms; 0 for not at all, Infinity without an end. */
export const keptMs = (
  { keep_hours, keep_errors_hours }: CommandSettings,
  { error }: CommandAnswer,
): number => {
  const hours = keep_hours < 0 ? Infinity : keep_hours
  return hourMs * (error === undefined ? hours : Math.min(hours, keep_errors_hours))
}
