/** For tests of load: a switch that makes them large, and measurements of memory and disk. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import type { Test } from 'tap'

/** DOMAINSTATS_LARGE=1 makes these tests minutes long, with the same assertions; run them with `--timeout 3600`. */
export const isLarge = env['DOMAINSTATS_LARGE'] === '1'

/** The peak memory of a live process, in MiB; undefined without /proc. */
export const peakMiB = ({ pid = 0 }: ChildProcess): number | undefined => {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return undefined
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))?.[1]
  return kib === undefined ? undefined : Number(kib) / 1024
}

/** Asserts that the peak memory of a process is at most `mib`, and reports it. */
export const staysBelow = (t: Test, child: ChildProcess, mib: number): void => {
  const peak = peakMiB(child)
  if (peak === undefined) t.comment('skipped: there is no /proc, which has the peak memory of a process')
  else t.ok(peak <= mib, `peak memory ${Math.round(peak)} MiB, of at most ${mib}`)
}

/** The bytes of a database and its -wal and -shm files. */
export const storeBytes = (data: string): number =>
  readdirSync(data)
    .filter(name => name.startsWith('domainstats.sqlite'))
    .reduce((sum, name) => sum + statSync(join(data, name)).size, 0)
