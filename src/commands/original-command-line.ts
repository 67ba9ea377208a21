/** The commands of domain_stats 1.x by their names, with their words and flags, for scripts and units that call them. */
import yargs, { type Argv } from 'yargs'
import { dash, hideDash } from './dash.js'
import { UsageError, type Io } from './io.js'
import { withSettings } from './settings-command-line.js'

const folder = { type: 'string', demandOption: true, describe: 'data folder' } as const
const file = { type: 'string', requiresArg: true, coerce: dash } as const
const flag = { type: 'boolean', default: false } as const

const server = (argv: readonly string[], io: Io): Argv =>
  yargs(hideDash(argv)).command(
    '$0 <data_folder>',
    'follow the logs that the settings name and answer over HTTP: domainstats run',
    y => y.positional('data_folder', folder),
    async ({ data_folder: data }) => (await import('./original-server.js')).serve(data, io),
  )

const settings = (argv: readonly string[], io: Io): Argv => withSettings(yargs(hideDash(argv)), io, '$0')

/** yargs makes a list of what is given twice; of these there can be one only. */
const once = (flags: Readonly<Record<string, unknown>>): true => {
  const twice = ['import', 'export', 'domain_file'].find(name => Array.isArray(flags[name]))
  if (twice !== undefined) throw new UsageError(`--${twice} is given twice`)
  return true
}

const utils = (argv: readonly string[], io: Io): Argv =>
  // For yargs -nx were -n and -x, and --no-expire the contrary of --expire.
  yargs(hideDash(argv).map(word => (word === '-nx' ? '--no-expire' : word)))
    .parserConfiguration({ 'boolean-negation': false })
    .command(
      '$0 <data_folder>',
      'import, fix, ask and export, in this order: each as domainstats does it',
      y =>
        y
          .positional('data_folder', folder)
          .option('import', { ...file, alias: 'i', describe: 'a list; its names count as contacted before' })
          .option('fix', { ...flag, alias: 'f', describe: 'ask once more for names without a date' })
          .option('domain_file', { ...file, alias: 'd', describe: 'names to ask for, one a line' })
          .option('export', { ...file, alias: 'e', describe: 'where to write all that is known' })
          .option('no-expire', { ...flag, describe: 'what -i imports is believed for ever; also -nx' })
          .option('verbose', { ...flag, alias: 'v', describe: 'say before each step what it does' })
          .check(once),
      async flags =>
        (await import('./original-utils.js')).useUtils(
          {
            ...{ data: flags.data_folder, importer: flags.import, exporter: flags.export },
            ...{ domains: flags.domain_file, fix: flags.fix, neverExpire: flags['no-expire'] },
            verbose: flags.verbose,
          },
          io,
        ),
    )

/** By the name that the program is called by. */
export const originals: ReadonlyMap<string, (argv: readonly string[], io: Io) => Argv> = new Map([
  ['domain-stats', server],
  ['domain-stats-settings', settings],
  ['domain-stats-utils', utils],
])
