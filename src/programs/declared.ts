/** The commands as the settings declare them, ready to be asked: who reads their values, their pace, their environment. */
import { createHash } from 'node:crypto'
import type { CommandSettings } from '../config/schema-commands.js'
import type { Reducer } from '../names/psl.js'
import type { Clock } from '../time/clock.js'
import { createTurns, type RunTurns } from './run-turns.js'
import { type ReadCommandValue, valueReader } from './value.js'

/** What happened since the start. */
export interface CommandCounts {
  /** Runs that ended; and those that failed, with programs that could not be started. */
  runs: number
  failed: number
  /** Questions that were answered from the cache, and those that waited for the run of another one. */
  cached: number
  shared: number
  refused: number
}

export interface DeclaredCommand {
  readonly name: string
  readonly settings: CommandSettings
  readonly read: ReadCommandValue
  readonly turns: RunTurns
  /** The variables of its program. */
  readonly env: Readonly<Record<string, string>>
  /** A digest of all that an answer depends on. */
  readonly declared: string
  readonly counts: CommandCounts
}

export interface DeclaringOptions {
  readonly commands: Readonly<Record<string, CommandSettings>>
  /** The environment of domainstats, of which programs get what `env` names. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly reduce: Reducer['reduce']
  readonly clock: Clock
}

/** Where programs are looked for, whatever PATH domainstats was started with. */
const programPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const envOf = (
  { env }: CommandSettings,
  variables: DeclaringOptions['variables'],
): Readonly<Record<string, string>> => {
  const own = env.flatMap((entry): [string, string][] => {
    const [, name = '', value = variables[name]] = /^(\w+)(?:=(.*))?$/s.exec(entry) ?? []
    return value === undefined ? [] : [[name, value]]
  })
  return { PATH: programPath, LC_ALL: 'C.UTF-8', ...Object.fromEntries(own) }
}

const digestOf = ({ argv, env, stderr, output_bytes_max, result }: CommandSettings): string =>
  createHash('sha256')
    .update(JSON.stringify([argv, env, stderr, output_bytes_max, result]))
    .digest('hex')
    .slice(0, 16)

/** Opens each command. @throws Error that names the setting, if RE2 cannot read its `accepts` */
export const declare = async ({
  commands,
  variables,
  reduce,
  clock,
}: DeclaringOptions): Promise<ReadonlyMap<string, DeclaredCommand>> => {
  const all = Object.entries(commands).map(async ([name, settings]): Promise<[string, DeclaredCommand]> => {
    const read = await valueReader(settings.accepts, reduce).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`commands.${name}.accepts: ${why}`, { cause: error })
    })
    const turns = createTurns(settings.at_once, settings.per_minute ?? Infinity, clock)
    const counts = { runs: 0, failed: 0, cached: 0, shared: 0, refused: 0 }
    return [
      name,
      { name, settings, read, turns, env: envOf(settings, variables), declared: digestOf(settings), counts },
    ]
  })
  return new Map(await Promise.all(all))
}
