/** `domainstats list`: shows domains, as a table on a terminal and as JSON lines elsewhere. */
import { resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { suffixesBy } from '../daemon/names.js'
import { thresholdsOf } from '../detect/policy.js'
import { openScores } from '../detect/scores.js'
import { globCharsMax } from '../limits.js'
import { createReducer } from '../names/psl.js'
import { isoTime, toJsonLine } from '../output/json.js'
import {
  dayText,
  freqText,
  minuteText,
  openTable,
  type TableColumn,
  type TextTable,
  type Width,
} from '../output/table.js'
import { tagTableOf } from '../store/tags.js'
import { systemClock } from '../time/clock.js'
import { type Listed, listDomains, type ListingOptions } from '../transfer/list.js'
import { demandFolder, openStateToRead } from './data-folder.js'
import { UsageError, type Io, writeAll } from './io.js'
import { timeSince } from './since.js'

const minute = (ms: number | undefined): string => (ms === undefined ? '' : minuteText(ms))
const day = (ms: number | undefined): string => (ms === undefined ? '' : dayText(ms))

/** The table, in the width of the terminal. By risk it shows that in place of letter scores, which it counts. */
const listTable = (widthNow: Width, byRisk: boolean): TextTable<Listed> =>
  openTable(byRisk ? columns.map(column => (column.title === 'FREQ' ? risk : column)) : columns, widthNow)

const risk: TableColumn<Listed> = { title: 'RISK', width: 4, place: 8, text: r => String(r.verdict.risk) }

const columns: readonly TableColumn<Listed>[] = [
  { title: 'DOMAIN', width: 36, place: 'name', text: r => r.domain.domain },
  { title: 'CATEGORY', width: 11, place: 7, text: r => r.verdict.category },
  { title: 'FIRST CONTACT', width: 16, place: 6, text: r => minute(r.domain.firstSeen) },
  { title: 'LAST SEEN', width: 16, place: 2, text: r => minute(r.domain.lastSeen) },
  { title: 'QUERIES', width: 8, place: 4, text: r => String(r.domain.queries) },
  { title: 'REGISTERED', width: 10, place: 5, text: r => day(r.verdict.registered) },
  { title: 'EXPIRES', width: 10, place: 1, text: r => day(r.verdict.expires) },
  { title: 'FREQ', width: 9, place: 3, text: ({ scores }) => freqText(scores) },
  {
    title: 'SOURCE',
    width: 24,
    place: 'last',
    text: r => r.registeredBy ?? (r.verdict.reason ? `(${r.verdict.reason})` : ''),
  },
]

const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms))

/** A JSON line with the field names of `/v1`, without unset fields. */
export const jsonRow = ({ domain, verdict, scores, registeredBy }: Listed): string =>
  `${toJsonLine({
    domain: domain.domain,
    category: verdict.category,
    reason: verdict.reason,
    hosted_on: verdict.hostedOn,
    first_seen: time(domain.firstSeen),
    last_seen: time(domain.lastSeen),
    queries: domain.queries,
    registered: time(verdict.registered),
    expires: time(verdict.expires),
    ...scores,
    registered_by: registeredBy,
    risk: verdict.risk,
    risk_reasons: verdict.riskReasons,
  })}\n`

export interface ListFlags {
  readonly data: string
  readonly onlyNew: boolean
  readonly since: string | undefined
  readonly match: string | undefined
  readonly top: number | undefined
  readonly risk: boolean
}

/** @throws UsageError for invalid flags, or if the folder has no state */
export const list = async (flags: ListFlags, io: Io): Promise<void> => {
  const now = systemClock.now()
  const options = optionsOf(flags, now)
  const dir = resolve(flags.data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const scoresOf = await openScores(config, dir)
  const store = await openStateToRead(dir, io.signal)
  try {
    const rows = listDomains(options, {
      store,
      scoresOf,
      ...createReducer([], [], await suffixesBy(config, dir)),
      thresholds: thresholdsOf(config),
      lookups: config.mode !== 'off',
      now,
      tags: tagTableOf(store.tags),
    })
    await writeAll(
      io.stdout,
      io.stdout.isTTY === true ? tableLines(rows, io.stdout, flags.risk) : jsonLines(rows),
      io.signal,
    )
  } finally {
    store.close()
  }
}

const optionsOf = ({ onlyNew, since, match, top, risk }: ListFlags, now: number): ListingOptions => {
  if (top !== undefined && !(Number.isSafeInteger(top) && top > 0))
    throw new UsageError('--top takes a whole number of names.')
  if (match !== undefined && match.length > globCharsMax)
    throw new UsageError(`--match takes at most ${globCharsMax} characters.`)
  return {
    onlyNew,
    since: since === undefined ? undefined : timeSince(since, now),
    match: match?.toLowerCase(),
    top,
    byRisk: risk,
  }
}

function* tableLines(rows: Iterable<Listed>, stdout: Io['stdout'], byRisk: boolean): Generator<string, void> {
  const table = listTable(() => stdout.columns, byRisk)
  yield table.header()
  for (const row of rows) yield table.row(row)
}

function* jsonLines(rows: Iterable<Listed>): Generator<string, void> {
  for (const row of rows) yield jsonRow(row)
}
