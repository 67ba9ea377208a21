/** What the flags of several commands have in common. */
import { UsageError } from './io.js'

export const value = { type: 'string', requiresArg: true } as const
export const data = { ...value, demandOption: true, describe: 'data folder' } as const
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
