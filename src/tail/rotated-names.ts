/**
 * Reads the name of a rotated log: which log it belongs to, which node wrote it, and when it was begun.
 *
 * Names hold local time of an unknown zone, and a busy Zeek rotates minutes late: use them to order logs, not as a time.
 */
import { basename, dirname, join } from 'node:path'

const packing = /\.(?:gz|zst|xz|bz2|lz4|lzma|lzo?|Z|zip|old|bak)$/
/** Times, as zeekctl, Zeek's Supervisor, Suricata and logrotate write them, and the text behind them. */
const times = /[-._]+(?:\d{4}-\d\d-\d\d|\d{8,14}(?!\d)|\d\d[:_]\d\d)[^.]*/

/** The name of the log: `dns.log` for `dns.04:00:00-05:00:00-logger-1.log.gz`, `dns__2026-11-21-04-00-00__….log`, `dns.log.1`. */
export const logNameOf = (name: string): string =>
  name
    .replace(packing, '')
    .replace(times, '')
    .replace(/(\.[A-Za-z]+)\.\d+$/, '$1')

/** The path at which a log is written, from that path or from the path of a rotated file beside it. */
export const logAt = (path: string): string => join(dirname(path), logNameOf(basename(path)))

/** The node of a Zeek cluster that wrote a log (`logger-1`), from the text behind the times; '' if there is none. */
export const nodeOf = (path: string): string => {
  const [found = ''] = times.exec(basename(path)) ?? []
  return /[-_]([A-Za-z][^.]*)$/.exec(found)?.[1] ?? ''
}

const date =
  /(?<!\d)((?:19|20)\d\d)-?([01]\d)-?([0-3]\d)(?:[-_T]?([01]\d|2[0-3])[-:]?([0-5]\d)(?:[-:]?([0-5]\d))?(?!\d))?/
const clock = /(?<!\d)()()()(\d\d)[:_](\d\d)[:_](\d\d)/

/**
 * When a log was begun, to order it among the logs of one sensor: epoch ms, as if its zone were UTC. Undefined if neither
 * its name nor its folder (zeekctl) has a date.
 */
export const begunAt = (path: string): number | undefined => {
  const name = basename(path)
  const folder = basename(dirname(path))
  const dated = date.exec(name)
  const timed = isDate(folder) ? clock.exec(name) : undefined
  const [, year, month, day, ...hours] = dated ?? timed ?? []
  if (year === undefined) return undefined
  const midnight = dated ? Date.UTC(Number(year), Number(month) - 1, Number(day)) : Date.parse(folder)
  const [hour = 0, minute = 0, second = 0] = hours.map(part => Number(part) || 0)
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000
}

/** As `begunAt`, but Infinity for the log itself, which is still being written: it comes after its rotated files. */
export const begunBeside = (path: string): number | undefined =>
  logNameOf(basename(path)) === basename(path) ? Infinity : begunAt(path)

/** True for the name of a folder of one day, `2026-11-21`. */
export const isDate = (folder: string): boolean => /^\d{4}-\d\d-\d\d$/.test(folder)

/** Sorts paths, or objects with a path, by when they were begun; leaves them as they are if one of them has no time. */
export const inOrder = <T extends string | { readonly path: string }>(
  files: readonly T[],
  begun: (path: string) => number | undefined,
): readonly T[] => {
  const times = new Map(files.map(file => [file, begun(typeof file === 'string' ? file : file.path)]))
  if ([...times.values()].includes(undefined)) return files
  const time = (file: T): number => times.get(file) ?? 0
  // Infinity - Infinity is NaN.
  return [...files].sort((a, b) => (time(a) === time(b) ? 0 : time(a) - time(b)))
}

/** The key of one log of one input: the same for the log and all its rotated files. `path`: where the log is written. */
export const logKey = (input: string, path: string): string => `${input}\n${logAt(path)}`
