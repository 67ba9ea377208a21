/** The log file: appends records, opens the file again when it was moved, and finds what a crash has cut off. */
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
  /** Each append ends with fdatasync. */
  readonly durable: boolean
  /** The end of a file that was moved away. */
  readonly footer: (now: number) => string
  /** Undefined: logrotate does it, or the log is not rotated. */
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
    // If the footer cannot be written (the disk is full), the moved file is closed without it.
    if (moved && !begins) await handle.appendFile(footer(clock.now())).catch(() => undefined)
    await handle.close()
  }

  const current = async (): Promise<Opened> => {
    const last = opened
    if (last && !stale && (await inodeAt(path)) === last.inode) return last
    // The new file is opened before the old one is closed: if that fails, nothing has changed.
    const next = await openForAppend(path)
    const moved = next.inode !== last?.inode
    opened = next
    stale = false
    if (last) await leave(last, moved)
    if (moved) begins = true
    return next
  }

  const place = async (): Promise<OutputEnd> => {
    // All that was committed is in the log by now, so it may be rotated. Not before this process has opened it: another
    // one may still be writing to it.
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
    throw explained(path, error)
  })
  // Readable, too: recovery after a crash compares the last bytes.
  const handle = await open(path, 'a+', 0o640).catch((error: unknown) => {
    throw explained(path, error)
  })
  return { handle, inode: inodeOf(await handle.stat({ bigint: true })) }
}

/** Missing rights do not go away by themselves, as a full disk may: the error says what to do. */
const explained = (path: string, error: unknown): unknown => {
  if (!/^(?:EACCES|EPERM)$/.test(codeOf(error))) return error
  const why = whyUnwritable(path) ?? String(error)
  return new Error(
    `the output ${path} cannot be written (${why}). Give it and its folder to the user that domainstats runs as, or ` +
      'give another --output.',
    { cause: error },
  )
}

/*
 * Recovery after a crash: which bytes of the last commit are missing from the output?
 *
 * The outbox row has the file, its size before the bytes, and its last bytes. What follows that place was written by the
 * append that was cut off, so it is a prefix of the bytes, unless another program wrote to the file, too.
 */

/** The bytes of a commit, and their place in the file. */
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
   * The file that they continue, which may have been rotated since. Undefined where they have to be written to the present
   * file: the old one was deleted, compressed or replaced (and may have held some of them), or another program wrote to it.
   */
  readonly path: string | undefined
}

const newline = 0x0a

/** Finds what is missing of the last commit. Looks for its file at its path and beside it. */
export const inspect = async (unfinished: Unfinished): Promise<Missing> => {
  const { path, inode, bytes } = unfinished
  const candidates = bytes.length === 0 || inode === '' ? [] : [path, ...(await siblings(path))]
  for (const candidate of candidates) {
    const behind = await behindPlace(candidate, unfinished)
    if (!behind) continue
    const written = sharedLength(behind, bytes)
    if (written === behind.length) return { bytes: bytes.subarray(written), path: candidate }
    // Another program wrote behind them: the whole lines are there, the line that was cut off has to be written again.
    return { bytes: bytes.subarray(bytes.subarray(0, written).lastIndexOf(newline) + 1), path: undefined }
  }
  return { bytes, path: undefined }
}

/** The bytes that follow the place, at most as many as were to be written; undefined if it is another file. */
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
