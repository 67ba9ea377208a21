/** Why an input means nothing at present: a mistyped path and a sensor that has not begun yet look the same. */
import fs, { type BigIntStats } from 'node:fs'
import { readdir, stat, lstat, readlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { glob, isDynamicPattern } from 'tinyglobby'
import { byAge, inodeOf, type FoundFile } from '../files/files.js'
import { pathsPerInputMax, absentPathsMax } from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'
import { begunBeside, inOrder, logNameOf } from './rotated-names.js'
import type { Input } from './source.js'

/* From an input, as configured, to the files it means at present. */

/** What a directory as input means: the logs in it, live, rotated and packed. */
const inDirectory = { zeek: ['dns*.log*'], suricata: ['eve*.json*'], auto: ['dns*.log*', 'eve*.json*'] }

/** The names of the logs that a folder is searched for. */
export const logPatternsOf = ({ format }: Input): string => inDirectory[format].join(' or ')

const isDirectory = async (path: string): Promise<boolean> => {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() === true
}

/** True if the path names one file, whether it is there or not. */
const isLiteral = async (path: string): Promise<boolean> =>
  (await exists(path)) ? !(await isDirectory(path)) : !isDynamicPattern(path)

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined

/** What each path of an input holds; undefined: it names no file. */
export type InputFiles = ReadonlyMap<string, BigIntStats | undefined>

/** What an input means at present. */
export interface FoundInput {
  /** In the order in which it is to be read. */
  readonly files: InputFiles
  /** By path: folders and logs that this process may not look at, with the error of the system. */
  readonly closed: ReadonlyMap<string, Error>
}

/** Looks for what an input means now. */
export const find = async (input: Input): Promise<FoundInput> => {
  // Asked of each input at each poll: of one that is a file, one question and no more.
  const stats = await stat(input.path, { bigint: true }).catch(() => undefined)
  if (stats ? !stats.isDirectory() : !isDynamicPattern(input.path))
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
  // Oldest first, so that what was rotated is read before what follows it.
  const ordered = inOrder(files.sort(byAge), begunBeside)
  return { files: new Map(ordered.map(({ path, stats }) => [path, stats])), closed }
}

/** What an input means now, in the order in which it is to be read. */
export const filesOf = async (input: Input): Promise<InputFiles> => (await find(input)).files

/** Paths, and what may not be looked at on the way to them. */
interface Listed {
  readonly paths: readonly string[]
  readonly closed: Map<string, Error>
}

/** What is gone meanwhile is no matter; what is there, and may not be seen, is. */
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

/** As `inDirectory`. */
const logNames = { zeek: /^dns.*\.log/, suricata: /^eve.*\.json/, auto: /^dns.*\.log|^eve.*\.json/ }

/** What a pattern matches: files, and the logs in folders. */
const matching = async ({ path, format }: Input): Promise<Listed> => {
  const closed = new Map<string, Error>()
  const patterns = [path, ...inDirectory[format].map(name => `${path}/${name}`)]
  const options = { absolute: true, onlyFiles: true, expandDirectories: false, fs: listening(closed) }
  return { paths: await glob(patterns, options), closed }
}

/**
 * The calls of node:fs that a search makes. It passes over what it may not see: we take note of a folder, and let it
 * take a link to a log for that log, which is then looked at as all others are.
 */
const listening = (closed: Map<string, Error>) => ({
  readdir: answering(fs.readdir, (error, path, answer) => {
    noteDenied(closed, path, error)
    answer(error)
  }),
  realpath: answering(fs.realpath, (error, path, answer) =>
    isDenied(error) ? answer(null, path) : answer(error),
  ),
  stat: answering(fs.stat, (error, path, answer) =>
    isDenied(error) ? fs.lstat(path, answer) : answer(error),
  ),
})

const isDenied = (error: Error): boolean => 'code' in error && error.code === 'EACCES'

type Answer = (error: Error | null, result?: unknown) => void

/** A call of node:fs whose errors are answered by `onError`. */
const answering = <F extends typeof fs.readdir | typeof fs.realpath | typeof fs.stat>(
  call: F,
  onError: (error: Error, path: string, answer: Answer) => void,
): F =>
  new Proxy(call, {
    apply: (target, self, args: unknown[]) => {
      const answer = args.at(-1)
      if (typeof answer !== 'function') throw new TypeError('the last argument is to be called back')
      const hear: Answer = (error, result) => {
        const reply: Answer = (...said) => void Reflect.apply(answer, undefined, said)
        if (error) onError(error, String(args[0]), reply)
        else reply(error, result)
      }
      Reflect.apply(target, self, [...args.slice(0, -1), hear])
    },
  })

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
  const { path } = input
  if (await isLiteral(path)) return [dirname(path)]
  if (await isDirectory(path)) return [path]
  const above = dirname(path)
  const around = isDynamicPattern(above) ? await foldersMatching(above) : [above]
  const within = Array.from((await filesOf(input)).keys(), dirname)
  return [...new Set([...around, ...(await foldersMatching(path)), ...within])]
}

