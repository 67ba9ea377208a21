/** `domainstats import`: what is known already, so that nobody has to be asked, or nothing is new again. */
import { join, resolve } from 'node:path'
import { systemClock } from '../clock.js'
import { excerpt } from '../config/problem.js'
import type { ListFormat } from '../data/formats.js'
import { importPieces, type Imported } from '../data/import.js'
import { isTag } from '../data/tag.js'
import { tagCharsMax } from '../limits.js'
import { printable } from '../output/json.js'
import { openStore } from '../store/store.js'
import { cacheFrom, listFrom, type Source } from './import-source.js'
import { makeFolder } from './demand-folder.js'
import { UsageError, type Io } from './io.js'

export interface ImportFlags {
  /** `-` for stdin. */
  readonly file: string | undefined
  readonly data: string
  /** The data folder of a domain_stats 1.x, instead of a file. */
  readonly fromDomainStats: string | undefined
  readonly format: ListFormat | undefined
  readonly tag: string | undefined
  readonly seen: boolean
  readonly neverExpire: boolean
}

/** @throws UsageError for flags that make no sense; Error if the list cannot be read to its end, or nothing of it */
export const importData = async (flags: ImportFlags, io: Io): Promise<void> => {
  const source = await open(flags, io)
  try {
    const done = await load(source, flags, io)
    source.stop()
    for (const line of report(done, source, flags)) io.stderr.write(`${line}\n`)
    const { name, unit } = source
    if (done.broken !== undefined)
      throw new Error(`${name}: ${done.broken}; what came before that is imported`)
    if (done.taken + done.outdated === 0 && done.refused > 0)
      throw new Error(`${name}: none of the ${unit}s could be used`)
  } finally {
    source.stop()
  }
}

const open = async ({ file, fromDomainStats, format, tag, seen }: ImportFlags, io: Io): Promise<Source> => {
  if (tag !== undefined && !isTag(tag))
    throw new UsageError(`--tag takes 1 to ${tagCharsMax} printable characters without a comma.`)
  if (fromDomainStats !== undefined) {
    if (file === undefined && format === undefined) return cacheFrom(fromDomainStats, systemClock.now())
    throw new UsageError('--from-domain-stats stands instead of a file and its format.')
  }
  if (file === undefined) throw new UsageError('Import what? Give a file, or --from-domain-stats.')
  const source = await listFrom(file, format, io)
  if (source.format !== 'names' || seen) return source
  source.stop()
  const columns = source.header ? ` (its columns: ${excerpt(source.header.join(', '))})` : ''
  throw new UsageError(
    `${printable(file)} is a list of names without dates${columns}: there is nothing to remember of them, ` +
      'unless they count as contacted before. If so, give --seen.',
  )
}

const load = async (source: Source, flags: ImportFlags, { stderr, signal }: Io): Promise<Imported> => {
  const dir = resolve(flags.data)
  await makeFolder(dir, () => stderr.write(`${printable(dir)}: made\n`))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  try {
    const options = { ...flags, origin: source.origin }
    return await importPieces(source.pieces, { store, clock: systemClock, options, signal })
  } finally {
    store.close()
  }
}

/** What was done, and which of both became of first contacts. */
const report = (done: Imported, { name, unit, format }: Source, { seen }: ImportFlags): string[] => {
  const { taken, refused, outdated, apart, contacts, removals } = done
  const some = (count: number, text: string) => (count > 0 ? [`${count} ${text}`] : [])
  return [
    ...done.refusals.map(({ at, why }) => `${name}:${at}: ${why}`),
    `${taken} ${format === 'names' ? 'names' : 'registrations'} imported, ${refused} ${unit}s refused`,
    ...some(outdated, 'were registered anew since: their later date stays'),
    ...some(apart, 'of them lie below a private suffix: their dates are kept, and judge nothing'),
    ...some(removals, 'lines ask to forget a name: they change nothing'),
    ...some(contacts, 'first contacts are known from it'),
    seen
      ? 'The names count as contacted before: their first contact raises no alert.'
      : `The first contact with each ${contacts > 0 ? 'other ' : ''}name still raises its alert; with --seen it would not.`,
  ]
}
