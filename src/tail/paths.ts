/** From an input, as configured, to the files it means at present. */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { escapePath, glob, isDynamicPattern } from 'tinyglobby'
import { oldestFirst } from '../files/files.js'
import { pathsPerInputMax } from '../limits.js'
import type { Input } from './source.js'

/** What a directory as input means: the logs in it, live, rotated and packed. */
const inDirectory = { zeek: ['dns*.log*'], suricata: ['eve*.json*'], auto: ['dns*.log*', 'eve*.json*'] }

const isDirectory = async (path: string): Promise<boolean> => {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() === true
}

/** True if the path names one file, whether it is there or not. */
export const isLiteral = async (path: string): Promise<boolean> =>
  (await exists(path)) ? !(await isDirectory(path)) : !isDynamicPattern(path)

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined

/** The files that an input means now, oldest first, so that what was rotated is read before what follows it. */
export const expand = async (input: Input): Promise<string[]> => {
  if (await isLiteral(input.path)) return [input.path]
  const patterns = (await isDirectory(input.path))
    ? inDirectory[input.format].map(name => `${escapePath(input.path)}/${name}`)
    : [input.path]
  const found = await glob(patterns, { absolute: true, onlyFiles: true, expandDirectories: false })
  return oldestFirst(found.slice(0, pathsPerInputMax))
}

/** The folders in which the files of an input come and go: where to listen for changes. */
export const foldersOf = async (input: Input): Promise<string[]> => {
  if (await isLiteral(input.path)) return [dirname(input.path)]
  if (await isDirectory(input.path)) return [input.path]
  const found = await glob([dirname(input.path)], { absolute: true, onlyDirectories: true, expandDirectories: false })
  return found.length > 0 || isDynamicPattern(dirname(input.path)) ? found : [dirname(input.path)]
}
