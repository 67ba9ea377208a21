/** Loads what the site ignores: the setting and the file together. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { readAt } from '../files/files.js'
import { linesOf } from '../files/lines.js'
import { packingHeadBytes, packingOf, shellWord } from '../files/packed.js'
import { ignoreFileBytesMax, ignoreLineBytesMax, ignoreRefusalsMax } from '../limits.js'
import { IgnoreList } from './ignore-list.js'

export interface RefusedLine {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
  readonly why: string
}

export interface Ignored {
  readonly list: IgnoreList
  /** How many lines of the file are refused. */
  readonly refused: number
  /** The first ignoreRefusalsMax of them. */
  readonly refusals: readonly RefusedLine[]
}

/**
 * Reads both. The file may have millions of lines: it is read a piece at a time, so that whatever else runs gets its
 * turn, and of the lines that are refused the first are kept.
 *
 * @throws Error if there is no file that can be read as text
 */
export const loadIgnored = async (names: readonly string[], file: string | undefined): Promise<Ignored> => {
  const list = IgnoreList.of(names)
  const refusals: RefusedLine[] = []
  let refused = 0
  if (file === undefined) return { list, refused, refusals }
  await demandText(file)
  for await (const { number: line, text } of linesOf(createReadStream(file), ignoreLineBytesMax)) {
    const why = text === undefined ? `longer than ${ignoreLineBytesMax} bytes` : list.addLine(text)
    if (why === undefined) continue
    refused += 1
    if (refusals.length < ignoreRefusalsMax) refusals.push({ line, text: text ?? '', why })
  }
  return { list, refused, refusals }
}

const demandText = async (file: string): Promise<void> => {
  const stats = await stat(file).catch((cause: unknown) => {
    throw new Error(`ignore_file: ${file} cannot be read. Create it, or take the key out.`, { cause })
  })
  if (!stats.isFile()) throw new Error(`ignore_file: ${file} is no file. Name a file, or take the key out.`)
  if (stats.size > ignoreFileBytesMax)
    throw new Error(`ignore_file: ${file} is larger than ${ignoreFileBytesMax} bytes`)
  const packing = packingOf(await headOf(file))
  if (packing)
    throw new Error(
      `ignore_file: ${file} is ${packing.name}, not a list of names. ` +
        `Unpack it: ${packing.command} ${shellWord(file)} > LIST, and name that file.`,
    )
}

const headOf = async (file: string): Promise<Buffer> => {
  const handle = await open(file)
  try {
    return await readAt(handle, 0, packingHeadBytes)
  } finally {
    await handle.close()
  }
}
