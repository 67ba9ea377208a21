/** Helpers for files: identity (inode, stat signature), rotated files of a log, numbered lines, small text files. */
import type { BigIntStats } from 'node:fs'
import { readdir, stat, type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathsPerInputMax } from '../limits.js'

/** A path and its stats. */
export interface FoundFile {
  readonly path: string
  readonly stats: BigIntStats
}

/** Device and inode as `dev:ino`. Text, since both are 64-bit numbers on some file systems. */
export const inodeOf = (stats: BigIntStats): string => `${stats.dev}:${stats.ino}`

/** Size and mtime as text: while they are the same, the content is. */
export const statSignatureOf = ({ size, mtimeNs }: BigIntStats): string => `${size}:${mtimeNs}`

/** Epoch ms of the last change, with a fraction. */
export const changedAt = ({ mtimeNs }: BigIntStats): number => Number(mtimeNs) / 1e6

/** The inode at a path, or undefined if there is no file. */
export const inodeAt = async (path: string): Promise<string | undefined> => {
  const stats = await stat(path, { bigint: true }).catch(() => undefined)
  return stats && inodeOf(stats)
}

/** Reads `length` bytes at `offset`, into `buffer` if given. Returns fewer bytes only at the end of the file. */
export const readAt = async (
  handle: FileHandle,
  offset: number,
  length: number,
  buffer = Buffer.allocUnsafe(length),
): Promise<Buffer> => {
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/**
 * The files beside `path` that a rotation may have made of it, oldest first: `dns.log` becomes `dns.log.1`,
 * `dns.2026-11-21-04-00-00.log`, `dns-20261121.log.gz`.
 */
export const siblings = async (path: string): Promise<string[]> =>
  (await familyOf(path)).map(file => file.path).filter(other => other !== join(path))

/** As `siblings`, with the file itself, and with stats. */
export const familyOf = async (path: string): Promise<FoundFile[]> => {
  const stem = stemOf(path)
  const names = await readdir(dirname(path)).catch(() => [])
  const related = names.filter(name => name.startsWith(stem) && /^(?:[.\-_]|$)/.test(name.slice(stem.length)))
  return oldestFirst(related.slice(0, pathsPerInputMax).map(name => join(dirname(path), name)))
}

/** The common beginning of the names of a log and its rotated files: `dns` of `dns.log`. */
export const stemOf = (path: string): string => basename(path).split('.', 1)[0] ?? ''

/** The paths that are files, sorted by mtime. */
export const oldestFirst = async (paths: readonly string[]): Promise<FoundFile[]> => {
  const found = await Promise.all(
    paths.map(async path => ({ path, stats: await stat(path, { bigint: true }).catch(() => undefined) })),
  )
  return found.flatMap(({ path, stats }) => (stats?.isFile() === true ? [{ path, stats }] : [])).sort(byAge)
}

/**
 * Compares files by mtime, then by path, but a log comes behind its rotated files (`eve.json.1`, `eve.json`). The kernel's
 * clock ticks each few milliseconds: a log that was copied, truncated and written to may have the time of its copy.
 */
export const byAge = (a: FoundFile, b: FoundFile): number =>
  Number(a.stats.mtimeNs - b.stats.mtimeNs) || comparePaths(a.path, b.path)

const comparePaths = (a: string, b: string): number => {
  if (a.startsWith(b)) return -1
  return b.startsWith(a) || a > b ? 1 : -1
}

export interface NumberedLine {
  /** Counted from 1. */
  readonly number: number
  /** Without its line end; undefined if it is too long. Invalid UTF-8 becomes U+FFFD. */
  readonly text: string | undefined
}

const [newline, carriageReturn] = [0x0a, 0x0d]

/**
 * Splits a text into numbered lines, ended by `\n` or `\r\n`; the last one may have no end. Drops a byte order mark. A line
 * that is too long is yielded without its text, so memory stays bounded.
 *
 * @param bytesMax the longest line, without its end
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  bytesMax: number,
): AsyncGenerator<NumberedLine, void> {
  let number = 0
  let parts: Buffer[] = []
  let size = 0
  const add = (part: Buffer) => {
    size += part.length
    // One byte more may be the `\r` of the line end.
    if (size <= bytesMax + 1) parts.push(part)
    else parts = []
  }
  const line = (): NumberedLine => {
    const bytes = Buffer.concat(parts)
    const end = bytes.at(-1) === carriageReturn ? 1 : 0
    const whole = size - end <= bytesMax
    ;[parts, size, number] = [[], 0, number + 1]
    const text = whole ? bytes.toString('utf8', 0, bytes.length - end) : undefined
    return { number, text: number === 1 ? text?.replace(/^\ufeff/, '') : text }
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, end))
      yield line()
      from = end + 1
    }
    add(chunk.subarray(from))
  }
  if (size > 0) yield line()
}

/**
 * Reads a small text file in UTF-8 as a whole.
 *
 * @throws Error that names the file and the problem: missing, not a regular file, not readable, too large, not UTF-8
 */
export const readSmall = async (path: string, bytesMax: number): Promise<string> => {
  const bytes = await read(path, bytesMax).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw code === ''
      ? cause
      : new Error(`${path}: ${problems[code] ?? `cannot be read (${code})`}`, { cause })
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Error(`${path}: not UTF-8 text`, { cause })
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'may not be read by the user that runs domainstats',
  EISDIR: 'not a regular file',
}

const read = async (path: string, bytesMax: number): Promise<Buffer> => {
  const handle = await open(path, 'r')
  try {
    const found = await handle.stat()
    // Reading a pipe could block for ever.
    if (!found.isFile()) throw new Error(`${path}: not a regular file`)
    if (found.size > bytesMax) throw new Error(`${path}: larger than ${bytesMax} bytes`)
    // It may grow while it is read.
    const buffer = Buffer.alloc(found.size)
    const { bytesRead } = await handle.read(buffer, 0, found.size, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
