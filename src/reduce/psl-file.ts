/** The site's own copy of the Public Suffix List. */
import { readSmall } from '../files/small.js'
import { suffixFileBytesMax } from '../limits.js'
import { builtInSuffixes, readSuffixes, type Suffixes } from './public-suffixes.js'

/**
 * The suffixes of `psl_file`, or those that come with the program.
 *
 * @param path absolute; undefined where the settings name none
 * @throws Error that names the file, says what is wrong with it and what to do
 */
export const loadSuffixes = async (path: string | undefined): Promise<Suffixes> => {
  if (path === undefined) return builtInSuffixes
  try {
    const suffixes = readSuffixes(await readSmall(path, suffixFileBytesMax))
    if (suffixes) return suffixes
    throw new Error(`${path}: not a Public Suffix List: it has no ICANN section with com in it`)
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `psl_file: ${what}. Put a copy of https://publicsuffix.org/list/public_suffix_list.dat there.`,
      { cause },
    )
  }
}
