/** The commands of domain_stats 1.x: `domain-stats` is our `run`, `domain-stats-utils` our import, fix, query and export. */
import { resolve, parse } from 'node:path'
import { loadConfig } from '../config/load.js'
import { linesOf } from '../files/files.js'
import { importLineBytesMax } from '../limits.js'
import { jsonEscaped } from '../output/json.js'
import { sourceFrom } from '../transfer/row.js'
import { fixData } from './fix.js'
import { bytesOf } from './freq.js'
import { exportData, importData } from './import-export.js'
import { query } from './query.js'
import { runFollowing } from './run.js'
import { demandFolder } from './data-folder.js'
import { type Io, UsageError } from './io.js'

/**
 * `domain-stats DIR`: `domainstats run` on that folder, always with the HTTP port.
 *
 * @throws UsageError if there is no such folder; Error as `run`
 */
export const serveDomainStats1x = async (data: string, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const http = `[${config.ip_address}]:${config.local_port}`
  await runFollowing(
    {
      ...{ data: dir, zeek: [], suricata: [], output: undefined, http },
      ...{ once: false, wait: true, show: false, skim: true },
    },
    io,
  )
}

export interface UtilsFlags {
  readonly data: string
  readonly importer: string | undefined
  readonly exporter: string | undefined
  readonly domains: string | undefined
  readonly fix: boolean
  readonly neverExpire: boolean
  readonly verbose: boolean
}

interface Step {
  /** Printed by --verbose. */
  readonly says: string
  readonly take: () => Promise<void>
}

/** Yields the names of a file, one a line. Lines that are too long are reported and skipped. */
async function* namesIn(file: string, io: Io): AsyncGenerator<string, void> {
  for await (const { number, text } of linesOf(bytesOf(file, io), importLineBytesMax)) {
    if (text === undefined) io.stderr.write(`${jsonEscaped(file)}:${number}: too long for a name\n`)
    else if (text.trim() !== '') yield text.trim()
  }
}

/** As in domain_stats: imported names count as contacted, and their source is the name of the file. */
const importing = (file: string, { data, neverExpire }: UtilsFlags, io: Io) =>
  importData(
    { file, data, source: sourceFrom(parse(file).name), seen: true, neverExpire, ...fromAnyList },
    io,
  )
const fromAnyList = { fromDomainStats: undefined, format: undefined }

const stepsOf = (flags: UtilsFlags, io: Io): Step[] => {
  const { data, importer, exporter, domains, fix } = flags
  const step = <T>(wanted: T | undefined, says: string, take: (wanted: T) => Promise<void>): Step[] =>
    wanted === undefined ? [] : [{ says, take: () => take(wanted) }]
  return [
    ...step(importer, `import ${importer ?? ''}`, file => importing(file, flags, io)),
    ...step(fix || undefined, 'ask once more for names without a date', () => fixData({ data }, io)),
    ...step(domains, `ask for the names in ${domains ?? ''}`, file =>
      query({ names: namesIn(file, io), data, peek: false, lookup: undefined }, io),
    ),
    ...step(exporter, `export to ${exporter ?? ''}`, file => exportData({ file, data }, io)),
  ]
}

/** @throws UsageError for contradictory flags, or if there is no such folder; Error as the commands */
export const useUtils = async (flags: UtilsFlags, io: Io): Promise<void> => {
  const steps = stepsOf({ ...flags, data: resolve(flags.data) }, io)
  if (steps.length === 0) throw new UsageError('Do what? Give -i, -f, -d or -e.')
  if (flags.neverExpire && flags.importer === undefined) throw new UsageError('-nx belongs to -i.')
  await demandFolder(resolve(flags.data))
  for (const { says, take } of steps) {
    if (flags.verbose) io.stderr.write(`${jsonEscaped(says)}\n`)
    await take()
    io.signal.throwIfAborted()
  }
}
