/** The words and flags of `domainstats query`, `list`, `asked`, `import`, `export` and `backup`. */
import type { Argv } from 'yargs'
import { formats } from '../data/formats.js'
import { dash, dashes } from './dash.js'
import { UsageError, type Io } from './io.js'

const value = { type: 'string', requiresArg: true } as const
const data = { ...value, demandOption: true, describe: 'data folder' } as const
const flag = { type: 'boolean', default: false } as const

/** yargs makes a list of what is given twice; of these there can be one only. */
const once =
  (...names: readonly string[]) =>
  (flags: Readonly<Record<string, unknown>>): true => {
    const twice = names.find(name => Array.isArray(flags[name]))
    if (twice !== undefined) throw new UsageError(`--${twice} is given twice`)
    return true
  }

const withImport = (y: Argv, io: Io) =>
  y.command(
    'import [file]',
    'take registrations from a list, an export or a domain_stats; - for stdin',
    y =>
      y
        .positional('file', { type: 'string', coerce: dash })
        .option('data', data)
        .option('from-domain-stats', { ...value, describe: 'the data folder of a domain_stats 1.x' })
        .option('format', { choices: formats, requiresArg: true, describe: 'the format, if it is not told' })
        .option('tag', { ...value, describe: 'who says so: stands with each registration' })
        .option('seen', { ...flag, describe: 'the names count as contacted before: no first contact' })
        .option('never-expire', { ...flag, describe: 'the registrations are believed for ever' })
        .check(once('from-domain-stats', 'format', 'tag')),
    async ({ file, data, fromDomainStats, format, tag, seen, neverExpire }) =>
      (await import('./import.js')).importData(
        { file, data, fromDomainStats, format, tag, seen, neverExpire },
        io,
      ),
  )

const withExport = (y: Argv, io: Io) =>
  y.command(
    'export <file>',
    'write all that is known as a list; - for stdout',
    y => y.positional('file', { type: 'string', demandOption: true, coerce: dash }).option('data', data),
    async ({ file, data }) => (await import('./export.js')).exportData({ file, data }, io),
  )

const withList = (y: Argv, io: Io) =>
  y.command(
    'list',
    'show what is known, the newest first contact first',
    y =>
      y
        .option('data', data)
        .option('new', { ...flag, describe: 'only domains registered lately' })
        .option('since', { ...value, describe: 'first contacts since then: 24h, 7d, or a date' })
        .option('match', { ...value, describe: 'only names that match: * any characters, ? one' })
        .option('top', { type: 'number', requiresArg: true, describe: 'the so many asked for most' })
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
        .positional('names', { type: 'string', array: true, demandOption: true, coerce: dashes })
        .option('data', { ...value, describe: 'data folder; without it nothing is remembered' })
        .option('peek', { ...flag, describe: 'the question is no contact, and nobody is asked' })
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
    async ({ data, since }) => (await import('./asked.js')).asked({ data, since }, io),
  )

const withBackup = (y: Argv, io: Io) =>
  y.command(
    'backup <file>',
    'copy the database, beside a live run too',
    y =>
      y.positional('file', { type: 'string', demandOption: true }).option('data', data).check(once('data')),
    async ({ file, data }) => (await import('./backup.js')).backupData({ file, data }, io),
  )

/** Adds `query`, `list`, `asked`, `import`, `export` and `backup`. Each is loaded when it is called. */
export const withLists = (y: Argv, io: Io): Argv =>
  withBackup(withExport(withImport(withAsked(withList(withQuery(y, io), io), io), io), io), io)