/** The folders that a pattern matches. */
export const foldersMatching = async (pattern: string): Promise<string[]> => {
  const found = await glob([pattern], { absolute: true, onlyDirectories: true, expandDirectories: false })
  return found.map(folder => folder.replace(/(?<=.)\/+$/, ''))
}

/*
 * Paths where a log was and is not now: between two logs of Zeek, which makes one with its first record, or just after
 * one was truncated in place. While nobody can look (a disk is full, the database is locked), one may be born there and
 * rotated again, and leave no trace but in its folder.
 */

export class Absent {
  /** By path: what its folder was like when it was looked into last. */
  readonly #folders: LRUCache<string, string>
  readonly #input: string

  /** @param input its path, as configured */
  constructor(input: string, telemetry: Telemetry) {
    this.#input = input
    const onEvicted = (_: string, __: string, reason: LRUCache.DisposeReason) => {
      if (reason === 'evict') telemetry({ kind: 'limit-reached', limit: 'absentPathsMax', count: 1 })
    }
    this.#folders = new LRUCache({ max: absentPathsMax, dispose: onEvicted })
  }

  /** Nothing is at a path. To be called before its folder is looked into: what is done there meanwhile is seen again. */
  async note(path: string): Promise<void> {
    this.#folders.set(path, await stateOfFolder(dirname(path)))
  }

  /**
   * The paths in whose folder something was renamed, made or removed since they were noted. Those that have a log again
   * are among them, and absent no more.
   */
  async stirred(files: InputFiles): Promise<string[]> {
    const paths = [...this.#folders.keys()]
    const folders = [...new Set(paths.map(path => dirname(path)))]
    const states = await Promise.all(folders.map(stateOfFolder))
    const now = new Map(folders.map((folder, at) => [folder, states[at]]))
    const stirred = paths.filter(path => this.#folders.peek(path) !== now.get(dirname(path)))
    for (const path of stirred) {
      // A pattern may come to mean new folders, but none that is gone.
      const isGone = now.get(dirname(path)) === noFolder && path !== this.#input
      if (isGone || !isNothing(files.get(path))) this.#folders.delete(path)
    }
    return stirred
  }
}

/** Nothing can be known of an empty log: it is as good as none. */
export const isNothing = (stats: BigIntStats | undefined): boolean => stats === undefined || stats.size === 0n

const noFolder = ''

const stateOfFolder = async (folder: string): Promise<string> => {
  const stats = await stat(folder, { bigint: true }).catch(() => undefined)
  return stats ? `${inodeOf(stats)} ${stats.mtimeNs}` : noFolder
}

/** What is said of an input for which nothing was found, and which nothing keeps us from looking for. */
export const whyNothing = async (input: Input): Promise<string> => {
  const { path } = input
  if (await isThere(path)) return `it holds no ${logPatternsOf(input)}`
  if (!isDynamicPattern(path)) return whyAbsent(path)
  const matches = await foldersMatching(path)
  return `nothing matches it${matches.length > 0 ? ` but folders without ${logPatternsOf(input)}` : ''}`
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
