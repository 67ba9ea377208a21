/** The words and flags of `domainstats settings`. */
import type { Argv } from 'yargs'
import type { Io } from './io.js'

/** Adds the command by a name: `$0` where it is the only one. It is loaded when it is called. */
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
