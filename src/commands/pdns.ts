/** `domainstats pdns QUERY`, `pdns parked` and `pdns near`: rows of passive DNS, as a table on a terminal and as COF lines elsewhere. */
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  siteFactsBy,
  siteIsFull,
  siteQuestionOf,
  type SiteQuestion,
  type SiteRows,
} from '../ask/site-facts.js'
import { loadConfig } from '../config/load.js'
import { excerpt } from '../config/problem.js'
import type { Config } from '../config/schema.js'
import { openSite, type SiteOptions } from '../daemon/shared.js'
import { shownRdataCharsMax, siteRowsMax } from '../limits.js'
import type { SiteTuple, StoredTuple } from '../model/passive.js'
import type { TagName } from '../model/tag.js'
import { addressText } from '../names/address.js'
import { parkedRanges } from '../names/network.js'
import { rrtypeOf } from '../names/rrtypes.js'
import { readTagValue, tagValueText } from '../names/tag-value.js'
import { cofLine, siteCofLine } from '../output/cof.js'
import { jsonEscaped } from '../output/json.js'
import { minuteText, openTable, type TableColumn } from '../output/table.js'
import { factFilter, type PdnsFilter, type PdnsQuestion } from '../store/pdns-search.js'
import type { Reader } from '../store/reader.js'
import { tagTableOf } from '../store/tags.js'
import { systemClock } from '../time/clock.js'
import { answerTo, type TupleOrder } from '../transfer/pdns-answer.js'
import { nearestTagged, nearLine, type NearAddress } from '../transfer/pdns-near.js'
import { readQuestion } from '../transfer/pdns-question.js'
import { demandFolder, openStateToRead, withStateToRead } from './data-folder.js'
import { UsageError, writeAll, type Io } from './io.js'
import { openLog } from './log.js'
import { timeSince } from './since.js'
import { openWorld } from './world.js'

export interface PdnsFlags {
  readonly data: string
  readonly json: boolean
}

export interface FilterFlags extends PdnsFlags {
  readonly type: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
  readonly ttlBelow: number | undefined
  readonly ttl: number | undefined
  readonly limit: number
  readonly sort: TupleOrder | undefined
}

/**
 * Opens the store, lets a command ask it, and closes it.
 *
 * @throws UsageError if the folder has no state; Error if passive DNS is off and nothing of it is stored
 */
export const withStore = async (
  { data }: PdnsFlags,
  io: Io,
  ask: (store: Reader['pdns'], config: Config, dir: string) => Promise<void>,
): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const store = await openStateToRead(dir, io.signal)
  try {
    const isEmpty = store.pdns.isEmpty()
    if (isEmpty && !config.pdns.enabled)
      throw new Error(
        `passive DNS is off, and nothing of it is stored in ${jsonEscaped(dir)}. To keep it from now on, say: ` +
          `domainstats settings ${jsonEscaped(data)} --set pdns.enabled=true`,
      )
    if (isEmpty) io.stderr.write('Nothing is stored yet: no log was read since passive DNS is on.\n')
    await ask(store.pdns, config, dir)
  } finally {
    store.close()
  }
}

/** @throws UsageError that says why a text is no question */
export const questionOf = async (text: string): Promise<PdnsQuestion> => {
  const question = await readQuestion(text)
  if (typeof question === 'string')
    throw new UsageError(
      `"${jsonEscaped(text.slice(0, 200))}" cannot be asked for: ${jsonEscaped(question)}\n` +
        `Ask for a name, '*.name', 'name.*', '*word*', '/regex/', an address, a CIDR or a range a-b.`,
    )
  return question
}

/** `pdns QUERY`. @throws UsageError for invalid flags */
export const pdnsQuery = async (
  flags: FilterFlags & { readonly query: string | undefined; readonly site: boolean },
  io: Io,
): Promise<void> => {
  if (flags.query === undefined)
    throw new UsageError('What is asked? domainstats pdns QUERY --data DIR, or one of its commands.')
  const [question, filter] = [await questionOf(flags.query), filterOf(flags)]
  if (flags.site) await showOfSite(question, filter, flags, io)
  else await withStore(flags, io, store => showTuples(question, { filter, ...flags }, store, io))
}

