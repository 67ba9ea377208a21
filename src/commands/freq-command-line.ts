/** The words and flags of `domainstats freq`. */
import type { Argv } from 'yargs'
import { dash, dashes } from './dash.js'
import { UsageError, type Io } from './io.js'

const value = { type: 'string', requiresArg: true, coerce: dash } as const
const table = { type: 'string', demandOption: true, coerce: dash } as const

/** yargs makes a list of what is given twice; of these there can be one only. */
const once =
  (...names: readonly string[]) =>
  (flags: Readonly<Record<string, unknown>>): true => {
    const twice = names.find(name => Array.isArray(flags[name]))
    if (twice !== undefined) throw new UsageError(`--${twice} is given twice`)
    return true
  }

/** Behind `--` names may begin with a dash, as those of attackers do; yargs shall leave them as they are. */
const literal = { 'populate--': true, 'parse-positional-numbers': false } as const
const behindDashes = (flags: Readonly<Record<string, unknown>>): string[] =>
  Array.isArray(flags['--']) ? dashes(flags['--'].map(String)) : []

const withMeasure = (y: Argv, io: Io) =>
  y.command(
    'measure [names..]',
    'score names; - for stdin, one a line',
    y =>
      y
        .parserConfiguration(literal)
        .positional('names', { type: 'string', array: true, default: [] as string[], coerce: dashes })
        .option('file', { ...value, describe: 'names to score, one a line' })
        .option('table', { ...value, describe: 'freq table: a file, or built-in' })
        .option('data', { ...value, describe: 'data folder whose freq_table is used without --table' })
        .check(once('file', 'table', 'data')),
    async ({ names, file, table, data, ...flags }) =>
      (await import('./freq-measure.js')).measure(
        { names: [...names, ...behindDashes(flags)], file, table, data },
        io,
      ),
  )

const withTrain = (y: Argv, io: Io) =>
  y.command(
    'train <table>',
    'add texts to a table file',
    y =>
      y
        .positional('table', table)
        .option('text', { ...value, describe: 'a text to add' })
        .option('file', { ...value, describe: 'a file to add; - for stdin' })
        .option('weight', {
          ...{ type: 'number', requiresArg: true, default: 1 },
          describe: 'how often each pair counts',
        })
        .option('create', { type: 'boolean', default: false, describe: 'make a new table' })
        .option('exclude', { ...value, describe: 'characters that a new table leaves out of scores' })
        .option('case-sensitive', {
          ...{ type: 'boolean', default: false },
          describe: 'a new table tells upper from lower case',
        })
        .check(once('text', 'file', 'weight', 'exclude')),
    async ({ table, text, file, weight, create, exclude, caseSensitive }) =>
      (await import('./freq-train.js')).train(
        { table, text, file, weight, create, exclude, caseSensitive },
        io,
      ),
  )

/** Adds `freq measure`, `freq train` and `freq print`. Each is loaded when it is called. */
export const withFreq = (y: Argv, io: Io): Argv =>
  y.command('freq', 'score names by their letters, train and print tables', y =>
    withTrain(withMeasure(y, io), io)
      .command(
        'print <table>',
        'show a table; built-in for the one that comes with the program',
        y => y.positional('table', table),
        async ({ table }) => (await import('./freq-print.js')).print({ table }, io),
      )
      .demandCommand(1, 'Which freq command? measure, train or print'),
  )
