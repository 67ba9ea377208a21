/** The log file: appended to, and opened again when it was moved, truncated or the operator says so. */
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { inodeAt, inodeOf, readAt, siblings } from '../files/files.js'
import { codeOf, whyUnwritable } from '../files/rights.js'
import { retryMs, tailBytesMax } from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import type { Output, OutputEnd } from './output.js'
import type { Rotation } from './rotation.js'

export interface LogFileOptions {
  /** Absolute. */
  readonly path: string
  /** A commit waits for the disk. */
  readonly durable: boolean
  /** What a file that is left for good ends with. */
  readonly footer: (now: number) => string
  /** Undefined: somebody else rotates the log, or nobody. */
  readonly rotation?: Pick<Rotation, 'rotate' | 'close'> | undefined
  readonly clock: Clock
  readonly telemetry: Telemetry
}

interface Opened {
  readonly handle: FileHandle
  readonly inode: string
}

export const openLogFile = (options: LogFileOptions): Output => {
  const { path, durable, footer, rotation, clock, telemetry } = options
  let opened: Opened | undefined
  let stale = false
  let begins = true

  const leave = async ({ handle }: Opened, moved: boolean) => {
    // A footer that cannot be written (the disk is full) is no reason to stay in a file that was moved away.
    if (moved && !begins) await handle.appendFile(footer(clock.now())).catch(() => undefined)
    await handle.close()
  }

  const current = async (): Promise<Opened> => {
    const last = opened
    if (last && !stale && (await inodeAt(path)) === last.inode) return last
    // Opened before the last one is left: if that fails, nothing has changed.
    const next = await openForAppend(path)
    const moved = next.inode !== last?.inode
    opened = next
    stale = false
    if (last) await leave(last, moved)
    if (moved) begins = true
    return next
  }

  const place = async (): Promise<OutputEnd> => {
    // All that was committed is in the log by now: it may be left. The first time it may be another program's still.
    if (rotation && opened) await rotation.rotate(await opened.handle.stat(), clock.now())
    const { handle, inode } = await current()
    const { size } = await handle.stat()
    const tailBytes = Math.min(size, tailBytesMax)
    if (size === 0) begins = true
    return { path, inode, size, tail: await readAt(handle, size - tailBytes, tailBytes), begins }
  }

  const append = async (bytes: Buffer, signal: AbortSignal): Promise<boolean> => {
    let written = 0
    let isSafe = !durable || bytes.length === 0
    while (written < bytes.length || !isSafe) {
      try {
        const { handle } = opened ?? (await current())
        if (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten
        else {
          await handle.datasync()
          isSafe = true
        }
      } catch (error) {
        if (signal.aborted) return false
        telemetry({ kind: 'output-stalled', path, error: String(error) })
        await clock.sleep(retryMs, signal)
      }
    }
    if (bytes.length > 0) begins = false
    return true
  }

  const close = async () => {
    await rotation?.close()
    await opened?.handle.close()
    opened = undefined
  }
  return {
    path,
    place,
    append,
    reopen: () => (stale = true),
    isOurs: inode => inode === opened?.inode,
    close,
  }
}

const openForAppend = async (path: string): Promise<Opened> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 }).catch((error: unknown) => {
    throw whyUnwritten(path, error)
  })
  // Readable too: the last bytes are looked at, to find the place again after a crash.
  const handle = await open(path, 'a+', 0o640).catch((error: unknown) => {
    throw whyUnwritten(path, error)
  })
  return { handle, inode: inodeOf(await handle.stat({ bigint: true })) }
}

/** What this user may not do does not pass by itself, as a full or read-only disk may. */
const whyUnwritten = (path: string, error: unknown): unknown => {
  if (!/^(?:EACCES|EPERM)$/.test(codeOf(error))) return error
  const why = whyUnwritable(path) ?? String(error)
  return new Error(
    `the output ${path} cannot be written (${why}). Give it and its folder to the user that domainstats runs as, or ` +
      'give another --output.',
    { cause: error },
  )
}

/*
 * After a crash: which bytes of the last commit are missing from the output?
 *
 * The outbox row says which file the bytes belong to, how long it was before them and what it ended with. What
 * lies behind that place now was written by the append that was cut off, so it is a beginning of the bytes; only
 * somebody else who wrote into the file may have put something behind it.
 */

/** The bytes of a commit, and where in which file they belong. */
export interface Unfinished {
  readonly path: string
  readonly inode: string
  readonly size: number
  readonly tail: Buffer
  readonly bytes: Buffer
}

export interface Missing {
  /** Empty if all of them are in the file. */
  readonly bytes: Buffer
  /**
   * The file that they continue, which may have been rotated since. Undefined where they have to be written anew: the
   * file is deleted, packed or not the same any more (then they may have been in it), or somebody else wrote into it.
   */
  readonly path: string | undefined
}

const newline = 0x0a

/** What is missing of the last commit. Its file is looked for at its path and beside it. */
export const inspect = async (unfinished: Unfinished): Promise<Missing> => {
  const { path, inode, bytes } = unfinished
  const candidates = bytes.length === 0 || inode === '' ? [] : [path, ...(await siblings(path))]
  for (const candidate of candidates) {
    const behind = await behindPlace(candidate, unfinished)
    if (!behind) continue
    const written = sharedLength(behind, bytes)
    if (written === behind.length) return { bytes: bytes.subarray(written), path: candidate }
    // Somebody else wrote behind them: a line that was cut off is spoilt, the whole ones before it are there.
    return { bytes: bytes.subarray(bytes.subarray(0, written).lastIndexOf(newline) + 1), path: undefined }
  }
  return { bytes, path: undefined }
}

/** What lies behind the place, at most as much as was to be written; undefined if it is another file. */
const behindPlace = async (
  path: string,
  { inode, size, tail, bytes }: Unfinished,
): Promise<Buffer | undefined> => {
  const handle = await open(path, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    if (inodeOf(await handle.stat({ bigint: true })) !== inode) return undefined
    const found = await readAt(handle, size - tail.length, tail.length + bytes.length)
    return found.subarray(0, tail.length).equals(tail) ? found.subarray(tail.length) : undefined
  } finally {
    await handle.close()
  }
}

const sharedLength = (a: Buffer, b: Buffer): number => {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}
