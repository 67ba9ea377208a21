/**
 * Built-in rotation, for sites without logrotate: renames the log, compresses older ones, and keeps only so many of them.
 * `domainstats.log` becomes `domainstats.log-20261126-000003` and later `domainstats.log-20261126-000003.gz`.
 *
 * The latest one stays uncompressed: recovery after a crash looks for the last commit in it (see log-file.ts).
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Telemetry } from '../telemetry/report.js'

/** When the log is rotated: before the first record of a day (UTC), or from so many bytes on. */
export type RotationRule = 'daily' | { readonly bytes: number }

const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

/** Reads the setting `rotate`: `never`, `daily`, `100MB`; undefined for `never`. */
export const ruleOf = (text: string): RotationRule | undefined => {
  const [, count = '', unit = ''] = /^(\d+) ?([KMG])B$/i.exec(text) ?? []
  if (count !== '') return { bytes: Number(count) * (units[unit.toUpperCase()] ?? 1) }
  return text.toLowerCase() === 'daily' ? 'daily' : undefined
}

export interface RotationOptions {
  /** Of the log. */
  readonly path: string
  readonly rule: RotationRule
  /** How many rotated logs are kept. */
  readonly keep: number
  readonly telemetry: Telemetry
  /** The life of the program. */
  readonly signal: AbortSignal
}

/** Whether the log has to be rotated. @param mtimeMs its last write, epoch ms @param now epoch ms */
export const isDue = (
  rule: RotationRule,
  { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
  now: number,
): boolean => {
  if (size === 0) return false
  return rule === 'daily' ? dayOf(mtimeMs) < dayOf(now) : size >= rule.bytes
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** `-20261126-000003`, so that names sort by time. */
const suffixOf = (ms: number): string => {
  const [day = '', time = ''] = new Date(ms).toISOString().slice(0, 19).split('T')
  return `-${day.replaceAll('-', '')}-${time.replaceAll(':', '')}`
}

const rotatedSuffix = /^-\d{8}-\d{6}(\.gz)?$/
const packing = '.packing'

export class Rotation {
  readonly #options: RotationOptions
  /** Compression runs while records are written; only `close` waits for it. */
  #tidying: Promise<void> = Promise.resolve()
  /** The present failure to rename was reported. */
  #isReported = false
  /** The log that was rotated last. Its name may not sort last: the clock may have been set back. */
  #last = ''

  constructor(options: RotationOptions) {
    this.#options = options
  }

  /** Renames the log if it is time. A failure is reported once, and the log grows on. @param now epoch ms */
  async rotate(found: { readonly size: number; readonly mtimeMs: number }, now: number): Promise<void> {
    const { path, rule, telemetry } = this.#options
    if (!isDue(rule, found, now)) return
    const to = `${path}${suffixOf(now)}`
    try {
      // Two rotations in one second, or a clock that was set back: never overwrite another log.
      if ((await isThere(to)) || (await isThere(`${to}.gz`))) return
      await rename(path, to)
    } catch (error) {
      // Another program has moved it just now.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
      if (!this.#isReported) telemetry({ kind: 'output-not-rotated', path, error: String(error) })
      this.#isReported = true
      return
    }
    this.#isReported = false
    this.#last = basename(to)
    telemetry({ kind: 'output-rotated', path, to })
    this.tidy()
  }

  /**
   * Compresses rotated logs except the latest, and removes the oldest. To be called at the start, too, after recovery from
   * a crash.
   */
  tidy(): void {
    const { path, telemetry, signal } = this.#options
    this.#tidying = this.#tidying
      .then(() => this.#tidy())
      .catch((error: unknown) => {
        if (!signal.aborted) telemetry({ kind: 'output-not-rotated', path, error: String(error) })
      })
  }

  /** Resolves when no log is being compressed any more. */
  async close(): Promise<void> {
    await this.#tidying
  }

  async #tidy(): Promise<void> {
    const { path, keep, signal } = this.#options
    const folder = dirname(path)
    const name = basename(path)
    const names = (await readdir(folder)).filter(other => other.startsWith(name))
    // A crash may leave a partial archive: its log is still there.
    for (const half of names.filter(other => other.endsWith(packing))) await rm(join(folder, half))
    const rotated = names.filter(other => rotatedSuffix.test(other.slice(name.length))).sort()
    const [kept, gone] = [rotated.slice(-keep), rotated.slice(0, -keep)]
    for (const old of gone) if (old !== this.#last) await rm(join(folder, old))
    for (const log of kept.slice(0, -1))
      if (!log.endsWith('.gz') && log !== this.#last && !signal.aborted) await pack(join(folder, log), signal)
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Compresses a log: the archive is complete and renamed before the log is removed. */
const pack = async (path: string, signal: AbortSignal): Promise<void> => {
  const half = `${path}${packing}`
  const { mode } = await stat(path)
  await pipeline(
    createReadStream(path),
    createGzip(),
    createWriteStream(half, { mode: mode & 0o777, flush: true }),
    { signal },
  )
  await rename(half, `${path}.gz`)
  await rm(path)
}
