/** `domainstats check`: checks the configuration, the logs that it names, what `run` needs, and the database. */
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { resolveIn, describeConfig, loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { reducerBy } from '../daemon/parts.js'
import { followedFiles } from '../daemon/inputs.js'
import { openersBy } from '../daemon/sinks.js'
import { openScores } from '../detect/scores.js'
import { shellWord } from '../files/packed.js'
import { refusal, whyRefused, whyUnwritable } from '../files/rights.js'
import { judge, judgementText, outcomeOf } from '../ingest/not-understood.js'
import { examinedBytesMax, followupsMax, heldMax, segmentBytesMax, databasePagesBytes } from '../limits.js'
import { loadBootstrapFile } from '../lookup/rdap/bootstrap.js'
import type { LineSkip } from '../model/event.js'
import { jsonEscaped } from '../output/json.js'
import { openParser } from '../parse/parser.js'
import { whyReadOnly, isFolderLocked, isOutputLocked } from '../store/exclusive.js'
import { verifyDatabase } from '../store/maintenance.js'
import { mayWrite, openUnwritable } from '../store/reader.js'
import { whyNothing, find } from '../tail/inputs.js'
import { openContent } from '../tail/open-files.js'
import { NoLog } from '../tail/packing.js'
import type { Input } from '../tail/source.js'
import { systemClock } from '../time/clock.js'
import { checkFeeds } from './check-feeds.js'
import { zonesIn, type SeenZone } from './internal-zones.js'
import { demandFolder } from './data-folder.js'
import { type Io } from './io.js'

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

const newline = 0x0a

/**
 * The warning about a log that can be opened: none of its first whole lines can be parsed, or another program has to unpack
 * it. Undefined if there is none.
 */
export const warningAbout = async (
  path: string,
  format: Input['format'],
  { names_from }: Pick<Config, 'names_from'>,
): Promise<string | undefined> => {
  try {
    const content = await openContent(path)
    const start = await content.piece(0, examinedBytesMax).finally(content.close)
    const parser = openParser({ stated: format, sources: new Set(names_from), header: '' })
    const skips = new Map<LineSkip, number>()
    let lines = 0
    for (
      let at = 0, end = start.indexOf(newline);
      end !== -1;
      at = end + 1, end = start.indexOf(newline, at)
    ) {
      const events = parser.parse(start.subarray(at, end))
      lines += 1
      if (typeof events === 'string') skips.set(events, (skips.get(events) ?? 0) + 1)
      if (outcomeOf({ lines, skips }).understood > 0) return undefined
    }
    const found = judge(outcomeOf({ lines, skips }), format, start, 1)
    return found && jsonEscaped(judgementText(found))
  } catch (error) {
    return error instanceof NoLog ? jsonEscaped(`${error.message}, and not read: ${error.remedy}`) : undefined
  }
}

/** Lines for the user, and problems, one line each. */
export interface Checked {
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

/** With the number of readable logs that have a warning. */
interface CheckedInput extends Checked {
  readonly warnings: number
}

/** Checks an input. One without files is a problem, too: it cannot be told from a mistyped path. */
export const checkInput = async (input: Input, config: Config): Promise<CheckedInput> => {
  const { files: places, closed } = await find(input)
  const there = [...places.keys(), ...closed.keys()].filter(path => refusal(path, 'read') !== 'ENOENT')
  const name = `input ${jsonEscaped(input.path)} (${input.format})`
  if (there.length === 0) {
    const why = `${name}: ${jsonEscaped(await whyNothing(input))}`
    return { lines: [why], problems: [why], warnings: 0 }
  }
  const [lines, problems] = [[name], [] as string[]]
  let warnings = 0
  // One after the other: there may be more logs than files that may be open.
  for (const path of there) {
    const why = whyRefused(path, 'read') ?? whyClosed(closed.get(path))
    const warning = why === undefined ? await warningAbout(path, input.format, config) : undefined
    if (why !== undefined) problems.push(`${name}: ${jsonEscaped(why)}`)
    if (warning !== undefined) warnings += 1
    const state = why === undefined ? 'readable' : `not readable: ${jsonEscaped(why)}`
    lines.push(`    ${jsonEscaped(path)}: ${warning === undefined ? state : `warning: ${warning}`}`)
  }
  return { lines, problems, warnings }
}

const whyClosed = (error: Error | undefined): string | undefined =>
  error && `it cannot be looked at (${error.message})`

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

const mb = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`

/** The line about the most disk space that the limits in the settings allow. */
export const diskLine = (config: Pick<Config, 'domains_max' | 'queue_max' | 'sinks' | 'pdns'>): string => {
  const { domains_max, queue_max, sinks, pdns } = config
  const [domains, queue] = [domains_max * bytesOf.domain, queue_max * bytesOf.queued]
  const waiting = (heldMax + followupsMax) * bytesOf.waiting
  const passive = pdns.enabled ? pdns.rows_max * bytesOf.passive : 0
  // All sinks read the same segments.
  const segments = Math.max(0, ...sinks.map(({ backlog_bytes }) => backlog_bytes + segmentBytesMax))
  return (
    `disk: at most about ${mb(domains + queue + waiting + passive + segments + databasePagesBytes)}: ${mb(domains)} for domains_max, ` +
    `${mb(queue)} for queue_max, ${mb(waiting)} for records that wait, ` +
    (passive > 0 ? `${mb(passive)} for pdns.rows_max, ` : '') +
    (segments > 0 ? `${mb(segments)} for what waits for sinks, ` : '') +
    `${mb(databasePagesBytes)} for SQLite's -wal`
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
  await openersBy({ config, dir, exclusive: true }, systemClock)
  const logs = followedFiles(config.inputs, dir)
  const inputs = await Promise.all(logs.map(input => checkInput(input, config)))
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
