/** The log file: appended to, and opened again when it was moved, truncated or the operator says so. */
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../clock.js'
import { inodeAt, inodeOf, readAt } from '../files/files.js'
import { codeOf, whyUnwritable } from '../files/rights.js'
import { retryMs } from '../limits.js'
import { tailBytesMax } from '../position.js'
import type { Telemetry } from '../telemetry.js'
import type { Output, Place } from './output.js'
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

  const place = async (): Promise<Place> => {
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
