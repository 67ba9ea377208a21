/** What the flags of several commands have in common. */
import { UsageError } from './io.js'

export const value = { type: 'string', requiresArg: true } as const
export const data = { ...value, demandOption: true, describe: 'data folder' } as const
/** yargs reads a lone `-` as an option without a name, so it is replaced by a word that cannot be a path. */
const standIn = '\0-'

/** Replaces each lone `-` (standard input or output) for yargs. */
export const hideDash = (argv: readonly string[]): string[] =>
  argv.map(word => (word === '-' ? standIn : word))

/** Restores the `-` in a word from yargs. */
export const dash = (value: string): string => (value === standIn ? '-' : value)
export const dashes = (values: readonly string[]): string[] => values.map(dash)

/** Makes yargs leave words behind `--` unchanged: attackers' names may begin with a dash. */
export const literal = { 'populate--': true, 'parse-positional-numbers': false } as const
export const behindDashes = (flags: Readonly<Record<string, unknown>>): string[] =>
  Array.isArray(flags['--']) ? dashes(flags['--'].map(String)) : []

export const word = { type: 'string', demandOption: true, coerce: dash } as const
export const words = { type: 'string', demandOption: true, array: true, coerce: dashes } as const

/** Off unless it is given. */
export const offFlag = { type: 'boolean', default: false } as const

/** Refuses flags that are given twice, of which yargs makes a list. */
export const once =
  (...names: readonly string[]) =>
  (flags: Readonly<Record<string, unknown>>): true => {
    const twice = names.find(name => Array.isArray(flags[name]))
    if (twice !== undefined) throw new UsageError(`--${twice} is given twice`)
    return true
  }
