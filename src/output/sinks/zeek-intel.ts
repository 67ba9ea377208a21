/**
 * Young and tagged domains as a file of Zeek's Intel framework (https://docs.zeek.org/en/master/frameworks/intel.html):
 *
 *     #fields	indicator	indicator_type	meta.source	meta.desc	meta.url
 *     invoice-3481.top	Intel::DOMAIN	domainstats	NEW, YOUNG:3d	-
 *
 * Zeek compares whole names. So a record gives two rows, one for its domain and one for the name that was asked. The file
 * is replaced, not written in place, because Zeek reads it again whenever it changes. It is also our memory: a restart goes
 * on with its rows.
 */
import { readSmall } from '../../files/files.js'
import { replaceFile } from '../../files/replace.js'
import { codeOf } from '../../files/rights.js'
import { sinkPostBytes, zeekIntelDescCharsMax, zeekIntelRowBytesMax } from '../../limits.js'
import { alertName } from '../../model/record.js'
import { elementsOf, textOf } from '../../parse/json.js'
import type { Clock } from '../../time/clock.js'
import type { OpenSink, Sink, SinkRecord, SkippedRecords } from './sink.js'

export interface ZeekIntelOptions {
  readonly path: string
  /** `meta.source`: who says so. */
  readonly source: string
  /** Alerts that bring a name into the file, and `NEW` for that category. */
  readonly alerts: readonly string[]
  readonly rowsMax: number
  /** The file is replaced at most so often. */
  readonly everyMs: number
}

const header = '#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url\n'

/** As the formatter of Zeek's ASCII reader undoes it: bytes as `\xHH`. */
const hex = (text: string): string =>
  [...Buffer.from(text)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')

/** A value between tabs. A lone `-` would be read as unset, and a row that begins with # as a comment. */
const escaped = (text: string): string => text.replace(/^(?:-$|#|\(empty\)$)|[\p{C}\p{Zl}\p{Zp}\\]/gu, hex)

/** Names in `domain` are those of the domain, so an alert about the domain is about both. A tag is about the name alone. */
const isAboutName = (alert: string): boolean => alert.startsWith('TAGGED-')

/** What a record says of a name: the rows of the file, by their indicator, escaped. */
const rowsOf = ({ fields }: SinkRecord, { alerts, source }: ZeekIntelOptions): Map<string, string> => {
  const category = textOf(fields['category']) ?? 'UNKNOWN'
  const raised = elementsOf(fields['alerts']).map(String)
  const reasons = raised.filter(alert => alerts.includes(alertName(alert)))
  const isNew = category === 'NEW' && alerts.includes(category)
  const isOfDomain = isNew || reasons.some(alert => !isAboutName(alert))
  const names = [
    ...(isOfDomain || reasons.length > 0 ? [textOf(fields['query'])] : []),
    ...(isOfDomain ? [textOf(fields['domain'])] : []),
  ]
  const description = [category, ...reasons].join(', ').slice(0, zeekIntelDescCharsMax)
  return new Map(
    names.flatMap(name => {
      if (name === undefined) return []
      const indicator = escaped(name.toLowerCase())
      return [[indicator, `${indicator}\tIntel::DOMAIN\t${source}\t${escaped(description)}\t-\n`]]
    }),
  )
}

class ZeekIntel implements Sink {
  readonly batchBytes = sinkPostBytes
  readonly #options: ZeekIntelOptions
  readonly #clock: Clock
  /** By indicator, the oldest first. */
  readonly #rows = new Map<string, string>()
  #reading: Promise<void> | undefined
  /** The file does not hold these rows. */
  #isBehind = false
  #writtenAt = -Infinity

  constructor(options: ZeekIntelOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  /** Reads the rows of the last run, once. @throws Error if the file cannot be read, or is not ours */
  read(): Promise<void> {
    this.#reading ??= this.#readFile().catch((error: unknown) => {
      this.#reading = undefined
      throw error
    })
    return this.#reading
  }

  async #readFile(): Promise<void> {
    const { path, rowsMax, source } = this.#options
    const text = await readSmall(path, (rowsMax + 1) * zeekIntelRowBytesMax).catch((error: unknown) => {
      if (error instanceof Error && codeOf(error.cause) === 'ENOENT') return ''
      throw error
    })
    const lines = text.slice(header.length).split('\n').slice(0, -1)
    const isOurs = lines.every(
      line => line.split('\t')[1] === 'Intel::DOMAIN' && line.split('\t')[2] === source,
    )
    if (text !== '' && !(text.startsWith(header) && isOurs))
      throw new Error(`${path} is not a file of this sink: give it another path, or remove the file`)
    for (const line of lines) this.#rows.set(line.slice(0, line.indexOf('\t')), `${line}\n`)
    if (text === '') await replaceFile(path, [header], new AbortController().signal)
  }

  async send(records: readonly SinkRecord[], signal: AbortSignal): Promise<readonly SkippedRecords[]> {
    await this.read()
    for (const record of records)
      for (const [indicator, row] of rowsOf(record, this.#options)) this.#put(indicator, row)
    if (!this.#isBehind) return []
    const { everyMs } = this.#options
    // The records count as sent when the file holds them: so a crash before that only brings them again.
    const rest = Math.min(this.#writtenAt + everyMs - this.#clock.now(), everyMs)
    if (rest > 0) await this.#clock.sleep(rest, signal)
    signal.throwIfAborted()
    await replaceFile(this.#options.path, [header, ...this.#rows.values()], signal)
    this.#isBehind = false
    this.#writtenAt = this.#clock.now()
    return []
  }

  #put(indicator: string, row: string): void {
    if (this.#rows.get(indicator) === row) return
    this.#isBehind = true
    this.#rows.delete(indicator)
    this.#rows.set(indicator, row)
    const [oldest] = this.#rows.keys()
    if (this.#rows.size > this.#options.rowsMax && oldest !== undefined) this.#rows.delete(oldest)
  }

  async close(): Promise<void> {
    await this.#reading?.catch(() => undefined)
  }
}

/** Opens the file for Zeek. It is there from the start, since Zeek complains about a missing one. */
export const openZeekIntel =
  (options: ZeekIntelOptions, clock: Clock): OpenSink =>
  () => {
    const sink = new ZeekIntel(options, clock)
    // A failure is told with the first records.
    void sink.read().catch(() => undefined)
    return sink
  }
