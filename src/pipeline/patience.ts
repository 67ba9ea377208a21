/** Work that waits until the disk has room again, or the database its lock. */
import type { Clock } from '../clock.js'
import { retryMs } from '../limits.js'
import type { Telemetry } from '../telemetry.js'

export interface PatienceOptions {
  /** The output that the work writes to. */
  readonly path: string
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/**
 * Works until it works; reports each time that it did not. `work` has changed nothing when it throws.
 *
 * @returns undefined if the signal aborted meanwhile
 * @throws every error that will not pass by itself
 */
export const patiently = async <T>(
  work: () => Promise<T>,
  { path, clock, telemetry }: PatienceOptions,
  signal: AbortSignal,
): Promise<T | undefined> => {
  for (;;)
    try {
      return await work()
    } catch (thrown) {
      const code = passingCode(thrown)
      if (code === undefined) throw thrown
      const error = String(thrown)
      telemetry(
        code.startsWith('SQLITE_')
          ? { kind: 'store-stalled', error }
          : { kind: 'output-stalled', path, error },
      )
      if (signal.aborted) return undefined
      await clock.sleep(retryMs, signal)
    }
}

/** Errors of a disk or a lock that may be gone in a while. */
const passing = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EROFS',
  'EMFILE',
  'ENFILE',
  'SQLITE_FULL',
  'SQLITE_BUSY',
])

const passingCode = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  return passing.has(code) || code.startsWith('SQLITE_IOERR') ? code : undefined
}
