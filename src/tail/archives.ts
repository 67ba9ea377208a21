/**
 * The archives of a log: what a rotation moved out of its folder.
 *
 * zeekctl packs `logs/current/dns.log` to `logs/2026-11-21/dns.04:00:00-05:00:00.log.gz`, where `logs/current` is a
 * link to the spool; Zeek's Supervisor puts rotated logs into `log-queue` first. Others keep date folders below.
 */
import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { oldestFirst, type FoundFile } from '../files/files.js'
import { archiveFilesMax } from '../limits.js'
import type { Telemetry } from '../telemetry.js'
import { begunAt, inOrder, logNameOf } from './log-name.js'

const dayMs = 24 * 3_600_000
const queue = 'log-queue'

/** The last so many days and tomorrow, which it may be already where the sensor is: `2026-11-21`. */
const daysBefore = (now: number, days: number): string[] =>
  Array.from({ length: days + 2 }, (_, at) => new Date(now + (at - days) * dayMs).toISOString().slice(0, 10))

/** The folder in which a log is written, where its links lead. */
const realFolder = (path: string): Promise<string> => realpath(dirname(path)).catch(() => dirname(path))

/** True where a log is written below a link: zeekctl's `logs/current`. */
export const isLinked = async (path: string): Promise<boolean> => {
  const stats = await lstat(dirname(path)).catch(() => undefined)
  return stats?.isSymbolicLink() === true
}

/** The folders around that of a log, by its own name and by that of the folder which a link leads to. */
const around = (path: string, real: string): Iterable<string> => {
  const folder = dirname(path)
  return new Set([folder, dirname(folder), dirname(real)])
}

/** The files of one log in a folder; the other logs in it are none of our business. */
const inFolder = async (folder: string, log: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => [])
  return names.filter(name => logNameOf(name) === log).map(name => join(folder, name))
}

/**
 * The archives of the log that is written at `path`, of the last `days` days (0: none) by the dates in their names, in
 * the order in which they were begun; where one does not say when, in the order of their last change. At most
 * archiveFilesMax, the newest; it is told how many more there are. Where `current` leads to the folder of the day, that
 * one is none: the log is written there.
 *
 * @param now epoch ms
 */
export const archivesOf = async (
  path: string,
  now: number,
  days: number,
  telemetry: Telemetry,
): Promise<readonly FoundFile[]> => {
  if (days === 0) return []
  const dates = daysBefore(now, days)
  const log = logNameOf(basename(path))
  const found: string[] = []
  const real = await realFolder(path)
  for (const folder of around(path, real)) {
    const days = dates.map(day => join(folder, day)).filter(day => day !== real)
    for (const day of days) found.push(...(await inFolder(day, log)))
    const queued = await inFolder(join(folder, queue), log)
    found.push(...queued.filter(file => (begunAt(file) ?? 0) >= Date.parse(dates[0] ?? '')))
  }
  const kept = inOrder(found, begunAt).slice(-archiveFilesMax)
  const cut = found.length - kept.length
  if (cut > 0) telemetry({ kind: 'limit-reached', limit: 'archiveFilesMax', count: cut })
  return inOrder(await oldestFirst(kept), begunAt)
}
