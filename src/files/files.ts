/** Small truths about files that inputs and output share. */
import type { BigIntStats } from 'node:fs'
import { readdir, stat, type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathsPerInputMax } from '../limits.js'

/** A path and what was there when it was looked at. */
export interface FoundFile {
  readonly path: string
  readonly stats: BigIntStats
}

/** Device and inode as text: both are 64-bit numbers on some file systems. */
export const inodeOf = (stats: BigIntStats): string => `${stats.dev}:${stats.ino}`

/** Size and time of the last change as text: while they stay, the content stays. */
export const statSignatureOf = ({ size, mtimeNs }: BigIntStats): string => `${size}:${mtimeNs}`

/** Epoch ms of the last change, with a fraction. */
export const changedAt = ({ mtimeNs }: BigIntStats): number => Number(mtimeNs) / 1e6

/** The inode at a path, or undefined if there is no file. */
export const inodeAt = async (path: string): Promise<string | undefined> => {
  const stats = await stat(path, { bigint: true }).catch(() => undefined)
  return stats && inodeOf(stats)
}

/** Reads up to `length` bytes at `offset`, perhaps into a buffer that is at hand; fewer only at the end of the file. */
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

/** As `siblings`, with the file itself and with what was found there. */
export const familyOf = async (path: string): Promise<FoundFile[]> => {
  const stem = stemOf(path)
  const names = await readdir(dirname(path)).catch(() => [])
  const related = names.filter(name => name.startsWith(stem) && /^(?:[.\-_]|$)/.test(name.slice(stem.length)))
  return oldestFirst(related.slice(0, pathsPerInputMax).map(name => join(dirname(path), name)))
}

/** What the names of a family begin with. */
export const stemOf = (path: string): string => basename(path).split('.', 1)[0] ?? ''

/** Those of the paths that are files, by the time of their last change. */
export const oldestFirst = async (paths: readonly string[]): Promise<FoundFile[]> => {
  const found = await Promise.all(
    paths.map(async path => ({ path, stats: await stat(path, { bigint: true }).catch(() => undefined) })),
  )
  return found.flatMap(({ path, stats }) => (stats?.isFile() === true ? [{ path, stats }] : [])).sort(byAge)
}

/** Sorts files by the time of their last change. */
export const byAge = (a: FoundFile, b: FoundFile): number =>
  Number(a.stats.mtimeNs - b.stats.mtimeNs) || (a.path < b.path ? -1 : 1)

/* Bytes to lines, with their numbers; a line that is too long is named, where a stream of lines would drop it. */

export interface NumberedLine {
  /** Counted from 1. */
  readonly number: number
  /** As UTF-8, without its end; undefined where it is too long. What is no UTF-8 becomes U+FFFD. */
  readonly text: string | undefined
}

const [newline, carriageReturn] = [0x0a, 0x0d]

/**
 * The lines of a text that may come from anywhere, each ended by `\n` or `\r\n`, the last one perhaps by nothing. A
 * byte order mark before the first is none of it. Memory stays flat, however long a line is.
 *
 * @param bytesMax of a line, without its end
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
    // One more may be the `\r` of its end.
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

/* A small text file that the settings name, read as a whole. */

/**
 * Reads it as UTF-8.
 *
 * @throws Error that names the file and says what is wrong with it: missing, no file, not readable, too large, no text
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
    // A pipe has no end to wait for.
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
