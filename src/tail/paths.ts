/** From an input, as configured, to the files it means at present. */
import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { escapePath, glob, isDynamicPattern } from 'tinyglobby'
import { inodeOf, oldestFirst, type FoundFile } from '../files/files.js'
import { pathsPerInputMax } from '../limits.js'
import { begunBeside, inOrder, logNameOf } from './log-name.js'
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

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined

/** The paths that an input means now. */
export const expand = async (input: Input): Promise<string[]> =>
  (await isLiteral(input.path)) ? [input.path] : (await matches(input)).map(file => file.path)

/** The files of a directory or a glob, oldest first, so that what was rotated is read before what follows it. */
const matches = async (input: Input): Promise<readonly FoundFile[]> => {
  const patterns = (await isDirectory(input.path))
    ? inDirectory[input.format].map(name => `${escapePath(input.path)}/${name}`)
    : [input.path]
  const found = await glob(patterns, { absolute: true, onlyFiles: true, expandDirectories: false })
  return inOrder(await oldestFirst(found.slice(0, pathsPerInputMax)), begunBeside)
}

/** What each path of an input holds; undefined: it names no file. */
export type Places = ReadonlyMap<string, BigIntStats | undefined>

/** What an input means now, in the order in which it is to be read. */
export const placesOf = async (input: Input): Promise<Places> => {
  // Asked of each input at each poll: of one that is a file, one question and no more.
  const stats = await stat(input.path, { bigint: true }).catch(() => undefined)
  if (stats ? !stats.isDirectory() : !isDynamicPattern(input.path)) return new Map([[input.path, stats]])
  return new Map((await matches(input)).map(({ path, stats }) => [path, stats]))
}

/** True if a path came to another file, or its file to another content, as far as can be seen from outside. */
export const movedOn = (before: BigIntStats | undefined, now: BigIntStats | undefined): boolean =>
  before === undefined || now === undefined
    ? before !== now
    : inodeOf(before) !== inodeOf(now) || now.size < before.size

/** True if a rotation may have made the one name of the other: they differ in numbers, dates and packing only. */
export const isRotationOf = (path: string, other: string): boolean => lettersOf(path) === lettersOf(other)

const lettersOf = (path: string): string =>
  logNameOf(basename(path))
    .replace(/-logger-\d+/, '')
    .replace(/\d[\dTZ]*/g, '')
    .replace(/[^A-Za-z]/g, '')

/** The folders in which the files of an input come and go: where to listen for changes. */
export const foldersOf = async (input: Input): Promise<string[]> => {
  if (await isLiteral(input.path)) return [dirname(input.path)]
  if (await isDirectory(input.path)) return [input.path]
  const found = await glob([dirname(input.path)], {
    absolute: true,
    onlyDirectories: true,
    expandDirectories: false,
  })
  return found.length > 0 || isDynamicPattern(dirname(input.path)) ? found : [dirname(input.path)]
}
