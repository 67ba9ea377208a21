/** The commands as the settings declare them, ready to be asked: who reads their values, who answers, and at which pace. */
import { createHash } from 'node:crypto'
import type { CommandSettings } from '../config/schema-commands.js'
import type { Network } from '../lookup/net/addresses.js'
import type { Reducer } from '../names/psl.js'
import type { Clock } from '../time/clock.js'
import type { AnswerSource } from './answer.js'
import { createOutputMatcher, type OutputMatcher } from './output-matcher.js'
import { programSource } from './program.js'
import { createTurns, type RunTurns } from './run-turns.js'
import { geolocationSource } from './services/geolocation.js'
import { iscIpSource } from './services/isc-ip.js'
import { otxSource } from './services/otx.js'
import { reputationSource } from './services/reputation.js'
import { openServicePacing, type ServiceOptions } from './services/service.js'
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
  readonly source: AnswerSource
  readonly turns: RunTurns
  /** A digest of all that an answer depends on. */
  readonly declared: string
  readonly counts: CommandCounts
}

export interface DeclaringOptions {
  readonly commands: Readonly<Record<string, CommandSettings>>
  /** The data folder, in which programs run, and to which paths are relative. */
  readonly dir: string
  /** The environment of domainstats, of which programs get what `env` names. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly reduce: Reducer['reduce']
  /** How services are reached. */
  readonly network: Network
  readonly clock: Clock
}

type Tools = DeclaringOptions & ServiceOptions & { readonly matcher: OutputMatcher }

const sourceOf = (settings: CommandSettings, tools: Tools): AnswerSource => {
  if ('argv' in settings) return programSource(settings, tools)
  switch (settings.preset) {
    case 'geolocation':
      return geolocationSource(settings, tools)
    case 'isc-ip':
      return iscIpSource(settings, tools)
    case 'otx':
      return otxSource(settings, tools)
    case 'reputation':
      return reputationSource(settings, tools)
  }
}

/** What an answer depends on: for a program the words and what is taken from its output, for a service all but its pace. */
const answeringPart = (settings: CommandSettings): unknown => {
  if ('argv' in settings) {
    const { argv, env, stderr, output_bytes_max, result } = settings
    return [argv, env, stderr, output_bytes_max, result]
  }
  const pace = new Set(['at_once', 'per_minute', 'timeout_seconds', 'keep_hours', 'keep_errors_hours'])
  return Object.entries(settings).filter(([key]) => !pace.has(key))
}

const digestOf = (settings: CommandSettings): string =>
  createHash('sha256')
    .update(JSON.stringify(answeringPart(settings)))
    .digest('hex')
    .slice(0, 16)

/** The reader of values, which also asks who answers. @throws Error with a remedy if RE2 cannot read `accepts` */
const readerOf = async (
  { accepts }: CommandSettings,
  source: AnswerSource,
  reduce: Reducer['reduce'],
): Promise<ReadCommandValue> => {
  const read = await valueReader(accepts, reduce)
  return text => {
    const found = read(text)
    if ('refused' in found) return found
    const refused = source.refusal(found.value)
    return refused === undefined ? found : { refused }
  }
}

/** Opens each command. @throws Error that names the setting, if RE2 cannot read its `accepts` */
export const declare = async (options: DeclaringOptions) => {
  const { commands, reduce, clock } = options
  const matcher = createOutputMatcher(clock)
  const tools = { ...options, matcher, pacing: openServicePacing(clock) }
  const open = async ([name, settings]: [string, CommandSettings]): Promise<[string, DeclaredCommand]> => {
    const source = sourceOf(settings, tools)
    const read = await readerOf(settings, source, reduce).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`commands.${name}.accepts: ${why}`, { cause: error })
    })
    const turns = createTurns(settings.at_once, settings.per_minute ?? Infinity, clock)
    const counts = { runs: 0, failed: 0, cached: 0, shared: 0, refused: 0 }
    return [name, { name, settings, read, source, turns, declared: digestOf(settings), counts }]
  }
  const all: ReadonlyMap<string, DeclaredCommand> = new Map(
    await Promise.all(Object.entries(commands).map(open)),
  )
  return { all, close: matcher.close }
}

/** Reads the files that commands need. @throws Error that names the setting, and says what is wrong with its file */
export const checkCommands = async (options: DeclaringOptions): Promise<void> => {
  const { all, close } = await declare(options)
  try {
    for (const [name, { source }] of all)
      await source.check().catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        throw new Error(`commands.${name}: ${why}`, { cause: error })
      })
  } finally {
    await close()
  }
}
