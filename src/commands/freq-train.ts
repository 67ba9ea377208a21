/** `domainstats freq train`: adds texts to a table file. */
import { open, rm, lstat } from 'node:fs/promises'
import { linesOf } from '../files/files.js'
import { targetOf, replaceFile } from '../files/replace.js'
import { readTableFile } from '../freq/load.js'
import { formatTable, parseTable, type PairCounts } from '../freq/table.js'
import { addText, builderFrom, newBuilder, originalIgnoreChars, type TableBuilder } from '../freq/train.js'
import { freqTableBytesMax, lineBytesMax } from '../limits.js'
import { jsonEscaped } from '../output/json.js'
import { bytesOf } from './freq.js'
import { UsageError, type Io } from './io.js'

/**
 * Runs `work` with a lock file `TABLE.new` beside the table: a second training at the same time would undo the counts of
 * the first. The file is visible to users, and removed at the end.
 *
 * @param path of the table; links are resolved
 * @throws Error if the lock file exists or cannot be created, and the errors of `work`
 */
export const whileLocked = async (path: string, work: () => Promise<void>): Promise<void> => {
  const lock = `${await targetOf(path)}.new`
  const handle = await open(lock, 'wx', 0o640).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    throw new Error(
      `${jsonEscaped(lock)} is there: the table is being trained, or a training was killed. Then remove it.`,
      { cause },
    )
  })
  try {
    await handle.close()
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}

export interface TrainFlags {
  readonly table: string
  readonly text: string | undefined
  /** A text to read line by line; `-` for standard input. */
  readonly file: string | undefined
  /** How often each pair counts: a whole number from 1. */
  readonly weight: number
  /** Creates the table, which must not exist yet. */
  readonly create: boolean
  /** Only with `create`. */
  readonly exclude: string | undefined
  readonly caseSensitive: boolean
}

/** The size of the table is checked after so many characters. Each character adds one new pair at most. */
const charsPerCheck = lineBytesMax

const checkFlags = async (flags: TrainFlags): Promise<void> => {
  const { table, text, file, weight, create, exclude, caseSensitive } = flags
  if (!Number.isSafeInteger(weight) || weight < 1)
    throw new UsageError('--weight must be a whole number from 1.')
  if (!create && (exclude !== undefined || caseSensitive))
    throw new UsageError('--exclude and --case-sensitive are for new tables: they need --create.')
  if (!create && text === undefined && file === undefined)
    throw new UsageError('Nothing to train on. Give --text TEXT or --file FILE.')
  const isThere = await lstat(table).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  )
  if (create && isThere) throw new UsageError(`${jsonEscaped(table)} is there already.`)
  if (!create && !isThere) throw new UsageError(`${jsonEscaped(table)}: no such file. --create makes one.`)
}

/**
 * Formats the table.
 *
 * @throws Error if it is larger than freqTableBytesMax: it could not be read again
 */
const textOf = (builder: TableBuilder): string => {
  const text = formatTable(builder)
  if (text.length > freqTableBytesMax)
    throw new Error(`the table would be larger than ${freqTableBytesMax} bytes; it stays as it was`)
  return text
}

const sumsOf = ({ pairs }: PairCounts) => {
  let [counts, distinct] = [0, 0]
  for (const row of pairs.values()) {
    distinct += row.size
    for (const count of row.values()) counts += count
  }
  return { counts, distinct }
}

/** Adds the lines of a file. Returns the number of lines. */
const addFile = async (builder: TableBuilder, file: string, weight: number, io: Io) => {
  let [lines, tooLong, unchecked] = [0, 0, 0]
  for await (const { number, text } of linesOf(bytesOf(file, io), lineBytesMax)) {
    lines = number
    if (text === undefined) tooLong += 1
    addText(builder, text ?? '', weight)
    unchecked += text?.length ?? 0
    if (unchecked < charsPerCheck) continue
    unchecked = 0
    textOf(builder)
  }
  return { lines, tooLong }
}

/**
 * Trains a table. The file is replaced when all is counted, and unchanged if anything fails.
 *
 * @throws UsageError for contradictory flags; Error if a file cannot be read or written, or is too large
 */
export const train = async (flags: TrainFlags, io: Io): Promise<void> => {
  await checkFlags(flags)
  const { table, text, file, weight, create, exclude, caseSensitive } = flags
  let summary = ''
  await whileLocked(table, async () => {
    const builder = create
      ? newBuilder({ ignoreCase: !caseSensitive, ignoreChars: exclude ?? originalIgnoreChars })
      : builderFrom(await readTableFile(table))
    const before = sumsOf(builder)
    for (const line of text?.split('\n') ?? []) addText(builder, line, weight)
    const read = file === undefined ? undefined : await addFile(builder, file, weight, io)
    const after = sumsOf(builder)
    const pairs = (after.counts - before.counts) / weight
    const fresh = `${after.distinct - before.distinct} new to the table`
    const times = weight === 1 ? '' : `, each as ${weight}`
    const long = read && read.tooLong > 0 ? `; ${read.tooLong} lines too long and passed over` : ''
    const lines = read ? `${read.lines} lines read, ` : ''
    summary = `${jsonEscaped(table)}: ${lines}${pairs} pairs counted${times}, ${fresh}${long}\n`
    const trained = textOf(builder)
    // Checks that the new table can be read: its counts may add up to too much.
    parseTable(trained, `${jsonEscaped(table)} with this text would be no table any more`)
    await replaceFile(table, [trained], io.signal)
  })
  io.stderr.write(summary)
}
