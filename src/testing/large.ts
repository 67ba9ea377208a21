/** Tests that can be made large, and what they measure of a process. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import type { Test } from 'tap'

/** DOMAINSTATS_LARGE=1 makes them minutes long, with the same claims; run them with `--timeout 3600`. */
export const isLarge = env['DOMAINSTATS_LARGE'] === '1'

/** The most memory that a live process ever had, in MiB; undefined where the system does not tell. */
export const peakMiB = ({ pid = 0 }: ChildProcess): number | undefined => {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return undefined
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))?.[1]
  return kib === undefined ? undefined : Number(kib) / 1024
}

/** Says what a process needed at most, and sees that it was no more than that. */
export const staysBelow = (t: Test, child: ChildProcess, mib: number): void => {
  const peak = peakMiB(child)
  if (peak === undefined) t.comment('skipped: the system does not tell how much memory a process had')
  else t.ok(peak <= mib, `peak memory ${Math.round(peak)} MiB, of at most ${mib}`)
}

/** The bytes of a database and of the files beside it. */
export const storeBytes = (data: string): number =>
  readdirSync(data)
    .filter(name => name.startsWith('domainstats.sqlite'))
    .reduce((sum, name) => sum + statSync(join(data, name)).size, 0)
