/** `domainstats freq measure` scores names; `domainstats freq print` shows a table. */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { loadConfig } from '../config/load.js'
import { linesOf } from '../files/files.js'
import { builtInName, builtInTable, loadFreqTable, readTableFile } from '../freq/load.js'
import { compile, type FreqTable, score } from '../freq/score.js'
import { queryCharsMax, refusalsMax, freqNameBytesMax } from '../limits.js'
import { jsonEscaped, toJsonLine } from '../output/json.js'
import { openStdout } from '../output/output.js'
import { type Io, UsageError } from './io.js'

/**
 * Yields the bytes of a file or of standard input.
 *
 * @param path `-` for standard input
 * @throws Error if the file cannot be read
 * @throws AbortError when the signal aborts
 */
export async function* bytesOf(path: string, { stdin, signal }: Io): AsyncGenerator<Buffer, void> {
  for await (const bytes of addAbortSignal(signal, path === '-' ? stdin : createReadStream(path))) {
    if (!Buffer.isBuffer(bytes)) throw new TypeError('not a stream of bytes')
    yield bytes
  }
}

export interface MeasureFlags {
  /** A single `-` stands for standard input. */
  readonly names: readonly string[]
  /** A file of names, one a line; `-` for standard input. */
  readonly file: string | undefined
  /** A table file, or `built-in`. */
  readonly table: string | undefined
  /** The data folder whose `freq_table` is used if `table` is not given. */
  readonly data: string | undefined
}

const tableOf = async ({ table, data }: MeasureFlags): Promise<FreqTable> => {
  if (table !== undefined) return table === builtInName ? builtInTable() : compile(await readTableFile(table))
  if (data === undefined) return builtInTable()
  const dir = resolve(data)
  const { config } = await loadConfig(dir)
  return loadFreqTable(config.freq_table, dir)
}

const listOf = ({ names, file }: MeasureFlags): string | undefined => {
  const isPiped = names.length === 1 && names[0] === '-'
  if (names.length > 0 === (file !== undefined))
    throw new UsageError('Give names, or --file FILE, or - for standard input.')
  const long = isPiped ? -1 : names.findIndex(name => name.length > queryCharsMax)
  if (long >= 0) throw new UsageError(`Name ${long + 1} is longer than ${queryCharsMax} characters.`)
  return isPiped ? '-' : file
}

/** The name comes last, so that the columns are aligned for names of any length. */
const tableRow = (average: string, word: string, name: string) =>
  `${average.padStart(9)}  ${word.padStart(9)}  ${name}\n`

const tableLine = (table: FreqTable, name: string): string => {
  const { average, word } = score(table, name)
  return tableRow(average.toFixed(4), word.toFixed(4), jsonEscaped(name))
}

const jsonLine = (table: FreqTable, name: string): string => {
  const { average, word } = score(table, name)
  return `${toJsonLine({ name, freq_avg_prob: average, freq_word_prob: word })}\n`
}

/** Yields the names of a list. Reports the first refusalsMax that are too long, and their number. */
async function* namesIn(list: string, io: Io): AsyncGenerator<string> {
  let refused = 0
  for await (const { number, text } of linesOf(bytesOf(list, io), freqNameBytesMax)) {
    if (text !== undefined && text.length <= queryCharsMax) {
      if (text !== '') yield text
    } else if (++refused <= refusalsMax)
      io.stderr.write(`${jsonEscaped(list)}:${number}: longer than ${queryCharsMax} characters\n`)
  }
  if (refused > 0) io.stderr.write(`${refused} names were too long and are not measured\n`)
}

/** @throws UsageError if it is unclear what to measure; Error if a table or a list cannot be read */
export const measure = async (flags: MeasureFlags, io: Io): Promise<void> => {
  const list = listOf(flags)
  const table = await tableOf(flags)
  const isTable = io.stdout.isTTY === true
  const show = isTable ? tableLine : jsonLine
  const stdout = openStdout(io.stdout, '-')
  /** Returns false when the signal aborted, or the reader closed the pipe. */
  const write = (text: string): Promise<boolean> => stdout.append(Buffer.from(text), io.signal)
  if (isTable && !(await write(tableRow('AVERAGE', 'WORD', 'NAME')))) return
  try {
    // Line by line: a user may type the names.
    for await (const name of list === undefined ? flags.names : namesIn(list, io))
      if (!(await write(show(table, name)))) return
  } catch (error) {
    if (!io.signal.aborted) throw error
  }
}

const quoted = (text: string): string => `"${jsonEscaped(text)}"`

const row = (first: string, seconds: ReadonlyMap<string, number>): string => {
  const falling = [...seconds].sort(([, a], [, b]) => b - a)
  const sum = falling.reduce((all, [, count]) => all + count, 0)
  return `${quoted(first)} ${sum}: ${falling.map(([second, count]) => `${quoted(second)} ${count}`).join(', ')}`
}

/**
 * Prints a table: each first character, and the characters that follow it, the most frequent first.
 *
 * @throws Error if the file cannot be read or is not a table
 */
export const print = async ({ table }: { readonly table: string }, io: Io): Promise<void> => {
  const { ignoreCase, ignoreChars, pairs } =
    table === builtInName ? builtInTable().counts : await readTableFile(table)
  const stdout = openStdout(io.stdout, '-')
  const head = [`ignores case: ${ignoreCase ? 'yes' : 'no'}`, `ignored characters: ${quoted(ignoreChars)}`]
  const rows = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([first, seconds]) => row(first, seconds))
  for (const line of [...head, ...rows])
    if (!(await stdout.append(Buffer.from(`${line.trimEnd()}\n`), io.signal))) return
}
