/** `domainstats commands list`, `run` and `dump`: the commands that the settings declare, and what is kept of them. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { reducerBy } from '../daemon/names.js'
import { isoTime, jsonEscaped, toJsonLine } from '../output/json.js'
import { minuteText, type TableColumn } from '../output/table.js'
import type { CommandAnswer } from '../programs/answer.js'
import { openCommands, type CommandOutcome } from '../programs/commands.js'
import type { CommandSettings } from '../config/schema-commands.js'
import type { CommandAnswerSort, ListedCommandAnswer } from '../store/command-answers.js'
import { openStore } from '../store/store.js'
import { systemClock } from '../time/clock.js'
import { demandFolder, openStateToRead } from './data-folder.js'
import { type Io, UsageError, writeAll } from './io.js'
import { openLog } from './log.js'
import { show } from './pdns.js'
import { openWorld } from './world.js'

export interface CommandsFlags {
  readonly data: string
  readonly json: boolean
}

type Declaration = readonly [name: string, settings: CommandSettings]

/** Opens a data folder. @throws UsageError if it is not there */
const openFolder = async (data: string) => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  return { dir, config }
}

const kept = ({ keep_hours }: CommandSettings): string => {
  if (keep_hours === -1) return 'while there is room'
  if (keep_hours === -2) return 'for ever'
  return keep_hours === 0 ? 'not' : `${keep_hours} h`
}

/** A program with its words, a file, or the address of a service. */
const askedBy = (settings: CommandSettings): string => {
  if ('argv' in settings) return settings.argv.join(' ')
  switch (settings.preset) {
    case 'geolocation':
      return settings.file
    case 'isc-ip':
    case 'otx':
      return settings.base_url
    case 'reputation':
      return settings.url
  }
}

const listColumns: readonly TableColumn<Declaration>[] = [
  { title: 'COMMAND', width: 16, place: 'name', text: ([name]) => name },
  { title: 'ACCEPTS', width: 12, place: 3, text: ([, { accepts }]) => accepts },
  { title: 'KEPT', width: 19, place: 1, text: ([, settings]) => kept(settings) },
  { title: 'ASKS', width: 40, place: 'last', text: ([, settings]) => askedBy(settings) },
]

/** The values of variables may be keys: only their names are shown. Keys of services stand in files. */
const declarationLine = ([command, settings]: Declaration): string => {
  const shown =
    'argv' in settings ? { ...settings, env: settings.env.map(entry => entry.replace(/=.*/s, '')) } : settings
  return `${toJsonLine({ command, ...shown })}\n`
}

/** `commands list`. @throws UsageError if the folder is not there */
export const listCommands = async ({ data, json }: CommandsFlags, io: Io): Promise<void> => {
  const { config } = await openFolder(data)
  await show(io, json, listColumns, declarationLine, () => [Object.entries(config.commands)])
}

/** The lines of a result: text as it is, what an expression took as one JSON value a line. */
const linesOf = ({ result }: CommandAnswer): string => {
  if (typeof result === 'string') return result === '' || result.endsWith('\n') ? result : `${result}\n`
  const rows = Array.isArray(result) ? result : [result]
  return rows.map(row => `${JSON.stringify(row)}\n`).join('')
}

/** On a terminal nothing but line ends may move the cursor: a program repeats what others have written. */
const printable = (text: string): string =>
  text
    .split('\n')
    .map(line => jsonEscaped(line).replaceAll('\\"', '"').replaceAll('\\\\', '\\'))
    .join('\n')

const shown = (outcome: CommandOutcome, name: string, { json }: CommandsFlags, io: Io): string => {
  if (outcome.kind === 'refused') {
    const message = `${name}: ${jsonEscaped(outcome.why)}`
    throw outcome.reason === 'unknown-command' || outcome.reason === 'bad-value'
      ? new UsageError(message)
      : new Error(message)
  }
  const { answer } = outcome
  if (json) return `${toJsonLine(answer)}\n`
  return io.stdout.isTTY === true ? printable(linesOf(answer)) : linesOf(answer)
}

/**
 * `commands run`.
 *
 * @throws UsageError for an unknown command, and for a value that it does not accept; Error if the run failed
 */
export const runCommand = async (
  flags: CommandsFlags & { readonly name: string; readonly value: string },
  io: Io,
): Promise<void> => {
  const { name, value } = flags
  const { dir, config } = await openFolder(flags.data)
  const { reduce } = await reducerBy(config, dir)
  const { network } = openWorld(io, openLog(io.stderr, 'warn'))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  try {
    const commands = await openCommands({
      ...{ commands: config.commands, dir, variables: io.variables, reduce, network },
      ...{ answers: store.commandAnswers(), clock: systemClock },
      telemetry: report => {
        if (report.kind === 'command-not-kept') io.stderr.write(`not kept: ${jsonEscaped(report.error)}\n`)
      },
    })
    const stop = () => void commands.close()
    io.signal.addEventListener('abort', stop, { once: true })
    try {
      const outcome = await commands.ask(name, value)
      await writeAll(io.stdout, [shown(outcome, name, flags, io)], io.signal)
      if (outcome.kind === 'answered' && outcome.answer.error !== undefined)
        throw new Error(`${name}: ${outcome.answer.error}`)
    } finally {
      io.signal.removeEventListener('abort', stop)
      await commands.close()
    }
  } finally {
    store.close()
  }
}

const answerIn = ({ answer }: ListedCommandAnswer): CommandAnswer => JSON.parse(answer) as CommandAnswer // that the cache has written

const dumpColumns: readonly TableColumn<ListedCommandAnswer>[] = [
  { title: 'VALUE', width: 36, place: 'name', text: ({ value }) => value },
  { title: 'RUN', width: 16, place: 4, text: ({ at }) => minuteText(at) },
  {
    title: 'EXPIRES',
    width: 16,
    place: 2,
    text: ({ expires }) => (expires === undefined ? 'never' : minuteText(expires)),
  },
  { title: 'COUNT', width: 6, place: 3, text: ({ hits }) => String(hits) },
  { title: 'RESULT', width: 40, place: 'last', text: row => JSON.stringify(answerIn(row).result) },
]

const dumpLine = (row: ListedCommandAnswer): string => {
  const { value, at, expires, hits, bytes } = row
  const times = { time: isoTime(at), expires: expires === undefined ? undefined : isoTime(expires) }
  return `${toJsonLine({ value, ...times, count: hits, bytes, ...answerIn(row) })}\n`
}

function* pagesOf<T>(rows: Iterable<T>): Generator<readonly T[], void> {
  for (const row of rows) yield [row]
}

/** `commands dump`. @throws UsageError for an unknown command, and if the folder has no state */
export const dumpCommand = async (
  { data, json, name, sort }: CommandsFlags & { readonly name: string; readonly sort: CommandAnswerSort },
  io: Io,
): Promise<void> => {
  const { dir, config } = await openFolder(data)
  if (!Object.hasOwn(config.commands, name))
    throw new UsageError(`${name}: the settings declare no such command`)
  if (!existsSync(join(dir, 'domainstats.sqlite'))) return
  const store = await openStateToRead(dir, io.signal)
  try {
    const rows = store.commandAnswers().list(name, sort, { offset: 0, limit: -1 })
    await show(io, json, dumpColumns, dumpLine, () => pagesOf(rows))
  } finally {
    store.close()
  }
}
