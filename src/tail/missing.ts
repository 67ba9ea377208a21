/** Why an input means nothing at present: a mistyped path and a sensor that has not begun yet look the same. */
import { lstat, readlink, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDynamicPattern } from 'tinyglobby'
import { foldersMatching, namesIn } from './paths.js'
import type { Input } from './source.js'

/** What is said of an input for which nothing was found, and which nothing keeps us from looking for. */
export const whyNothing = async (input: Input): Promise<string> => {
  const { path } = input
  if (await isThere(path)) return `it holds no ${namesIn(input)}`
  if (!isDynamicPattern(path)) return whyAbsent(path)
  const matches = await foldersMatching(path)
  return `nothing matches it${matches.length > 0 ? ` but folders without ${namesIn(input)}` : ''}`
}

/** What is said of a path at which nothing is. */
export const whyAbsent = async (path: string): Promise<string> => {
  const folder = dirname(path)
  if (!(await isThere(folder))) return `its folder ${await firstAbsent(folder)} is not there`
  const target = await lstat(path).then(() => readlink(path), () => undefined) // prettier-ignore
  return target === undefined ? 'nothing is there yet' : `it is a link to ${target}, which is not there`
}

/** The folder to make, or the one that was mistyped. */
const firstAbsent = async (folder: string): Promise<string> => {
  const above = dirname(folder)
  return above === folder || (await isThere(above)) ? folder : firstAbsent(above)
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
