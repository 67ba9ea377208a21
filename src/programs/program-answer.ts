/** From what a program wrote, and how it ended, to the answer about a value. */
import { isUtf8 } from 'node:buffer'
import { excerpt } from '../config/problem.js'
import { fromPython, type ProgramSettings } from '../config/schema-commands.js'
import { readWhoisDate } from '../lookup/whois/dates.js'
import type { CommandAnswer, CommandResult, Typed, TypedMatch } from './answer.js'
import type { Match, Matched, MatchJob } from './match.js'
import type { ProgramRun } from './run.js'

/* Types */

type Types = NonNullable<ProgramSettings['result']>['types']

const readers: Readonly<Record<Types[string], (text: string) => Typed>> = {
  int: text => (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null),
  float: text => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? finite(Number(text)) : null),
  date: text => {
    const ms = readWhoisDate(text)
    return ms === undefined ? null : new Date(ms).toISOString()
  },
}

const finite = (value: number): Typed => (Number.isFinite(value) ? value : null)

const typed = (text: string | null, type: Types[string] | undefined): Typed =>
  text === null || type === undefined ? text : readers[type](text.trim())

const isList = (value: Match): value is readonly (string | null)[] => Array.isArray(value)

/** The groups of a match by their types. Unnamed ones are numbered from 1 on, a match without groups is 1. */
const typedMatch = (match: Match, types: Types): TypedMatch => {
  if (typeof match === 'string') return typed(match, types['1'])
  if (isList(match)) return match.map((text, at) => typed(text, types[String(at + 1)]))
  return Object.fromEntries(Object.entries(match).map(([name, text]) => [name, typed(text, types[name])]))
}

const typedResult = (
  result: Matched['result'],
  { all, types }: NonNullable<ProgramSettings['result']>,
): CommandResult => {
  if (result === null || result === undefined) return all ? [] : null
  // With `all` it is a list of matches, without it one match.
  return all
    ? (result as readonly Match[]).map(one => typedMatch(one, types))
    : typedMatch(result as Match, types)
}

/* Expressions */

const flagLetters = { multiline: 'm', ignorecase: 'i', dotall: 's' } as const

/** What has to be found in the output of a command; undefined if its settings have no expression. */
export const matchJobOf = (
  { result, no_cache_when }: ProgramSettings,
  output: Buffer,
): MatchJob | undefined => {
  if (!result && no_cache_when === undefined) return undefined
  const flags = [...new Set(result?.flags)].map(flag => flagLetters[flag]).join('')
  return {
    text: output.toString('utf8'),
    result: result && { source: fromPython(result.regex), flags, all: result.all },
    noCacheWhen:
      no_cache_when === undefined
        ? undefined
        : { source: fromPython(no_cache_when.slice(1, -1)), flags: 'i' },
  }
}

/* Failures */

const exited = 'it ended with exit code'
const foundNothing = 'its expression found nothing in the output'

/** Whether a program ran to its own end and its output was read: then nothing is missing, whatever its exit code says. */
export const isComplete = ({ error }: CommandAnswer): boolean =>
  error === undefined || error === foundNothing || error.startsWith(exited)

/** Why a run failed; undefined if it did not. */
const failureOf = ({ exit, signal, ended }: ProgramRun, settings: ProgramSettings): string | undefined => {
  switch (ended) {
    case 'timeout':
      return `it ran longer than timeout_seconds: ${settings.timeout_seconds}`
    case 'too-much-output':
      return `it wrote more than output_bytes_max: ${settings.output_bytes_max}`
    case undefined:
      if (signal !== undefined) return `it was ended by ${signal}`
      return exit === 0 ? undefined : `${exited} ${exit ?? '?'}`
  }
}

/** Why a run failed, with what the program said of it last. */
const errorOf = (run: ProgramRun, settings: ProgramSettings): string | undefined => {
  const failure = failureOf(run, settings)
  const complaint = excerpt(run.complaint)
  return failure === undefined || complaint === '' ? failure : `${failure}: ${complaint}`
}

const isEmptyList = (found: unknown): boolean => Array.isArray(found) && found.length === 0

/** Without the rest of a character that was cut off. */
const whole = (output: Buffer): Buffer =>
  [0, 1, 2, 3].map(cut => output.subarray(0, Math.max(0, output.length - cut))).find(one => isUtf8(one)) ??
  output

const textOf = ({ output, ended }: ProgramRun): Pick<CommandAnswer, 'result' | 'encoding'> => {
  const bytes = ended === undefined ? output : whole(output)
  // A NUL is no text, and JSON writes it with six characters: a mebibyte of them would hold up the loop.
  return isUtf8(bytes) && !bytes.includes(0)
    ? { result: bytes.toString('utf8') }
    : { result: bytes.toString('base64'), encoding: 'base64' }
}

/**
 * Makes the answer of a run.
 *
 * @param matched what was found in its output; `late` if the expressions took too long
 */
export const answerOf = (
  run: ProgramRun,
  matched: Matched | 'late' | undefined,
  settings: ProgramSettings,
): CommandAnswer => {
  const found = matched === 'late' ? undefined : matched?.result
  const isMissing = settings.result?.required === true && (found === null || isEmptyList(found))
  const error =
    matched === 'late'
      ? 'its expressions took too long on the output'
      : (errorOf(run, settings) ?? (isMissing ? foundNothing : undefined))
  return {
    ...(settings.result ? { result: typedResult(found, settings.result) } : textOf(run)),
    exit: run.exit ?? null,
    ...(run.signal !== undefined && { signal: run.signal }),
    ...(error !== undefined && { error }),
    ms: Math.round(run.ms),
  }
}
