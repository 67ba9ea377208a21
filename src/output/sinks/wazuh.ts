/**
 * A file that Wazuh follows, for the rules that SOCFortress wrote for domain_stats: a record a line, as the integration of
 * domain_stats hands its answers to Wazuh.
 *
 *     {"dnsstat":{"query":"login.example.top","alerts":["YOUR-FIRST-CONTACT"],"category":"NEW",…},"integration":"dnsstat"}
 *
 * Wazuh goes on where it stopped, and reads a file from its beginning that is a new one or became shorter. So lines are
 * appended, a full file is renamed, and half a line, which a crash or a full disk has left, is overwritten, not cut off.
 */
import { constants, type Stats } from 'node:fs'
import { open, rename, stat, type FileHandle } from 'node:fs/promises'
import { readAt } from '../../files/files.js'
import { copyRights } from '../../files/replace.js'
import { codeOf } from '../../files/rights.js'
import { sinkPostBytes, wazuhLineBytesMax, wazuhRotationMs } from '../../limits.js'
import { elementsOf, textOf } from '../../parse/json.js'
import type { Clock } from '../../time/clock.js'
import { httpDate } from '../../time/http-date.js'
import { toJsonLine } from '../json.js'
import { RetryLater, type OpenSink, type Sink, type SinkRecord, type SkippedRecords } from './sink.js'

export interface WazuhOptions {
  readonly path: string
  /** The size at which the file is renamed to `PATH.1` and a new one begun. */
  readonly bytesMax: number
}

/** A time of the record as domain_stats writes it, or what stands in its place. */
const dateOf = (iso: unknown, otherwise: string): string => {
  const text = textOf(iso)
  return text === undefined ? otherwise : httpDate(Date.parse(text))
}

/**
 * The record as a line without newline. Undefined for what the integration does not report: a name that is neither new nor
 * has an alert. It never reports an ERROR, either; this does, since a rule waits for it.
 */
export const wazuhLine = ({ fields }: SinkRecord): string | undefined => {
  const alerts = elementsOf(fields['alerts'])
  const known = textOf(fields['category']) ?? 'UNKNOWN'
  // domain_stats has no PENDING. The follow-up tells the category.
  const category = known === 'PENDING' ? 'UNKNOWN' : known
  if (alerts.length === 0 && category !== 'NEW' && category !== 'ERROR') return undefined
  const scores = [fields['freq_avg_prob'], fields['freq_word_prob']]
  const isRegistered = fields['seen_by_web'] !== undefined
  const dnsstat = {
    ...{ query: fields['query'], alerts, category },
    freq_score: scores.includes(undefined) ? 'disabled' : scores,
    seen_by_isc: isRegistered ? dateOf(fields['seen_by_isc'], 'RDAP') : category,
    seen_by_web: dateOf(fields['seen_by_web'], category),
    seen_by_you: dateOf(fields['seen_by_you'], 'UNKNOWN'),
    // The integration had the agent that asked. Here Wazuh knows only the sensor.
    ...{ ts: fields['ts'], 'id.orig_h': fields['id.orig_h'], record_id: fields['record_id'] },
  }
  return toJsonLine({ dnsstat, integration: 'dnsstat' })
}

const newline = 0x0a

/** Where the last whole line ends. */
const endOfLines = async (handle: FileHandle, size: number): Promise<number> => {
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - wazuhLineBytesMax)
    const at = (await readAt(handle, from, end - from)).lastIndexOf(newline)
    if (at !== -1) return from + at + 1
    end = from
  }
  return 0
}

/** The lines of some records, and those that are too long. */
const linesOfRecords = (records: readonly SinkRecord[]) => {
  const lines = records.flatMap(record => wazuhLine(record) ?? [])
  const fitting = lines.filter(line => Buffer.byteLength(line) < wazuhLineBytesMax)
  const tooLong = lines.length - fitting.length
  const skipped: SkippedRecords[] =
    tooLong === 0 ? [] : [{ records: tooLong, reason: `longer than ${wazuhLineBytesMax} bytes` }]
  return { bytes: Buffer.from(fitting.map(line => `${line}\n`).join('')), skipped }
}

class WazuhFile implements Sink {
  readonly batchBytes = sinkPostBytes
  readonly #options: WazuhOptions
  readonly #clock: Clock

  constructor(options: WazuhOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  async send(records: readonly SinkRecord[]): Promise<readonly SkippedRecords[]> {
    const { bytes, skipped } = linesOfRecords(records)
    if (bytes.length === 0) return skipped
    // Opened anew each time: so it does not matter whether somebody moves, empties or deletes the file.
    const handle = await this.#open(bytes.length)
    try {
      const { size } = await handle.stat()
      const end = await endOfLines(handle, size)
      for (let written = 0; written < bytes.length;)
        written += (await handle.write(bytes, written, bytes.length - written, end + written)).bytesWritten
      // What was half a line was longer than all of these.
      if (size > end + bytes.length) await handle.truncate(end + bytes.length)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    return skipped
  }

  /** Opens the file, or a new one where these bytes do not fit. @throws RetryLater if Wazuh may not know this file yet */
  async #open(more: number): Promise<FileHandle> {
    const { path, bytesMax } = this.#options
    const found = await statOf(path)
    if (found?.isFile() === false) throw new Error(`${path} is no regular file`)
    if (!found || found.size === 0 || found.size + more <= bytesMax) return openOrCreate(path)
    await this.#demandWazuhKnows()
    await rename(path, `${path}.1`)
    const handle = await openOrCreate(path)
    await copyRights(handle, found).catch(async (error: unknown) => {
      await handle.close()
      throw error
    })
    return handle
  }

  /** Two files within a minute: Wazuh, which reads the old one until it finds the new one, would miss the one between. */
  async #demandWazuhKnows(): Promise<void> {
    const { path, bytesMax } = this.#options
    const last = await statOf(`${path}.1`)
    // The rename changed it.
    const rest = last ? wazuhRotationMs - (this.#clock.now() - last.ctimeMs) : 0
    if (rest <= 0) return
    throw new RetryLater(
      `${path} has had bytes_max (${bytesMax}) so soon that Wazuh may not have seen it yet`,
      Math.min(rest, wazuhRotationMs),
    )
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

const statOf = (path: string): Promise<Stats | undefined> =>
  stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })

/** Wazuh's logcollector is root; others read by the group. */
const openOrCreate = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDWR | constants.O_CREAT, 0o640)

/** Opens the file for Wazuh. Nothing is read or written yet. */
export const openWazuh =
  (options: WazuhOptions, clock: Clock): OpenSink =>
  () =>
    new WazuhFile(options, clock)
