/** The command line: parses arguments, runs the command, and turns errors into an exit code. */
import yargs, { type Argv } from 'yargs'
import { version } from '../telemetry/report.js'
import { withData, withDeclared } from './data-commands.js'
import {
  behindDashes,
  dash,
  dashes,
  data,
  hideDash,
  literal,
  offFlag,
  once,
  value,
  word,
  words,
} from './flags.js'
import { ExitStatus, UsageError, type Io } from './io.js'
import { withIsc } from './isc-flags.js'
import { withPdns } from './pdns-commands.js'
import { withMutes, withTags } from './tag-commands.js'

/* freq */

const fileFlag = { type: 'string', requiresArg: true, coerce: dash } as const
const table = { ...word, describe: 'a table file of freq' } as const

const withMeasure = (y: Argv, io: Io) =>
  y.command(
    'measure [names..]',
    'score names; - for stdin, one a line',
    y =>
      y
        .parserConfiguration(literal)
        .positional('names', {
          ...{ type: 'string', array: true, default: [] as string[], coerce: dashes },
          describe: 'names as they are; behind -- they may begin with a dash',
        })
        .option('file', { ...fileFlag, describe: 'names to score, one a line' })
        .option('table', { ...fileFlag, describe: 'freq table: a file, or built-in' })
        .option('data', { ...fileFlag, describe: 'data folder whose freq_table is used without --table' })
        .check(once('file', 'table', 'data')),
    async ({ names, file, table, data, ...flags }) =>
      (await import('./freq.js')).measure(
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
        .option('text', { ...fileFlag, describe: 'a text to add' })
        .option('file', { ...fileFlag, describe: 'a file to add; - for stdin' })
        .option('weight', {
          ...{ type: 'number', requiresArg: true, default: 1 },
          describe: 'how often each pair counts',
        })
        .option('create', { type: 'boolean', default: false, describe: 'make a new table' })
        .option('exclude', { ...fileFlag, describe: 'characters that a new table leaves out' })
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

/** Adds `freq measure`, `freq train` and `freq print`. Each is loaded when it runs. */
export const withFreq = (y: Argv, io: Io): Argv =>
  y.command('freq', 'score names by their letters, train and print tables', y =>
    withTrain(withMeasure(y, io), io)
      .command(
        'print <table>',
        'show a table; built-in for the one that comes with the program',
        y => y.positional('table', table),
        async ({ table }) => (await import('./freq.js')).print({ table }, io),
      )
      .demandCommand(1, 'Which freq command? measure, train or print'),
  )

/** Adds `settings` under a name; `$0` if it is the only command. */
export const withSettings = (y: Argv, io: Io, name = 'settings'): Argv =>
  y.command(
    `${name} <dir>`,
    'ask for the settings of a data folder, or change some',
    y =>
      y.positional('dir', { type: 'string', demandOption: true, describe: 'data folder' }).option('set', {
        ...{ type: 'string', array: true, requiresArg: true, default: [] as string[] },
        describe: 'KEY=VALUE in YAML: ask nothing and change that; KEY= for the default',
      }),
    async ({ dir, set }) => (await import('./settings.js')).changeSettings({ dir, set }, io),
  )

/* The commands of domain_stats 1.x, with their names and flags, for scripts and units that call them */

const folder = { type: 'string', demandOption: true, describe: 'data folder' } as const
const file = { type: 'string', requiresArg: true, coerce: dash } as const

const server = (argv: readonly string[], io: Io): Argv =>
  yargs(hideDash(argv)).command(
    '$0 <data_folder>',
    'follow the logs that the settings name and answer over HTTP: domainstats run',
    y => y.positional('data_folder', folder),
    async ({ data_folder: data }) => (await import('./domain-stats-1x.js')).serveDomainStats1x(data, io),
  )

const settings = (argv: readonly string[], io: Io): Argv => withSettings(yargs(hideDash(argv)), io, '$0')

const utils = (argv: readonly string[], io: Io): Argv =>
  // yargs would read -nx as -n and -x, and --no-expire as the negation of --expire.
  yargs(hideDash(argv).map(word => (word === '-nx' ? '--no-expire' : word)))
    .parserConfiguration({ 'boolean-negation': false })
    .command(
      '$0 <data_folder>',
      'import, fix, ask and export, in this order: each as domainstats does it',
      y =>
        y
          .positional('data_folder', folder)
          .option('import', { ...file, alias: 'i', describe: 'a list; its names count as contacted before' })
          .option('fix', { ...offFlag, alias: 'f', describe: 'ask once more for names without a date' })
          .option('domain_file', { ...file, alias: 'd', describe: 'names to ask for, one a line' })
          .option('export', { ...file, alias: 'e', describe: 'where to write all that is known' })
          .option('no-expire', { ...offFlag, describe: 'what -i imports is believed for ever; also -nx' })
          .option('verbose', { ...offFlag, alias: 'v', describe: 'say before each step what it does' })
          .check(once('import', 'export', 'domain_file')),
      async flags =>
        (await import('./domain-stats-1x.js')).useUtils(
          {
            ...{ data: flags.data_folder, importer: flags.import, exporter: flags.export },
            ...{ domains: flags.domain_file, fix: flags.fix, neverExpire: flags['no-expire'] },
            verbose: flags.verbose,
          },
          io,
        ),
    )

/** By the name with which the program is called. */
export const originals: ReadonlyMap<string, (argv: readonly string[], io: Io) => Argv> = new Map([
  ['domain-stats', server],
  ['domain-stats-settings', settings],
  ['domain-stats-utils', utils],
])

/** For users who want to check that the skim changes no result. */
const skim = { type: 'boolean', default: true, describe: '--no-skim: parse each line in full' } as const
const wait = {
  type: 'boolean',
  default: true,
  describe: '--no-wait: end at the hold time, although registries have not answered',
} as const
const list = { type: 'string', array: true, requiresArg: true, default: [] as string[] } as const

/** Adds the commands that read logs. A command is loaded when it runs: loading libraries takes most of the start-up time. */
const withLogs = (y: Argv, io: Io) =>
  y
    .command(
      'run',
      "follow the sensors' logs",
      y =>
        y
          .option('data', {
            ...value,
            default: '.',
            describe: 'data folder: configuration and state',
          })
          .option('zeek', { ...list, describe: 'Zeek dns.log: file, folder or glob' })
          .option('suricata', { ...list, describe: 'Suricata eve.json: file, folder or glob' })
          .option('output', {
            ...value,
            coerce: dash,
            describe: 'where records go; - for stdout',
          })
          .option('http', { ...value, describe: 'answer over HTTP at [HOST:]PORT' })
          .option('once', { type: 'boolean', default: false, describe: 'read to the present end, then stop' })
          .option('wait', wait)
          .option('show', { type: 'boolean', default: false, describe: 'show records on stdout too' })
          .option('skim', skim),
      async flags => (await import('./run.js')).runFollowing({ ...flags, output: flags.output }, io),
    )
    .command(
      'scan <files..>',
      'read logs and archives once; - for stdin',
      y =>
        y
          .positional('files', { ...words, describe: 'logs, folders of logs, archives; - for stdin' })
          .option('data', {
            ...value,
            describe: 'data folder; a throw-away store without it',
          })
          .option('output', {
            ...value,
            coerce: dash,
            describe: 'where records go, stdout without it',
          })
          .option('baseline', { type: 'boolean', default: false, describe: 'first contacts are no alerts' })
          .option('lookup', { type: 'boolean', describe: 'ask registries (default: only with --data)' })
          .option('wait', wait)
          .option('skim', skim),
      async flags =>
        (await import('./scan.js')).scan(
          { ...flags, data: flags.data, output: flags.output, lookup: flags.lookup },
          io,
        ),
    )

const withFeedback = (y: Argv, io: Io) =>
  y.command(
    'feedback',
    'write datasets and rules for Suricata: what is new, tagged and seen',
    y =>
      y
        .option('data', data)
        .option('to', { ...value, describe: 'folder for the files (default: feedback.folder)' })
        .check(once('data', 'to')),
    async ({ data, to }) => (await import('./feedback.js')).feedBack({ data, to }, io),
  )

const withAll = (y: Argv, io: Io): Argv =>
  withSettings(
    withFreq(
      withIsc(
        withFeedback(
          withDeclared(withMutes(withTags(withPdns(withData(withLogs(y, io), io), io), io, dash), io), io),
          io,
        ),
        io,
      ),
      io,
    ),
    io,
  )
    .completion('completion', 'print a completion script for your shell: bash, zsh or fish')
    .check(once('data', 'output', 'http'))
    .demandCommand(1, 'Which command?')

const parser = (argv: readonly string[], io: Io, name: string) => {
  const original = originals.get(name)
  return (
    (original ? original(argv, io) : withAll(yargs(hideDash(argv)), io))
      .scriptName(name)
      .version(version)
      .alias('help', 'h')
      .strict()
      .exitProcess(false)
      // `error` is that of a command; `message` is that of yargs for wrong usage.
      .fail((message: string | null, error: Error | undefined) => {
        throw message === null ? (error ?? new Error('failed')) : new UsageError(message)
      })
  )
}

/**
 * The help of a command.
 *
 * @param words the words of the command, such as `freq` and `train`
 * @param columns null: lines are not broken
 */
export const helpOf = (words: readonly string[], io: Io, columns: number | null): Promise<string> =>
  parser(words, io, 'domainstats').wrap(columns).getHelp()

/**
 * Runs a command.
 *
 * @param called the name with which the program was called; that of a command of domain_stats 1.x selects this command
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage; 3 done, and `digest` has an alert that wants a look
 */
export const runCommandLine = async (
  argv: readonly string[],
  io: Io,
  called = 'domainstats',
): Promise<number> => {
  const name = originals.has(called) ? called : 'domainstats'
  try {
    if (argv[0] === '--version') {
      io.stdout.write(`${(await import('./version.js')).versionLine()}\n`)
      return 0
    }
    const line = parser(argv, io, name)
    // yargs renders the help of each command that it runs. Unless the user will see it, it need not be broken into lines,
    // which takes a fifth of a start.
    if (!argv.some(word => word === '--help' || word === '-h')) line.wrap(null)
    await line.parseAsync()
    return 0
  } catch (error) {
    if (error instanceof ExitStatus) return error.code
    const isUsage = error instanceof UsageError
    const message = error instanceof Error ? error.message : String(error)
    io.stderr.write(`${name}: ${message}\n${isUsage ? `See ${name} --help.\n` : ''}`)
    return isUsage ? 2 : 1
  }
}
