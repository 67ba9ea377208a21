/** Work that waits until the disk has room again, or the database its lock. */
import type { Clock } from '../clock.js'
import { lockRetryMs, retryMs } from '../limits.js'
import type { Report, Telemetry } from '../telemetry.js'

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
  let told = clock.now()
  for (;;)
    try {
      return await work()
    } catch (thrown) {
      const code = passingCode(thrown)
      if (code === undefined) throw thrown
      // Others write too, and take turns with us: only a lock that is kept for longer is told of.
      const isLocked = code.startsWith('SQLITE_BUSY')
      const now = clock.now()
      // The clock may have been set back meanwhile.
      if (!isLocked || Math.abs(now - told) >= retryMs) {
        telemetry(stalledBy(code, path, String(thrown)))
        told = now
      }
      if (signal.aborted) return undefined
      await clock.sleep(isLocked ? lockRetryMs : retryMs, signal)
    }
}

const stalledBy = (code: string, path: string, error: string): Report =>
  code.startsWith('SQLITE_') ? { kind: 'store-stalled', error } : { kind: 'output-stalled', path, error }

/** Errors of a disk or a lock that may be gone in a while. */
const passing = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'SQLITE_FULL'])

const passingCode = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  return passing.has(code) || /^SQLITE_(BUSY|IOERR)/.test(code) ? code : undefined
}
