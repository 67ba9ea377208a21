/** `domainstats check`: checks the configuration, the logs that it names, what `run` needs, and the database. */
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { resolveIn, describeConfig, loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { reducerBy } from '../daemon/names.js'
import { followedFiles } from '../daemon/inputs.js'
import { openersBy } from '../daemon/sinks.js'
import { openScores } from '../detect/scores.js'
import { shellWord } from '../files/packed.js'
import { whyRefused, whyUnwritable } from '../files/rights.js'
import { checkpointBytes, commandAnswersBytesMax, followupsMax, heldMax, segmentBytesMax } from '../limits.js'
import { loadBootstrapFile } from '../lookup/rdap/bootstrap.js'
import { jsonEscaped } from '../output/json.js'
import { whyReadOnly, isFolderLocked, isOutputLocked } from '../store/exclusive.js'
import { verifyDatabase } from '../store/maintenance.js'
import { mayWrite, openUnwritable } from '../store/reader.js'
import { systemClock } from '../time/clock.js'
import { checkFeeds } from './check-feeds.js'
import { checkedInput, examineInput } from './check-inputs.js'
import { zonesIn, type SeenZone } from './internal-zones.js'
import { demandFolder } from './data-folder.js'
import { type Io } from './io.js'
import { openLog } from './log.js'
import { openWorld } from './world.js'

/**
 * Verifies the database of a data folder.
 *
 * @returns one line for the user
 * @throws Error with a line for each fault, and the remedy
 */
export const checkDatabase = async (dir: string, signal: AbortSignal): Promise<string> => {
  const path = join(dir, 'domainstats.sqlite')
  if (!existsSync(path)) return 'database: none yet'
  const opened = mayWrite(path) ? undefined : await openUnwritable(path, signal)
  const { faults, domains, pending: held, queued } = verifyDatabase(path, opened)
  if (faults.length === 0) return `database: ok, ${domains} domains, ${held} held, ${queued} in the queue`
  const lines = faults.map(fault => `\n    ${jsonEscaped(fault)}`)
  throw new Error(
    `${jsonEscaped(path)} is damaged:${lines.join('')}\nStop domainstats and restore it from a backup, or move it away to begin ` +
      'anew: all first contacts are then new again.',
  )
}

/** Lines for the user, and problems, one line each. */
export interface Checked {
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

/**
 * Checks, without a write, what `run` needs besides its inputs. If a `run` is live on the folder, missing rights of this
 * user are no problem.
 */
export const checkNeeds = (dir: string, config: Config): Checked => {
  const output = resolveIn(dir, config.output)
  const isLive = isFolderLocked(dir)
  const missing = [...folderNeeds(dir), ...(output === '-' ? [] : outputNeeds(output, isLive))].map(
    jsonEscaped,
  )
  const lines = [
    `output ${output === '-' ? 'standard output' : jsonEscaped(output)}`,
    isLive ? 'a run is live on this folder' : 'no run is live on this folder',
  ]
  if (isLive)
    return {
      lines: [...lines, ...missing.map(why => `    this user could not run here: ${why}`)],
      problems: [],
    }
  return { lines, problems: missing.map(why => `run cannot do its work: ${why}`) }
}

const folderNeeds = (dir: string): string[] => {
  const lock = join(dir, 'run.lock')
  const why =
    whyReadOnly(join(dir, 'domainstats.sqlite')) ?? (existsSync(lock) ? whyRefused(lock, 'write') : undefined)
  return why === undefined ? [] : [why]
}

/** `run` creates the folder of the output, and creates files in it: a lock, and the next log after a rotation. */
const outputNeeds = (output: string, isLive: boolean): string[] => {
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory() === true)
    return [`the output ${output} is a folder`]
  if (!isLive && isOutputLocked(output)) return [`another domainstats writes the output ${output}`]
  const why = whyUnwritable(output)
  return why === undefined ? [] : [why]
}

/**
 * Bytes of a row with its indexes, measured on real logs: a domain with its registration and some names, a name in the
 * queue, a pending record, a name or fact of passive DNS with its clients.
 */
const bytesOf = { domain: 150, queued: 120, waiting: 600, passive: 100 }

export const mb = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`

/** The most disk space that the limits in the settings allow, in bytes. */
export const diskMaxOf = (
  config: Pick<Config, 'domains_max' | 'queue_max' | 'sinks' | 'pdns' | 'commands'>,
) => {
  const { domains_max, queue_max, sinks, pdns, commands } = config
  const parts = {
    ...{ domains: domains_max * bytesOf.domain, queue: queue_max * bytesOf.queued },
    waiting: (heldMax + followupsMax) * bytesOf.waiting,
    passive: pdns.enabled ? pdns.rows_max * bytesOf.passive : 0,
    // All sinks read the same segments.
    segments: Math.max(0, ...sinks.map(({ backlog_bytes }) => backlog_bytes + segmentBytesMax)),
    answers: Object.keys(commands).length > 0 ? commandAnswersBytesMax : 0,
    wal: checkpointBytes,
  }
  return { ...parts, all: Object.values(parts).reduce((sum, part) => sum + part, 0) }
}

/** The line about it. */
export const diskLine = (config: Parameters<typeof diskMaxOf>[0]): string => {
  const { domains, queue, waiting, passive, segments, answers, wal, all } = diskMaxOf(config)
  return (
    `disk: at most about ${mb(all)}: ${mb(domains)} for domains_max, ` +
    `${mb(queue)} for queue_max, ${mb(waiting)} for records that wait, ` +
    (passive > 0 ? `${mb(passive)} for pdns.rows_max, ` : '') +
    (segments > 0 ? `${mb(segments)} for what waits for sinks, ` : '') +
    (answers > 0 ? `${mb(answers)} for answers of commands, ` : '') +
    `${mb(wal)} for SQLite's -wal`
  )
}

