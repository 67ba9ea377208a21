/** The flags of `pdns` and `who`, for yargs. Each command is loaded when it runs. */
import type { Argv } from 'yargs'
import {
  pdnsDaysDefault,
  pdnsDaysMax,
  pdnsRowsDefault,
  pdnsRowsMax,
  pdnsTopDefault,
  whoNamesMax,
} from '../limits.js'
import { tagNames } from '../model/tag.js'
import { behindDashes, data, literal, offFlag, once, value, word } from './flags.js'
import { UsageError, type Io } from './io.js'

/** yargs hands flags that are not global to a command's own words only, not to those of its subcommands. */
const own = { global: false } as const
const json = { ...offFlag, describe: 'JSON lines on a terminal, too' } as const

/** @throws UsageError for a number that is not whole, or out of bounds */
const demandWhole = (name: string, least: number, most: number, given: number | undefined): void => {
  if (given !== undefined && !(Number.isSafeInteger(given) && given >= least && given <= most))
    throw new UsageError(`--${name} takes a whole number from ${least} to ${most}.`)
}

const number = { type: 'number' as const, requiresArg: true }

/** A TTL has 31 bits (RFC 2181 8). */
const ttl = (name: string, least: number) => ({
  ...number,
  coerce: (given: number | undefined) => {
    demandWhole(name, least, 0x7fff_ffff, given)
    return given
  },
})

const counted = (name: string, most: number, usual: number) => ({
  ...{ ...number, default: usual },
  coerce: (given: number) => {
    demandWhole(name, 1, most, given)
    return given
  },
})

const limitOf = (rows: number) => ({
  ...counted('limit', pdnsRowsMax, rows),
  describe: 'so many rows at most',
})

/** The flags that choose rows by type and time. */
const withTimes = <T>(y: Argv<T>) =>
  y
    .option('type', { ...value, ...own, describe: 'only records of this type: A, CNAME, TYPE65' })
    .option('since', { ...value, ...own, describe: 'only rows seen since then: 24h, 7d, or a date' })
    .option('until', { ...value, ...own, describe: 'only rows seen until then' })

/** The flags that choose rows. */
const withFilter = <T>(y: Argv<T>) =>
  withTimes(y)
    .option('ttl-below', { ...ttl('ttl-below', 1), ...own, describe: 'only rows whose lowest TTL is below' })
    .option('ttl', { ...ttl('ttl', 0), ...own, describe: 'only rows whose TTLs include this one' })
    .option('limit', { ...limitOf(pdnsRowsDefault), ...own })
    .option('sort', {
      ...{ choices: ['first', 'last', 'count', 'name'] as const, requiresArg: true, ...own },
      describe: 'the latest, the highest count, or by name; else as they are found',
    })
    .check(once('type', 'since', 'until', 'ttl-below', 'ttl', 'limit', 'sort'), false)

const withTop = (y: Argv<{ data: string; json: boolean }>, io: Io) =>
  y
    .command(
      'top',
      'names most asked for, domains or addresses with most names',
      y =>
        y
          .option('by', {
            choices: ['questions', 'clients', 'names'] as const,
            requiresArg: true,
            describe: 'names by questions or clients, domains by the names below them',
          })
          .option('addresses', { ...offFlag, describe: 'the addresses with most names' })
          .option('limit', limitOf(pdnsTopDefault))
          .check(once('by', 'limit')),
      async flags => (await import('./pdns-counts.js')).pdnsTop(flags, io),
    )
    .command(
      'subdomains <domain>',
      'count the names below a domain, by level',
      y => y.positional('domain', { type: 'string', demandOption: true, describe: 'a domain name' }),
      async flags => (await import('./pdns-counts.js')).pdnsSubdomains(flags, io),
    )
    .command(
      'new',
      'count the names first asked for, day by day',
      y =>
        y
          .option('days', {
            ...counted('days', pdnsDaysMax, pdnsDaysDefault),
            describe: 'so many days up to today',
          })
          .check(once('days')),
      async flags => (await import('./pdns-counts.js')).pdnsNew(flags, io),
    )
    .command(
      'unanswered',
      'names with most questions that were not answered',
      y =>
        y
          .option('rcode', {
            choices: ['NXDOMAIN', 'SERVFAIL', 'REFUSED', 'EMPTY', 'NONE'] as const,
            requiresArg: true,
            describe: 'only for this reason; EMPTY: no record, NONE: no response',
          })
          .option('limit', limitOf(pdnsTopDefault))
          .check(once('rcode', 'limit')),
      async flags => (await import('./pdns-counts.js')).pdnsUnanswered(flags, io),
    )

