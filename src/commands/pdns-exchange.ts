/** `domainstats pdns export` and `pdns import`: passive DNS to and from others, as COF lines. */
import { join, parse, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { loadConfig } from '../config/load.js'
import { ignoredBy } from '../daemon/names.js'
import { pdnsBoundsOf } from '../daemon/state.js'
import { replaceFile } from '../files/replace.js'
import { shellWord } from '../files/packed.js'
import { sourceCharsMax } from '../limits.js'
import { IgnoreList } from '../names/ignore-list.js'
import { jsonEscaped } from '../output/json.js'
import { openStore } from '../store/store.js'
import { systemClock } from '../time/clock.js'
import { PdnsExport } from '../transfer/pdns-export.js'
import { factRefusals, importCof, type PdnsImportSum } from '../transfer/pdns-import.js'
import { isSource, sourceFrom } from '../transfer/row.js'
import { unpacked } from '../transfer/unpacked.js'
import { demandFolder, makeFolder } from './data-folder.js'
import { openInput, why, type OpenInput } from './import-export.js'
import { endOf, UsageError, writeAll, type Io } from './io.js'
import { filterOf, withStore, type FilterFlags } from './pdns.js'
import { sayEnd } from './terminal.js'

/* export */

export interface PdnsExportFlags extends Pick<FilterFlags, 'data' | 'type' | 'since' | 'until'> {
  /** `-` for stdout. */
  readonly file: string
  /** Leaves nothing out. */
  readonly all: boolean
}

async function* inTurns(pieces: Iterable<string>): AsyncGenerator<string, void> {
  for (const piece of pieces) {
    if (piece !== '') yield piece
    // Else neither a signal nor a reader who has gone would be noticed.
    await setImmediate()
  }
}

/** @throws UsageError for invalid flags; Error if the file cannot be written; then it is unchanged */
export const exportPdns = async (flags: PdnsExportFlags, io: Io): Promise<void> => {
  const filter = filterOf({ ...flags, ttl: undefined, ttlBelow: undefined })
  await withStore({ data: flags.data, json: true }, io, async (store, config, dir) => {
    const ignored = await ignoredBy(config, dir)
    const own = { internal: IgnoreList.of(config.internal_zones), ignored }
    const exporting = new PdnsExport(flags.all ? undefined : own)
    const lines = exporting.lines(store.bySource(filter))
    if (flags.file === '-') await writeAll(io.stdout, inTurns(lines), io.signal)
    else await replaceFile(flags.file, lines, io.signal)
    if (endOf(io) !== undefined) {
      sayEnd(io)
      return
    }
    const leftOut = exporting.leftOut()
    const said = [`${exporting.rows} rows exported`, ...leftOut]
    io.stderr.write(`${said.join('\n')}\n${leftOut.length > 0 ? '--all exports these, too.\n' : ''}`)
  })
}

/* import */

export interface PdnsImportFlags {
  /** `-` for stdin. */
  readonly file: string
  readonly data: string
  readonly sensor: string | undefined
}

/** @throws UsageError for invalid flags; Error if the file cannot be read to its end, or has no usable row */
export const importPdns = async ({ file, data, sensor }: PdnsImportFlags, io: Io): Promise<void> => {
  if (sensor !== undefined && !isSource(sensor))
    throw new UsageError(`--sensor takes 1 to ${sourceCharsMax} printable characters without a comma.`)
  const input = await openInput(file, io)
  try {
    const done = await load(input, { file, data, sensor }, io)
    input.stop()
    for (const line of report(done, input.called)) io.stderr.write(`${line}\n`)
    if (done.broken !== undefined)
      throw new Error(`${input.called}: ${done.broken}; what came before that is imported`)
    if (done.added + done.raised + done.known === 0)
      throw new Error(`${input.called}: ${done.rows === 0 ? 'is empty' : 'none of the rows could be used'}`)
  } finally {
    input.stop()
  }
}

const load = async (
  { chunks, called }: OpenInput,
  { file, data, sensor }: PdnsImportFlags,
  { stderr, signal }: Io,
): Promise<PdnsImportSum> => {
  const dir = resolve(data)
  const text = await unpacked(chunks, file === '-' ? 'FILE' : shellWord(file), 'pdns import').catch(
    (error: unknown) => {
      throw new Error(`${called} ${why(error)}`, { cause: error })
    },
  )
  await makeFolder(dir, () => stderr.write(`${jsonEscaped(dir)}: made\n`))
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const [internal, ignored] = [IgnoreList.of(config.internal_zones), await ignoredBy(config, dir)]
  const store = openStore(join(dir, 'domainstats.sqlite'), { pdns: pdnsBoundsOf(config) })
  try {
    return await importCof(text, {
      ...{ store, signal, now: systemClock.now() },
      isOwn: rrname => internal.covers(rrname) || ignored.covers(rrname),
      label: sensor ?? sourceFrom(file === '-' ? 'import' : parse(file.replace(/\.gz$/i, '')).name),
    })
  } catch (error) {
    throw new Error(`${called}: ${why(error)}; what came before that is imported`, { cause: error })
  } finally {
    store.close()
  }
}

const report = (
  { added, raised, known, dropped, refused, refusals }: PdnsImportSum,
  name: string,
): string[] => {
  const total = [...refused.values()].reduce((sum, facts) => sum + facts, 0)
  return [
    ...refusals.map(({ at, why }) => `${name}:${at}: ${why}`),
    `${added} new facts imported, ${raised} raised, ${known} known already, ${total} refused`,
    ...[...refused].map(([reason, facts]) => `${facts} refused: ${factRefusals[reason]}`),
    ...(dropped > 0 ? [`${dropped} facts dropped, those seen least: pdns.rows_max is reached`] : []),
  ]
}
