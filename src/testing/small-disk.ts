/** A small file system that a test can fill or mount read-only. Needs root, and a kernel that allows the mount. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import type { Test } from 'tap'

export interface SmallDisk {
  /** Its folder. */
  readonly path: string
  /** Fills it: not one more byte fits. */
  readonly fill: () => void
  /** Frees the space again. */
  readonly clear: () => void
  /** Remounts it; no file may be open for writing. */
  readonly mount: (as: 'ro' | 'rw') => void
}

const run = (command: string, ...args: readonly string[]): void => {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/**
 * Mounts a disk until the end of the test. It is not in the folder of the test, which is removed first.
 *
 * @param kib its size
 * @returns undefined if it cannot be mounted: the test fails in CI, elsewhere it is reported as skipped
 */
export const openSmallDisk = (t: Test, kib: number): SmallDisk | undefined => {
  const path = mkdtempSync(join(tmpdir(), 'small-disk-'))
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${kib}k`, 'domainstats-test', path)
  } catch (error) {
    rmdirSync(path)
    if (env['CI']) t.fail(`CI must be able to mount a tmpfs: ${String(error)}`)
    else t.comment('skipped: a tmpfs cannot be mounted here; run as root')
    return undefined
  }
  t.teardown(() => {
    run('umount', '--lazy', path)
    rmdirSync(path)
  })
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: () => fill(ballast),
    clear: () => rmSync(ballast),
    mount: as => run('mount', '-o', `remount,${as}`, path),
  }
}

/** Writes until the disk is full. */
const fill = (path: string): void => {
  const file = openSync(path, 'a')
  const page = Buffer.alloc(4096)
  try {
    for (;;) writeSync(file, page)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  } finally {
    closeSync(file)
  }
}