/** The text that proposes internal zones, with the command that sets them. */
const proposal = (zones: readonly SeenZone[], before: readonly string[], data: string): string => {
  const all = [...before, ...zones.map(({ zone }) => zone)].join(', ')
  return [
    'internal zones? Registries are asked about names below these until you say that they are yours:',
    ...zones.map(({ zone, shown }) => `    ${jsonEscaped(zone)}: ${shown}`),
    `  domainstats settings ${shellWord(data)} --set ${shellWord(`internal_zones=[${all}]`)}`,
    '',
  ].join('\n')
}

/** @throws Error for an expression that RE2 cannot read, and for a file that a command needs and does not get */
const checkDeclared = async (
  { commands }: Pick<Config, 'commands'>,
  { reduce }: Awaited<ReturnType<typeof reducerBy>>,
  dir: string,
  io: Io,
): Promise<void> => {
  if (Object.keys(commands).length === 0) return
  const { checkCommands } = await import('../programs/declared.js')
  const { network, clock } = openWorld(io, openLog(io.stderr, 'warn'))
  await checkCommands({ commands, dir, variables: {}, reduce, network, clock })
}

/**
 * @throws ConfigError with all problems of the configuration
 * @throws Error with a line for each problem of the inputs, of what `run` needs, and of the database
 */
export const checkFolder = async (flags: { readonly data: string }, io: Io): Promise<void> => {
  const dir = resolve(flags.data)
  await demandFolder(dir)
  const loaded = await loadConfig(dir)
  const { config } = loaded
  const reducer = await reducerBy(config, dir)
  await loadBootstrapFile(config, dir)
  await openScores(config, dir)
  await checkDeclared(config, reducer, dir, io)
  await openersBy({ config, dir, exclusive: true }, systemClock)
  const logs = followedFiles(config.inputs, dir)
  const examined = await Promise.all(logs.map(input => examineInput(input, config)))
  const isAlone = examined.every(({ nothing }) => nothing !== undefined)
  const inputs = examined.map(input => checkedInput(input, isAlone))
  const feeds = await checkFeeds(config, dir, io.signal)
  const checked = [...inputs, ...feeds, checkNeeds(dir, config)]
  const lines = [...describeConfig(loaded), ...checked.flatMap(({ lines }) => lines), diskLine(config)]
  io.stdout.write(`${lines.join('\n')}\n`)
  const zones = await zonesIn(logs, reducer, io.signal)
  if (zones.length > 0) io.stdout.write(proposal(zones, config.internal_zones, flags.data))
  const problems = checked.flatMap(({ problems }) => problems)
  try {
    io.stdout.write(`${await checkDatabase(dir, io.signal)}\n`)
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const warnings = inputs.reduce((sum, { warnings }) => sum + warnings, 0)
  io.stdout.write(`ok${warnings > 0 ? `, but for ${warnings} warnings` : ''}\n`)
}
