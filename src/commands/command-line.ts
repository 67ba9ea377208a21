/** The command line: parses arguments, runs the command, and turns errors into an exit code. */
import yargs, { type Argv } from 'yargs'
import { version } from '../telemetry/report.js'
import { formats } from '../transfer/formats.js'
import { behindDashes, dash, dashes, data, hideDash, literal, offFlag, once, value, word } from './flags.js'
import { UsageError, type Io } from './io.js'
import { withPdns } from './pdns-commands.js'
import { withTags } from './tag-commands.js'

/* query, list, asked, import, baseline, export, backup */

const words = { type: 'string', demandOption: true, array: true, coerce: dashes } as const

const withImport = (y: Argv, io: Io) =>
  y.command(
    'import [file]',
    'take registrations from a list, an export or a domain_stats; - for stdin',
    y =>
      y
        .positional('file', { type: 'string', coerce: dash, describe: 'the list; - for stdin' })
        .option('data', data)
        .option('from-domain-stats', { ...value, describe: 'the data folder of a domain_stats 1.x' })
        .option('format', { choices: formats, requiresArg: true, describe: 'the format, if it is not told' })
        .option('source', { ...value, describe: 'who says so: stands with each registration' })
        // Its name before there were tags.
        .option('tag', { ...value, hidden: true })
        .option('seen', { ...offFlag, describe: 'the names count as contacted before: no first contact' })
        .option('never-expire', { ...offFlag, describe: 'the registrations are believed for ever' })
        .conflicts('source', 'tag')
        .check(once('from-domain-stats', 'format', 'source', 'tag')),
    async ({ file, data, fromDomainStats, format, source, tag, seen, neverExpire }) => {
      if (tag !== undefined) io.stderr.write('import --tag is called --source now.\n')
      await (
        await import('./import-export.js')
      ).importData({ file, data, fromDomainStats, format, source: source ?? tag, seen, neverExpire }, io)
    },
  )

const withBaseline = (y: Argv, io: Io) =>
  y.command(
    'baseline',
    'take domains that everybody asks for as contacted before',
    y =>
      y
        .option('data', data)
        .option('top', { ...offFlag, describe: 'the list of 10,000 that comes with the program' })
        .check(once('data')),
    async ({ data, top }) => (await import('./baseline.js')).takeBaseline({ data, top }, io),
  )

const withExport = (y: Argv, io: Io) =>
  y.command(
    'export <file>',
    'write all that is known as a list; - for stdout',
    y => y.positional('file', { ...word, describe: 'where to; - for stdout' }).option('data', data),
    async ({ file, data }) => (await import('./import-export.js')).exportData({ file, data }, io),
  )

const withList = (y: Argv, io: Io) =>
  y.command(
    'list',
    'show what is known, the newest first contact first',
    y =>
      y
        .option('data', data)
        .option('new', { ...offFlag, describe: 'only domains registered lately' })
        .option('since', { ...value, describe: 'first contacts since then: 24h, 7d, or a date' })
        .option('match', { ...value, describe: 'only names that match: * any characters, ? one' })
        .option('top', { type: 'number', requiresArg: true, describe: 'only the N asked for most' })
        .check(once('since', 'match', 'top')),
    async ({ data, new: onlyNew, since, match, top }) =>
      (await import('./list.js')).list({ data, onlyNew, since, match, top }, io),
  )

const withQuery = (y: Argv, io: Io) =>
  y.command(
    'query <names..>',
    'say what is known of names, one JSON line each; - for names on stdin',
    y =>
      y
        .positional('names', { ...words, describe: 'domain names, as they were pasted; - for stdin' })
        .option('data', { ...value, describe: 'data folder; without it nothing is remembered' })
        .option('peek', { ...offFlag, describe: 'the question is not a contact, and no registry is asked' })
        .option('lookup', { type: 'boolean', describe: 'ask registries (default: only with --data)' })
        .check(once('data')),
    async ({ names, data, peek, lookup }) =>
      (await import('./query.js')).query({ names, data, peek, lookup }, io),
  )

const withAsked = (y: Argv, io: Io) =>
  y.command(
    'asked',
    'show what registries were asked, and when',
    y =>
      y
        .option('data', { ...value, default: '.', describe: 'data folder' })
        .option('since', { ...value, describe: 'only since then: 24h, 7d, or a date' })
        .check(once('data', 'since')),
    async ({ data, since }) => (await import('./asked.js')).listAsked({ data, since }, io),
  )

const withBackup = (y: Argv, io: Io) =>
  y.command(
    'backup <file>',
    'copy the database, beside a live run too',
    y =>
      y
        .positional('file', { type: 'string', demandOption: true, describe: 'where to' })
        .option('data', data)
        .check(once('data')),
    async ({ file, data }) => (await import('./import-export.js')).backupData({ file, data }, io),
  )

/** Adds the commands on what is known. Each is loaded when it runs. */
export const withLists = (y: Argv, io: Io): Argv =>
  [withQuery, withList, withAsked, withImport, withBaseline, withExport, withBackup].reduce(
    (all, add) => add(all, io),
    y,
  )

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

/** Adds the commands on a data folder. */
const withData = (y: Argv, io: Io) =>
  withLists(y, io)
    .command(
      'fix',
      'ask once more for names without a date, by RDAP and WHOIS',
      y => y.option('data', { ...value, default: '.', describe: 'data folder' }),
      async flags => (await import('./fix.js')).fixData(flags, io),
    )
    .command(
      'check',
      'say whether the configuration is right',
      y => y.option('data', { ...value, default: '.', describe: 'data folder' }),
      async flags => (await import('./check.js')).checkFolder(flags, io),
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
    withFreq(withFeedback(withTags(withPdns(withData(withLogs(y, io), io), io), io, dash), io), io),
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
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export const runCommandLine = async (
  argv: readonly string[],
  io: Io,
  called = 'domainstats',
): Promise<number> => {
  const name = originals.has(called) ? called : 'domainstats'
  try {
    const line = parser(argv, io, name)
    // yargs renders the help of each command that it runs. Unless the user will see it, it need not be broken into lines,
    // which takes a fifth of a start.
    if (!argv.some(word => word === '--help' || word === '-h')) line.wrap(null)
    await line.parseAsync()
    return 0
  } catch (error) {
    const isUsage = error instanceof UsageError
    const message = error instanceof Error ? error.message : String(error)
    io.stderr.write(`${name}: ${message}\n${isUsage ? `See ${name} --help.\n` : ''}`)
    return isUsage ? 2 : 1
  }
}