/** What all sensors of the site know. @throws UsageError, or Error if the shared store does not answer */
const showOfSite = async (
  question: PdnsQuestion,
  filter: PdnsFilter,
  flags: FilterFlags,
  io: Io,
): Promise<void> => {
  const asked = siteQuestionOf(question)
  if (typeof asked === 'string') throw new UsageError(`--site: ${asked}.`)
  const dir = resolve(flags.data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const { url } = config.shared
  if (url === undefined || !config.shared.pdns)
    throw new UsageError(
      '--site: the settings share no passive DNS with other sensors (shared.url, shared.pdns).',
    )
  const { rows, isWhole, isCut, isFull } = await askSite(
    asked,
    { ...{ url, config, dir }, signal: io.signal },
    io,
  )
  const found = rows.filter(factFilter(filter))
  if (!isWhole && found.length === 0) throw new Error('the store that sensors share did not answer')
  const pages = { tuples: () => [found] }
  await showRows(question, { filter, ...flags }, pages, io, { columns: siteColumns, lineOf: siteCofLine })
  if (isCut) io.stderr.write(`The site knows more than ${siteRowsMax} rows: these are not all.\n`)
  if (isFull)
    io.stderr.write(`Perhaps these are not all: ${siteIsFull}. Ask each sensor without --site, too.\n`)
  if (!isWhole) throw new Error('the store that sensors share did not answer everything: rows may be missing')
}

/** Connects to the shared store, asks it, and closes the connection. */
const askSite = async (
  question: SiteQuestion,
  options: Omit<SiteOptions, 'clock' | 'telemetry'>,
  io: Io,
): Promise<SiteRows> => {
  const { clock, telemetry } = openWorld(io, openLog(io.stderr, 'warn'))
  const { openRedisFacts } = await import('../shared/redis-facts.js')
  const { ofSite, close } = await openSite({ ...options, clock, telemetry })
  try {
    return await siteFactsBy(openRedisFacts(ofSite), clock)(question, io.signal)
  } finally {
    close()
  }
}

/** `pdns parked`. @throws UsageError for invalid flags */
export const pdnsParked = async (flags: FilterFlags, io: Io): Promise<void> => {
  const filter = filterOf(flags)
  await withStore(flags, io, (store, { pdns }) =>
    showTuples({ kind: 'addresses', ranges: parkedRanges(pdns.parking) }, { filter, ...flags }, store, io),
  )
}

/** @throws UsageError for invalid flags */
export const filterOf = ({
  type,
  since,
  until,
  ttlBelow,
  ttl,
}: Pick<FilterFlags, 'type' | 'since' | 'until' | 'ttlBelow' | 'ttl'>): PdnsFilter => {
  const now = systemClock.now()
  const rrtype = type === undefined ? undefined : rrtypeOf(type)
  if (type !== undefined && rrtype === undefined)
    throw new UsageError('--type takes a record type: A, AAAA, CNAME, MX, TYPE65 and so on.')
  return {
    ...{ rrtype, ttlBelow, ttl },
    since: since === undefined ? undefined : timeSince(since, now),
    until: until === undefined ? undefined : timeSince(until, now, '--until'),
  }
}

interface ShownAs<Row> {
  readonly columns: readonly TableColumn<Row>[]
  readonly lineOf: (row: Row) => string
}

type TupleFlags = Pick<FilterFlags, 'json' | 'limit' | 'sort'> & { readonly filter: PdnsFilter }

const showTuples = async (
  question: PdnsQuestion,
  flags: TupleFlags,
  store: Pick<Reader['pdns'], 'tuples'>,
  io: Io,
): Promise<void> => showRows(question, flags, store, io, { columns: tupleColumns, lineOf: cofLine })

const showRows = async <Row extends StoredTuple>(
  question: PdnsQuestion,
  { filter, json, limit, sort }: TupleFlags,
  store: { readonly tuples: (question: PdnsQuestion, filter: PdnsFilter) => Iterable<readonly Row[]> },
  io: Io,
  { columns, lineOf }: ShownAs<Row>,
): Promise<void> => {
  const rows = answerTo(question, { filter, limit, sort }, store)
  const shown = { count: 0, isMore: false }
  await show(io, json, columns, lineOf, async function* () {
    for (let next = rows.next(); ; next = rows.next()) {
      if (next.done === true) {
        shown.isMore = next.value
        return
      }
      shown.count += next.value.length
      yield next.value
      await setImmediate()
    }
  })
  if (shown.isMore) io.stderr.write(`Only ${limit} rows are shown, and there are more: --limit shows them.\n`)
  else if (shown.count === 0 && !io.signal.aborted) io.stderr.write('No record of it is known.\n')
}

const ttlText = ({ ttlMin, ttlMax }: StoredTuple): string => {
  if (ttlMin === undefined || ttlMax === undefined) return ''
  return ttlMin === ttlMax ? String(ttlMin) : `${ttlMin}-${ttlMax}`
}

const shortened = (rdata: string): string =>
  rdata.length > shownRdataCharsMax ? `${rdata.slice(0, shownRdataCharsMax)}…` : rdata

const tupleColumns: readonly TableColumn<StoredTuple>[] = [
  { title: 'NAME', width: 36, place: 'name', text: r => r.rrname },
  { title: 'TYPE', width: 6, place: 6, text: r => r.rrtype },
  { title: 'COUNT', width: 7, place: 3, text: r => String(r.count) },
  { title: 'FIRST', width: 16, place: 4, text: r => minuteText(r.first) },
  { title: 'LAST', width: 16, place: 5, text: r => minuteText(r.last) },
  { title: 'TTL', width: 11, place: 2, text: ttlText },
  { title: 'SENSOR', width: 10, place: 1, text: r => r.sensor },
  { title: 'DATA', width: 36, place: 'last', text: r => shortened(r.rdata) },
]

/** As above, but for the sensor: the site knows how many there are, and not which of them was first. */
const siteColumns: readonly TableColumn<SiteTuple>[] = tupleColumns.map(column =>
  column.title === 'SENSOR' ? { ...column, title: 'SENSORS', text: r => String(r.sensors) } : column,
)

/** Prints rows as they come: a table on a terminal, else JSON lines. */
export const show = async <T>(
  { stdout, signal }: Io,
  json: boolean,
  columns: readonly TableColumn<T>[],
  jsonLine: (row: T) => string,
  pages: () => AsyncIterable<readonly T[]> | Iterable<readonly T[]>,
): Promise<void> => {
  const table = stdout.isTTY === true && !json ? openTable(columns, () => stdout.columns) : undefined
  const line = table?.row ?? jsonLine
  await writeAll(
    stdout,
    (async function* () {
      let header = table?.header() ?? ''
      for await (const page of pages())
        if (page.length > 0) {
          yield header + page.map(row => line(row)).join('')
          header = ''
        }
    })(),
    signal,
  )
}

/**
 * Runs a pass to its end, and leaves time for signals between its steps.
 *
 * @throws Error if the signal aborts before
 */
export const finish = async <T>(pass: Generator<unknown, T>, { signal }: Io): Promise<T> => {
  for (let next = pass.next(); ; next = pass.next()) {
    if (next.done === true) return next.value
    await setImmediate()
    if (signal.aborted) throw new Error('stopped before the end')
  }
}

/* near */

export interface NearFlags extends PdnsFlags {
  readonly address: string
  readonly tag: TagName
  readonly limit: number
}

const octetsText = (octets: number): string => String(Math.round(octets * 100) / 100)

const nearColumns: readonly TableColumn<NearAddress>[] = [
  { title: 'ADDRESS', width: 24, place: 'name', text: r => r.address },
  { title: 'DISTANCE', width: 12, place: 7, text: r => String(r.distance) },
  { title: 'PREFIX', width: 6, place: 6, text: r => `/${r.prefix}` },
  { title: 'OCTETS', width: 7, place: 3, text: r => octetsText(r.octets) },
  { title: 'TAGGED', width: 28, place: 5, text: r => tagValueText(r.tag.target) },
  { title: 'NAME', width: 28, place: 4, text: r => r.rrname ?? '' },
  { title: 'SOURCE', width: 16, place: 2, text: r => r.tag.source },
  { title: 'NOTE', width: 24, place: 'last', text: r => r.tag.note ?? '' },
]

/** `pdns near`. @throws UsageError if the text is no address, or the folder has no state */
export const pdnsNear = async ({ address, tag, limit, json, data }: NearFlags, io: Io): Promise<void> => {
  const target = readTagValue(address)
  if (typeof target === 'string' || target.kind !== 'network' || target.bits !== 8 * target.from.length)
    throw new UsageError(`"${excerpt(address)}" is no address.`)
  await withStateToRead(data, io.signal, async store => {
    const options = { address: target.from, tag, limit }
    const found = await finish(nearestTagged(store, tagTableOf(store.tags), options), io)
    await show(io, json, nearColumns, nearLine, () => [found])
    if (found.length === 0)
      io.stderr.write(
        `No address near ${addressText(target.from)} has the tag ${tag}, and no name that has it an address.\n`,
      )
  })
}
