/** From an input, as configured, to the files that it names at present, or to the reason why there are none. */
import fs, { type BigIntStats } from 'node:fs'
import { readdir, stat, lstat, readlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { byAge, inodeOf, type FoundFile } from '../files/files.js'
import { pathsPerInputMax, absentPathsMax } from '../limits.js'
import { growingTo } from '../model/lru.js'
import type { Telemetry } from '../telemetry/report.js'
import { begunBeside, inOrder, logNameOf } from './rotated-names.js'
import type { Input } from './source.js'

/** The logs in a folder that is an input: live, rotated and packed. */
const inDirectory = { zeek: ['dns*.log*'], suricata: ['eve*.json*'], auto: ['dns*.log*', 'eve*.json*'] }

/** The patterns of log names in a folder, for a message. */
export const logPatternsOf = ({ format }: Input): string => inDirectory[format].join(' or ')

/** Loaded on demand: most inputs are a file or a folder, and a start need not wait for it. */
const globbing = () => import('tinyglobby')

const isPattern = async (path: string): Promise<boolean> => (await globbing()).isDynamicPattern(path)

const isDirectory = async (path: string): Promise<boolean> => {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() === true
}

/** True if the path names one file, present or not. */
const isLiteral = async (path: string): Promise<boolean> =>
  (await exists(path)) ? !(await isDirectory(path)) : !(await isPattern(path))

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined

/** By path the stats of its file; undefined if there is no file. */
export type InputFiles = ReadonlyMap<string, BigIntStats | undefined>

export interface FoundInput {
  /** In the order in which they are read. */
  readonly files: InputFiles
  /** By path: folders and logs that this process may not read, with the error of the system. */
  readonly closed: ReadonlyMap<string, Error>
}

/** Finds the files of an input. */
export const find = async (input: Input): Promise<FoundInput> => {
  // Runs for each input at each poll: an input that is a file costs one stat.
  const stats = await stat(input.path, { bigint: true }).catch(() => undefined)
  if (stats ? !stats.isDirectory() : !(await isPattern(input.path)))
    return { files: new Map([[input.path, stats]]), closed: new Map() }
  const { paths, closed } = stats ? await inFolder(input) : await matching(input)
  const files: FoundFile[] = []
  const all = paths.slice(0, pathsPerInputMax).map(async path => {
    try {
      const stats = await stat(path, { bigint: true })
      if (stats.isFile()) files.push({ path, stats })
    } catch (error) {
      noteDenied(closed, path, error)
    }
  })
  await Promise.all(all)
  // Oldest first, so that a rotated log is read before the log that follows it.
  const ordered = inOrder(files.sort(byAge), begunBeside)
  return { files: new Map(ordered.map(({ path, stats }) => [path, stats])), closed }
}

export const filesOf = async (input: Input): Promise<InputFiles> => (await find(input)).files

/** Paths, and the folders that could not be read on the way to them. */
interface Listed {
  readonly paths: readonly string[]
  readonly closed: Map<string, Error>
}

/** Notes an error other than ENOENT: a file that vanished is no problem, one that may not be read is. */
const noteDenied = (closed: Map<string, Error>, path: string, error: unknown): void => {
  if (error instanceof Error && !('code' in error && error.code === 'ENOENT'))
    closed.set(path.replace(/(?<=.)\/+$/, ''), error)
}

const inFolder = async ({ path, format }: Input): Promise<Listed> => {
  const closed = new Map<string, Error>()
  const names = await readdir(path).catch((error: unknown) => {
    noteDenied(closed, path, error)
    return []
  })
  return { paths: names.filter(name => logNames[format].test(name)).map(name => join(path, name)), closed }
}

/** The same names as `inDirectory`. */
const logNames = { zeek: /^dns.*\.log/, suricata: /^eve.*\.json/, auto: /^dns.*\.log|^eve.*\.json/ }

/** The files that a pattern matches, and the logs in the folders that it matches. */
const matching = async ({ path, format }: Input): Promise<Listed> => {
  const closed = new Map<string, Error>()
  const patterns = [path, ...inDirectory[format].map(name => `${path}/${name}`)]
  const options = { absolute: true, onlyFiles: true, expandDirectories: false, fs: notingDenied(closed) }
  const { glob } = await globbing()
  return { paths: await glob(patterns, options), closed }
}

/**
 * The functions of node:fs for tinyglobby, which skips silently what it may not read. These note a folder that is denied,
 * and return the path or the lstat of a denied link to a log, so that `find` gets the log and its error.
 */
const notingDenied = (closed: Map<string, Error>) => ({
  readdir: withErrorHandler(fs.readdir, (error, path, callback) => {
    noteDenied(closed, path, error)
    callback(error)
  }),
  realpath: withErrorHandler(fs.realpath, (error, path, callback) =>
    isDenied(error) ? callback(null, path) : callback(error),
  ),
  stat: withErrorHandler(fs.stat, (error, path, callback) =>
    isDenied(error) ? fs.lstat(path, callback) : callback(error),
  ),
})

const isDenied = (error: Error): boolean => 'code' in error && error.code === 'EACCES'

type Callback = (error: Error | null, result?: unknown) => void

/** A function of node:fs whose errors go to `onError` instead of its callback. */
const withErrorHandler = <F extends typeof fs.readdir | typeof fs.realpath | typeof fs.stat>(
  call: F,
  onError: (error: Error, path: string, callback: Callback) => void,
): F =>
  new Proxy(call, {
    apply: (target, self, args: unknown[]) => {
      const given = args.at(-1)
      if (typeof given !== 'function') throw new TypeError('the last argument must be a callback')
      const onResult: Callback = (error, result) => {
        const callback: Callback = (...results) => void Reflect.apply(given, undefined, results)
        if (error) onError(error, String(args[0]), callback)
        else callback(error, result)
      }
      Reflect.apply(target, self, [...args.slice(0, -1), onResult])
    },
  })

/** True if a path names another file than before, or its file has shrunk. */
export const movedOn = (before: BigIntStats | undefined, now: BigIntStats | undefined): boolean =>
  before === undefined || now === undefined
    ? before !== now
    : inodeOf(before) !== inodeOf(now) || now.size < before.size

/** True if a rotation may have made one name from the other: they differ only in numbers, dates and packing. */
export const isRotationOf = (path: string, other: string): boolean => lettersOf(path) === lettersOf(other)

const lettersOf = (path: string): string =>
  logNameOf(basename(path))
    .replace(/-logger-\d+/, '')
    .replace(/\d[\dTZ]*/g, '')
    .replace(/[^A-Za-z]/g, '')

/** The folders to watch for changes of an input. */
export const foldersOf = async (input: Input): Promise<string[]> => {
  const { path } = input
  if (await isLiteral(path)) return [dirname(path)]
  if (await isDirectory(path)) return [path]
  const above = dirname(path)
  const around = (await isPattern(above)) ? await foldersMatching(above) : [above]
  const within = Array.from((await filesOf(input)).keys(), dirname)
  return [...new Set([...around, ...(await foldersMatching(path)), ...within])]
}

/** The folders that a pattern matches. */
export const foldersMatching = async (pattern: string): Promise<string[]> => {
  const { glob } = await globbing()
  const found = await glob([pattern], { absolute: true, onlyDirectories: true, expandDirectories: false })
  return found.map(folder => folder.replace(/(?<=.)\/+$/, ''))
}

/**
 * Paths where a log was and now is none: Zeek creates the next log with its first record, and a log may just have been
 * truncated in place. While we cannot poll (disk full, database locked), a log may be created there and rotated again.
 * Then only the mtime of its folder shows it.
 */
export class Absent {
  /** By path: the state of its folder at the last look. */
  readonly #folders: LRUCache<string, string>
  readonly #input: string

  /** @param input the path of the input, as configured */
  constructor(input: string, telemetry: Telemetry) {
    this.#input = input
    const onEvicted = (_: string, __: string, reason: LRUCache.DisposeReason) => {
      if (reason === 'evict') telemetry({ kind: 'limit-reached', limit: 'absentPathsMax', count: 1 })
    }
    this.#folders = new LRUCache({ ...growingTo(absentPathsMax), dispose: onEvicted })
  }

  /** Notes that a path has no log. Call it before listing the folder, so that no later change is missed. */
  async note(path: string): Promise<void> {
    this.#folders.set(path, await stateOfFolder(dirname(path)))
  }

  /**
   * The noted paths in whose folder a file was renamed, created or removed since. Those that have a log again are
   * returned, too, and no longer noted.
   */
  async inChangedFolders(files: InputFiles): Promise<string[]> {
    const paths = [...this.#folders.keys()]
    const folders = [...new Set(paths.map(path => dirname(path)))]
    const states = await Promise.all(folders.map(stateOfFolder))
    const now = new Map(folders.map((folder, at) => [folder, states[at]]))
    const changed = paths.filter(path => this.#folders.peek(path) !== now.get(dirname(path)))
    for (const path of changed) {
      // The pattern of an input finds new folders by itself; a path in a removed folder need not be remembered.
      const isGone = now.get(dirname(path)) === noFolder && path !== this.#input
      if (isGone || !isNothing(files.get(path))) this.#folders.delete(path)
    }
    return changed
  }
}

/** An empty log counts as absent: it has no bytes to recognise it by. */
export const isNothing = (stats: BigIntStats | undefined): boolean => stats === undefined || stats.size === 0n

const noFolder = ''

const stateOfFolder = async (folder: string): Promise<string> => {
  const stats = await stat(folder, { bigint: true }).catch(() => undefined)
  return stats ? `${inodeOf(stats)} ${stats.mtimeNs}` : noFolder
}

/** The reason, for a message, why an input has no files although all folders could be read. */
export const whyNothing = async (input: Input): Promise<string> => {
  const { path } = input
  if (await isThere(path)) return `it holds no ${logPatternsOf(input)}`
  if (!(await isPattern(path))) return whyAbsent(path)
  const matches = await foldersMatching(path)
  return `nothing matches it${matches.length > 0 ? ` but folders without ${logPatternsOf(input)}` : ''}`
}

/** The reason, for a message, why there is no file at a path. */
export const whyAbsent = async (path: string): Promise<string> => {
  const folder = dirname(path)
  if (!(await isThere(folder))) return `its folder ${await firstAbsent(folder)} is not there`
  const target = await lstat(path).then(() => readlink(path), () => undefined) // prettier-ignore
  return target === undefined ? 'nothing is there yet' : `it is a link to ${target}, which is not there`
}

/** The topmost folder that is absent: the one to create, or the one that was mistyped. */
const firstAbsent = async (folder: string): Promise<string> => {
  const above = dirname(folder)
  return above === folder || (await isThere(above)) ? folder : firstAbsent(above)
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
