/** Loads what the site ignores: the setting and the file together. */
import { readFile, stat } from 'node:fs/promises'
import { ignoreFileBytesMax } from '../limits.js'
import { parseIgnoreList } from './ignore-list.js'

/**
 * The entries of both.
 *
 * @throws Error if the file cannot be read or holds a line that is no name: a list that is meant to keep names
 *   inside must not shrink in silence
 */
export const loadIgnored = async (names: readonly string[], file: string | undefined): Promise<string[]> => {
  if (file === undefined) return [...names]
  const { size } = await stat(file).catch((cause: unknown) => {
    throw new Error(`ignore_file: ${file} cannot be read. Create it, or take the key out.`, { cause })
  })
  if (size > ignoreFileBytesMax) throw new Error(`${file} is larger than ${ignoreFileBytesMax} bytes`)
  const { entries, bad } = parseIgnoreList(await readFile(file, 'utf8'))
  const [first] = bad
  if (first)
    throw new Error(
      `${file}:${first.line}: ${JSON.stringify(first.text)} is ${first.why}. Mend or remove the line.`,
    )
  return [...names, ...entries]
}
