/** The flags of the commands on a data folder, for yargs. Each command is loaded when it runs. */
import type { Argv } from 'yargs'
import { commandAnswerSorts } from '../store/command-answers.js'
import { formats } from '../transfer/formats.js'
import { behindDashes, data, dash, literal, offFlag, once, value, word, words } from './flags.js'
import { UsageError, type Io } from './io.js'

const here = { ...value, default: '.', describe: 'data folder' } as const

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
        .option('ranks', {
          ...offFlag,
          describe: 'a list of the most asked domains: take their places alone',
        })
        .conflicts('source', 'tag')
        .check(once('from-domain-stats', 'format', 'source', 'tag')),
    async ({ file, data, fromDomainStats, format, source, tag, seen, neverExpire, ranks }) => {
      if (ranks) {
        if (fromDomainStats !== undefined || (source ?? tag) !== undefined || seen || neverExpire)
          throw new UsageError('import --ranks takes a file, and of the other flags --data and --format.')
        await (await import('./ranks.js')).importRanksData({ file, data, format }, io)
        return
      }
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

const withUpdate = (y: Argv, io: Io) =>
  y.command(
    'update',
    'take registrations that somebody publishes in versions',
    y =>
      y
        .option('data', data)
        .option('from', { ...value, describe: 'https address of them (default: updates.url)' })
        .check(once('data', 'from')),
    async ({ data, from }) => (await import('./update.js')).updateData({ data, from }, io),
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
        .option('risk', { ...offFlag, describe: 'the highest risk first; with --top only N' })
        .check(once('since', 'match', 'top')),
    async ({ data, new: onlyNew, since, match, top, risk }) =>
      (await import('./list.js')).list({ data, onlyNew, since, match, top, risk }, io),
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

const withWhois = (y: Argv, io: Io) =>
  y.command(
    'whois <names..>',
    'say all that registries tell of domains, one JSON line each; what is kept is not asked again',
    y =>
      y
        .positional('names', { ...words, describe: 'domain names, as they were pasted' })
        .option('fields', { ...value, describe: 'only these keys, between commas' })
        .option('data', { ...value, describe: 'data folder; without it nothing is kept' })
        .check(once('fields', 'data')),
    async ({ names, fields, data }) => (await import('./whois.js')).whois({ names, fields, data }, io),
  )

const withAsked = (y: Argv, io: Io) =>
  y.command(
    'asked',
    'show what registries were asked, and when',
    y =>
      y
        .option('data', here)
        .option('since', { ...value, describe: 'only since then: 24h, 7d, or a date' })
        .check(once('data', 'since')),
    async ({ data, since }) => (await import('./asked.js')).listAsked({ data, since }, io),
  )

const withDigest = (y: Argv, io: Io) =>
  y.command(
    'digest',
    'say what a day brought, as text for a mail; exit code 3 if an alert wants a look',
    y =>
      y
        .option('data', here)
        .option('since', { ...value, default: '24h', describe: 'records since then: 24h, 7d, or a date' })
        .option('top', {
          ...{ type: 'number', requiresArg: true, default: 10 },
          describe: 'how many domains, clients and services are named of each kind',
        })
        .check(once('data', 'since', 'top')),
    async ({ data, since, top }) =>
      (await import('./digest/digest.js')).printDigest({ data, since, top }, io),
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

const withShare = (y: Argv, io: Io) =>
  y.command(
    'share',
    'tell the site which domains this sensor contacted; --pull takes what the site knows',
    y =>
      y
        .option('data', data)
        .option('pull', { ...offFlag, describe: 'take what the site knows, and tell it nothing' })
        .option('again', {
          ...offFlag,
          describe: 'push counts and facts that the site knew, too: it has lost some',
        })
        .check(once('data'))
        .check(
          ({ again, pull }) => !(again && pull) || 'Either --again or --pull: one gives, the other takes.',
        ),
    async ({ data, pull, again }) => (await import('./share.js')).shareData({ data, pull, again }, io),
  )

const withHealth = (y: Argv, io: Io) =>
  y
    .command(
      'fix',
      'ask once more for names without a date, by RDAP and WHOIS',
      y => y.option('data', here),
      async flags => (await import('./fix.js')).fixData(flags, io),
    )
    .command(
      'check',
      'say whether the configuration is right',
      y => y.option('data', here),
      async flags => (await import('./check.js')).checkFolder(flags, io),
    )
    .command(
      'doctor',
      'say what is wrong, and what to do: check, and disk, clock, network, sinks and the live run',
      y =>
        y
          .option('data', here)
          .option('json', { ...offFlag, describe: 'JSON lines' })
          .option('live', { ...offFlag, describe: 'only the live run: the health check of a container' })
          .option('http', { ...value, describe: 'where the run answers, if its own --http said so' }),
      async flags => (await import('./doctor/doctor.js')).examine(flags, io),
    )

/** Adds `query`, `whois`, `list`, `asked`, `digest`, `import`, `baseline`, `update`, `export`, `backup`, `share`, `fix`, `check` and `doctor`. */
export const withData = (y: Argv, io: Io): Argv =>
  [
    withQuery,
    withWhois,
    withList,
    withAsked,
    withDigest,
    withImport,
    withBaseline,
    withUpdate,
    withExport,
    withBackup,
    withShare,
    withHealth,
  ].reduce((all, add) => add(all, io), y)

/* Programs that the settings declare */

const asJson = { ...offFlag, describe: 'JSON lines, also on a terminal' } as const
const declared = { ...word, describe: 'as the settings have it' } as const

/** Adds `commands list`, `run`, `dump` and `import`. */
export const withDeclared = (y: Argv, io: Io): Argv =>
  y.command('commands', 'ask programs that the settings declare, and see what is kept of them', y =>
    y
      .command(
        'list',
        'show the commands of the settings',
        y => y.option('data', data).option('json', asJson).check(once('data')),
        async ({ data, json }) => (await import('./declared-commands.js')).listCommands({ data, json }, io),
      )
      .command(
        'run <name> [value]',
        'ask one about a value; what is kept is not asked again',
        y =>
          y
            .parserConfiguration(literal)
            .positional('name', declared)
            .positional('value', {
              ...{ type: 'string', coerce: dash },
              describe: 'a name, an address or a network; behind -- any text',
            })
            .option('data', data)
            .option('json', asJson)
            .check(once('data')),
        async ({ name, value, data, json, ...flags }) => {
          const [text, ...more] = [...(value === undefined ? [] : [value]), ...behindDashes(flags)]
          if (text === undefined || more.length > 0)
            throw new UsageError('commands run takes a command and one value.')
          await (await import('./declared-commands.js')).runCommand({ name, value: text, data, json }, io)
        },
      )
      .command(
        'dump <name>',
        'show what is kept of one',
        y =>
          y
            .positional('name', declared)
            .option('sort', {
              ...{ choices: commandAnswerSorts, default: 'key' as const, requiresArg: true },
              describe: 'by value, age, use or answer',
            })
            .option('data', data)
            .option('json', asJson)
            .check(once('data')),
        async flags => (await import('./declared-commands.js')).dumpCommand(flags, io),
      )
      .command(
        'import <file>',
        'print an apiify.yaml as settings of domainstats, or write it there',
        y =>
          y
            .positional('file', { ...word, describe: 'the settings of an APIify' })
            .option('name', { ...value, describe: 'what the command is called (default: its program)' })
            .option('accepts', {
              ...value,
              describe: 'domain, host, ip, cidr or /expression/ (default: by program)',
            })
            .option('write', { ...offFlag, describe: 'add it to the settings of the data folder' })
            .option('data', { ...value, describe: 'data folder, for --write' })
            .check(once('name', 'accepts', 'data')),
        async flags => (await import('./import-apiify.js')).importApiify(flags, io),
      )
      .demandCommand(1, 'Which of the commands? list, run, dump or import'),
  )
