/**
 * What the name of a rotated log says: which log it is of, which node wrote it, and when it was begun.
 *
 * Names are local time of a zone that nobody tells, and a busy Zeek rotates minutes late: they say in which order
 * logs follow each other, and nothing about how late it is.
 */
import { basename, dirname, join } from 'node:path'

const packing = /\.(?:gz|zst|xz|bz2|lz4|lzma|lzo?|Z|zip|old|bak)$/
/** Times, as zeekctl, Zeek's Supervisor, Suricata and logrotate write them, and what stands behind them. */
const times = /[-._]+(?:\d{4}-\d\d-\d\d|\d{8,14}(?!\d)|\d\d[:_]\d\d)[^.]*/

/** `dns.04:00:00-05:00:00-logger-1.log.gz`, `dns__2026-11-21-04-00-00__….log` and `dns.log.1` are all `dns.log`. */
export const logNameOf = (name: string): string =>
  name
    .replace(packing, '')
    .replace(times, '')
    .replace(/(\.[A-Za-z]+)\.\d+$/, '$1')

/** The path under which a log is written, from the path of it or of a rotated part that lies beside it. */
export const logAt = (path: string): string => join(dirname(path), logNameOf(basename(path)))

/** The node of a cluster that wrote a log, as its name has it behind the times: `logger-1`; '' where none is named. */
export const nodeOf = (path: string): string => {
  const [found = ''] = times.exec(basename(path)) ?? []
  return /[-_]([A-Za-z][^.]*)$/.exec(found)?.[1] ?? ''
}

const date =
  /(?<!\d)((?:19|20)\d\d)-?([01]\d)-?([0-3]\d)(?:[-_T]?([01]\d|2[0-3])[-:]?([0-5]\d)(?:[-:]?([0-5]\d))?(?!\d))?/
const clock = /(?<!\d)()()()(\d\d)[:_](\d\d)[:_](\d\d)/

/**
 * When a log was begun, to put it in order with others of the same sensor: epoch ms as if its zone were UTC.
 * Undefined where neither its name has a date nor, as zeekctl keeps it, the folder.
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

/** As `begunAt`; but under its own name a log is still being written, and comes after all that was. */
export const begunBeside = (path: string): number | undefined =>
  logNameOf(basename(path)) === basename(path) ? Infinity : begunAt(path)

/** True for the name of a folder of one day, `2026-11-21`. */
export const isDate = (folder: string): boolean => /^\d{4}-\d\d-\d\d$/.test(folder)

/** Puts paths, or what has one, in the order in which they were begun, if each says when; else leaves them as they are. */
export const inOrder = <T extends string | { readonly path: string }>(
  files: readonly T[],
  begun: (path: string) => number | undefined,
): readonly T[] => {
  const times = new Map(files.map(file => [file, begun(typeof file === 'string' ? file : file.path)]))
  if ([...times.values()].includes(undefined)) return files
  const time = (file: T): number => times.get(file) ?? 0
  // Infinity has no difference to itself.
  return [...files].sort((a, b) => (time(a) === time(b) ? 0 : time(a) - time(b)))
}

/** One log of one input: what is equal for all its parts, wherever they lie. `path`: where it is written. */
export const logKey = (input: string, path: string): string => `${input}\n${logAt(path)}`
