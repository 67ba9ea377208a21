/** The flags of `isc-server`, `isc-client` and `isc-alert`, for yargs. Each command is loaded when it runs. */
import type { Argv } from 'yargs'
import { data, offFlag, once, value } from './flags.js'
import type { Io } from './io.js'

const name = { type: 'string', demandOption: true, describe: 'name of the client' } as const
const domain = { type: 'string', demandOption: true, describe: 'a domain, as it was pasted' } as const
const json = { ...offFlag, describe: 'JSON lines, also on a terminal' } as const

const withServer = (y: Argv, io: Io): Argv =>
  y.command(
    'isc-server',
    'answer the sensors of many sites: one look-up, one first contact',
    y =>
      y
        .option('data', data)
        .option('listen', { ...value, describe: '[HOST:]PORT (default: isc_server.listen)' })
        .check(once('data', 'listen')),
    async ({ data, listen }) => (await import('./run.js')).runIscServer({ data, listen }, io),
  )

const withChangesOfClients = (y: Argv, io: Io) =>
  y
    .command(
      'add <name>',
      'let a client ask: prints its token, which is not stored',
      y =>
        y
          .positional('name', name)
          .option('per-minute', {
            ...{ type: 'number', requiresArg: true },
            describe: 'commands a minute (default: isc_server.per_minute)',
          })
          .option('data', data)
          .check(once('per-minute', 'data')),
      async ({ name, perMinute, data }) =>
        (await import('./isc-clients.js')).addIscClient({ name, perMinute, data }, io),
    )
    .command(
      'remove <name>',
      'forget a client: its token is worth nothing any more',
      y => y.positional('name', name).option('data', data).check(once('data')),
      async ({ name, data }) => (await import('./isc-clients.js')).removeIscClient({ name, data }, io),
    )
    .command(
      'deny <name> <text>',
      'refuse a client, and tell it why',
      y =>
        y
          .positional('name', name)
          .positional('text', {
            type: 'string',
            demandOption: true,
            describe: 'the message that the client gets',
          })
          .option('data', data)
          .check(once('data')),
      async ({ name, text, data }) =>
        (await import('./isc-clients.js')).denyIscClient({ name, text, data }, io),
    )
    .command(
      'allow <name>',
      'let a refused client ask again',
      y => y.positional('name', name).option('data', data).check(once('data')),
      async ({ name, data }) =>
        (await import('./isc-clients.js')).denyIscClient({ name, text: undefined, data }, io),
    )

const withClients = (y: Argv, io: Io): Argv =>
  y.command('isc-client', 'say who may ask the ISC server', y =>
    withChangesOfClients(y, io)
      .command(
        'list',
        'show the clients, with what they did and told',
        y => y.option('json', json).option('data', data).check(once('data')),
        async ({ json, data }) => (await import('./isc-clients.js')).listIscClients({ json, data }, io),
      )
      .demandCommand(1, 'Which isc-client command? add, list, remove, deny or allow'),
  )

const withAlerts = (y: Argv, io: Io): Argv =>
  y.command('isc-alert', 'warn the clients of the ISC server of domains', y =>
    y
      .command(
        'add <domain> <text>',
        'send an alert with each answer about a domain',
        y =>
          y
            .positional('domain', domain)
            .positional('text', { type: 'string', demandOption: true, describe: 'the alert' })
            .option('by', { ...value, describe: 'who says so (default: your user)' })
            .option('data', data)
            .check(once('by', 'data')),
        async ({ domain, text, by, data }) =>
          (await import('./isc-alerts.js')).addIscAlert({ domain, text, by, data }, io),
      )
      .command(
        'list',
        'show the alerts',
        y => y.option('json', json).option('data', data).check(once('data')),
        async ({ json, data }) => (await import('./isc-alerts.js')).listIscAlerts({ json, data }, io),
      )
      .command(
        'remove <domain> [text]',
        'take an alert back, or all of a domain',
        y =>
          y
            .positional('domain', domain)
            .positional('text', { type: 'string', describe: 'only this one' })
            .option('data', data)
            .check(once('data')),
        async ({ domain, text, data }) =>
          (await import('./isc-alerts.js')).removeIscAlert({ domain, text, data }, io),
      )
      .demandCommand(1, 'Which isc-alert command? add, list or remove'),
  )

/** Adds the commands of the ISC server. */
export const withIsc = (y: Argv, io: Io): Argv => withAlerts(withClients(withServer(y, io), io), io)