const withParked = (y: Argv<{ data: string; json: boolean }>, io: Io) =>
  y.command(
    'parked',
    'names with addresses that are loopback, private, link-local, 0.0.0.0, or in pdns.parking',
    y => withFilter(y),
    async flags => (await import('./pdns.js')).pdnsParked(flags, io),
  )

const withNear = (y: Argv<{ data: string; json: boolean }>, io: Io) =>
  y.command(
    'near <address>',
    'the tagged addresses nearest to an address, also those of tagged names',
    y =>
      y
        .positional('address', { type: 'string', demandOption: true, describe: 'an IPv4 or IPv6 address' })
        .option('tag', {
          ...{ choices: tagNames, requiresArg: true, default: 'threat' as const },
          describe: 'addresses with this tag',
        })
        .option('limit', limitOf(pdnsTopDefault))
        .check(once('tag', 'limit')),
    async flags => (await import('./pdns.js')).pdnsNear(flags, io),
  )

const withExchange = (y: Argv<{ data: string; json: boolean }>, io: Io) =>
  y
    .command(
      'export <file>',
      'write all facts as lines of the Common Output Format; - for stdout',
      y =>
        withTimes(y)
          .positional('file', { ...word, describe: 'where to; - for stdout' })
          .option('all', { ...offFlag, describe: 'with internal and ignored names, and private addresses' })
          .check(once('type', 'since', 'until'), false),
      async flags => (await import('./pdns-exchange.js')).exportPdns(flags, io),
    )
    .command(
      'import <file>',
      'take facts in the Common Output Format from others; - for stdin',
      y =>
        y
          .positional('file', { ...word, describe: 'an export, packed with gzip or not; - for stdin' })
          .option('sensor', { ...value, describe: "the sensor of rows that name none; else the file's name" })
          .check(once('sensor'), false),
      async flags => (await import('./pdns-exchange.js')).importPdns(flags, io),
    )

/** Adds `pdns` and `who`. */
export const withPdns = (y: Argv, io: Io): Argv =>
  y
    .command(
      'pdns [query]',
      'ask passive DNS: which name had which record, and when',
      y => {
        const asked = withFilter(
          y
            .parserConfiguration(literal)
            .positional('query', {
              type: 'string',
              describe:
                'a name, *.name, name.*, *word*, /regex/, an address, a CIDR, a range a-b; behind -- it may begin with a dash',
            })
            // Its commands have other positionals, or none.
            .option('query', { type: 'string', ...own })
            .option('data', data)
            .option('json', json)
            .option('site', {
              ...{ ...offFlag, ...own },
              describe:
                'what all sensors of the site know, if the settings share it; for a name or an address',
            })
            .check(once('data')),
        )
        withTop(asked, io)
        withParked(asked, io)
        withNear(asked, io)
        withExchange(asked, io)
        return asked
      },
      async flags => {
        const query = flags.query ?? behindDashes(flags)[0]
        await (await import('./pdns.js')).pdnsQuery({ ...flags, query }, io)
      },
    )
    .command(
      'who <query>',
      'say which clients asked for a name, or for names with an address',
      y =>
        y
          .positional('query', {
            ...{ type: 'string', demandOption: true },
            describe: `as for pdns; up to ${whoNamesMax} names`,
          } as const)
          .option('data', data)
          .option('json', json)
          .option('limit', limitOf(pdnsRowsDefault))
          .check(once('data', 'limit')),
      async flags => (await import('./pdns-counts.js')).who(flags, io),
    )
