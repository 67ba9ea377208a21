/** The command line: arguments to a command, errors to an exit code. */
import yargs, { type Argv } from 'yargs'
import { dash, dashes, hideDash } from './dash.js'
import { withLists } from './data-command-line.js'
import { withFreq } from './freq-command-line.js'
import { UsageError, type Io } from './io.js'
import { originals } from './original-command-line.js'
import { withSettings } from './settings-command-line.js'
import { version } from '../version.js'

const value = { type: 'string', requiresArg: true } as const
/** For whoever wants to see that it makes no difference. */
const skim = { type: 'boolean', default: true, describe: '--no-skim: parse each line in full' } as const
const wait = {
  type: 'boolean',
  default: true,
  describe: '--no-wait: end at the hold time, although registries have not answered',
} as const
const list = { type: 'string', array: true, requiresArg: true, default: [] as string[] } as const

/** yargs makes a list of what is given twice; of these there can be one only. */
const once = (flags: Readonly<Record<string, unknown>>): true => {
  for (const name of ['data', 'output', 'http'])
    if (Array.isArray(flags[name])) throw new UsageError(`--${name} is given twice`)
  return true
}

/** The commands that read logs. Commands are loaded when they are called: most start-up time is the loading of libraries. */
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
      async flags => (await import('./run.js')).run({ ...flags, output: flags.output }, io),
    )
    .command(
      'scan <files..>',
      'read logs and archives once; - for stdin',
      y =>
        y
          .positional('files', { type: 'string', array: true, demandOption: true, coerce: dashes })
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

/** The commands on a data folder. */
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
      async flags => (await import('./check.js')).check(flags, io),
    )

const withAll = (y: Argv, io: Io): Argv =>
  withSettings(withFreq(withData(withLogs(y, io), io), io), io)
    .check(once)
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
      // yargs gives an error of a command as it is, and a message of its own where the words make no sense.
      .fail((message: string | null, error: Error | undefined) => {
        throw message === null ? (error ?? new Error('failed')) : new UsageError(message)
      })
  )
}

/**
 * Runs a command.
 *
 * @param called the name that the program was called by: that of a command of domain_stats 1.x is an alias
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export const run = async (argv: readonly string[], io: Io, called = 'domainstats'): Promise<number> => {
  const name = originals.has(called) ? called : 'domainstats'
  try {
    await parser(argv, io, name).parseAsync()
    return 0
  } catch (error) {
    const isUsage = error instanceof UsageError
    const message = error instanceof Error ? error.message : String(error)
    io.stderr.write(`${name}: ${message}\n${isUsage ? `See ${name} --help.\n` : ''}`)
    return isUsage ? 2 : 1
  }
}
