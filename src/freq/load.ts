/** Loads letter tables: the built-in one, or a file that the settings name. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { freqTableBytesMax } from '../limits.js'
import { builtIn } from './built-in.data.js'
import { compile, type FreqTable } from './score.js'
import { fromJson, parseTable, type PairCounts } from './table.js'

/** The value of `freq_table` for the built-in table. */
export const builtInName = 'built-in'

const remedy = `set \`freq_table: ${builtInName}\` for the table that comes with the program`

/**
 * Loads the table that `freq_table` names, prepared for scoring.
 * @param setting `built-in`, or the path of a table file, relative to the data directory
 * @param dir the data directory
 * @throws Error that names the file, says what is wrong with it and what to do
 */
export const loadFreqTable = async (setting: string, dir: string): Promise<FreqTable> => {
  if (setting === builtInName) return builtInTable()
  try {
    return compile(await readTableFile(resolve(dir, setting)))
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`freq_table: ${what}; ${remedy}`, { cause })
  }
}

/** The built-in table, prepared for scoring. */
export const builtInTable = (): FreqTable => compile(fromJson(builtIn, builtInName))

/**
 * Reads a table file of at most freqTableBytesMax, as latin1.
 * @throws Error that names the file and says what is wrong with it
 */
export const readTableFile = async (path: string): Promise<PairCounts> => {
  const found = await stat(path).catch((cause: unknown) => {
    throw isMissing(cause) ? new Error(`${path}: no such file`, { cause }) : cause
  })
  // A pipe may have no end.
  if (!found.isFile()) throw new Error(`${path}: not a regular file`)
  const chunks: Buffer[] = []
  // `end` is inclusive: one byte more than the limit is read, which shows that the file is too large.
  for await (const chunk of createReadStream(path, { end: freqTableBytesMax })) {
    if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  if (bytes.length > freqTableBytesMax) {
    throw new Error(`${path}: larger than ${freqTableBytesMax} bytes, which no freq table is`)
  }
  return parseTable(bytes.toString('latin1'), path)
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
