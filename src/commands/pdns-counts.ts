/** `domainstats pdns top`, `subdomains`, `new` and `unanswered`, and `who`: counts of passive DNS. */
import { suffixesBy } from '../daemon/names.js'
import { pdnsBarMax } from '../limits.js'
import type { StoredName } from '../model/passive.js'
import { createReducer } from '../names/psl.js'
import { isoTime, jsonEscaped, toJsonLine } from '../output/json.js'
import { dayText, minuteText, type TableColumn } from '../output/table.js'
import type { Asker } from '../store/pdns-reader.js'
import { compareText } from '../transfer/pdns-answer.js'
import {
  levelLine,
  newNamesLine,
  topAddressLine,
  topDomainLine,
  topNameLine,
  unansweredLine,
} from '../transfer/pdns-count-lines.js'
import {
  mostUnanswered,
  newNames,
  subdomainLevels,
  topAddresses,
  topDomains,
  topNames,
  unansweredKinds,
  unansweredOf,
  type NameCount,
  type Level,
  type NewNames,
  type UnansweredKind,
} from '../transfer/pdns-counts.js'
import { systemClock } from '../time/clock.js'
import { UsageError, type Io } from './io.js'
import { finish, questionOf, show, withStore, type PdnsFlags } from './pdns.js'

const json = (row: object): string => `${toJsonLine(row)}\n`
const whenText = (ms: number | undefined): string => (ms === undefined ? '' : minuteText(ms))

/** Exact up to 16; above, an estimate. */
const clientsText = ({ clients }: StoredName): string =>
  clients.isExact ? String(clients.count) : `~${clients.count}`

/** Prints rows, or says that there are none. */
const showAll = async <T>(
  rows: readonly T[],
  columns: readonly TableColumn<T>[],
  jsonLine: (row: T) => string,
  { flags, io, none }: { readonly flags: PdnsFlags; readonly io: Io; readonly none: string },
): Promise<void> => {
  await show(io, flags.json, columns, jsonLine, () => [rows])
  if (rows.length === 0) io.stderr.write(`${none}\n`)
}

/* top */

export interface TopFlags extends PdnsFlags {
  readonly by: 'questions' | 'clients' | 'names' | undefined
  readonly addresses: boolean
  readonly limit: number
}

const topColumns: readonly TableColumn<StoredName>[] = [
  { title: 'QUESTIONS', width: 9, place: 5, text: r => String(r.questions) },
  { title: 'CLIENTS', width: 7, place: 4, text: clientsText },
  { title: 'FIRST', width: 16, place: 2, text: r => whenText(r.first) },
  { title: 'LAST', width: 16, place: 3, text: r => whenText(r.last) },
  { title: 'NAME', width: 36, place: 'name', text: r => r.rrname },
]

const countedColumns = (title: string): readonly TableColumn<NameCount>[] => [
  { title: 'NAMES', width: 9, place: 1, text: r => String(r.count) },
  { title, width: 36, place: 'name', text: r => r.name },
]

/** `pdns top`. @throws UsageError for flags that contradict each other */
export const pdnsTop = async (flags: TopFlags, io: Io): Promise<void> => {
  const { by, addresses, limit } = flags
  if (addresses && by !== undefined && by !== 'names')
    throw new UsageError(`--addresses counts names: it goes without --by ${by}.`)
  const out = { flags, io, none: 'No name was asked for yet.' }
  await withStore(flags, io, async (store, config, dir) => {
    if (addresses) {
      const rows = await finish(topAddresses(store, limit), io)
      return showAll(rows, countedColumns('ADDRESS'), topAddressLine, {
        ...out,
        none: 'No address is known yet.',
      })
    }
    if (by === 'names') {
      const { reduce } = createReducer([], [], await suffixesBy(config, dir))
      const rows = await finish(topDomains(store, reduce, limit), io)
      return showAll(rows, countedColumns('DOMAIN'), topDomainLine, {
        ...out,
        none: 'No domain has a name below it.',
      })
    }
    const rows = await finish(topNames(store, by ?? 'questions', limit), io)
    return showAll(rows, topColumns, topNameLine, out)
  })
}

/* subdomains */

const levelColumns: readonly TableColumn<Level>[] = [
  { title: 'LEVEL', width: 5, place: 2, text: r => String(r.level) },
  { title: 'NAMES', width: 9, place: 1, text: r => String(r.names) },
  { title: 'FOR EXAMPLE', width: 36, place: 'name', text: r => r.example },
]

/** `pdns subdomains`. @throws UsageError for a text that is no name */
export const pdnsSubdomains = async (
  flags: PdnsFlags & { readonly domain: string },
  io: Io,
): Promise<void> => {
  const question = await questionOf(flags.domain.replace(/^\*\./, ''))
  if (question.kind !== 'name') throw new UsageError('subdomains takes a domain name, such as example.com.')
  await withStore(flags, io, async store => {
    const rows = await finish(subdomainLevels(store, question.names), io)
    const none = `No name below ${jsonEscaped(question.names[0] ?? '')} is known.`
    await showAll(rows, levelColumns, levelLine, { flags, io, none })
    const total = rows.reduce((sum, { names }) => sum + names, 0)
    if (total > 0) io.stderr.write(`${total} names in all\n`)
  })
}

/* new */

/** `pdns new`. */
export const pdnsNew = (flags: PdnsFlags & { readonly days: number }, io: Io): Promise<void> =>
  withStore(flags, io, async store => {
    const rows = await finish(newNames(store, flags.days, systemClock.now()), io)
    const most = Math.max(1, ...rows.map(({ names }) => names))
    const bar = ({ names }: NewNames) => '█'.repeat(Math.ceil((names / most) * pdnsBarMax))
    const columns: readonly TableColumn<NewNames>[] = [
      { title: 'DAY', width: 10, place: 2, text: r => dayText(r.day) },
      { title: 'NEW NAMES', width: 9, place: 1, text: r => String(r.names) },
      { title: '', width: pdnsBarMax, place: 'name', text: bar },
    ]
    await showAll(rows, columns, newNamesLine, { flags, io, none: '' })
  })

/* unanswered */

const unansweredColumns = (kind: UnansweredKind | undefined): readonly TableColumn<StoredName>[] => [
  { title: kind ?? 'UNANSWERED', width: 10, place: 9, text: r => String(unansweredOf(r, kind)) },
  { title: 'QUESTIONS', width: 9, place: 8, text: r => String(r.questions) },
  ...unansweredKinds
    .filter(other => other !== kind)
    .map((title, at) => ({
      ...{ title, width: title.length, place: 7 - at },
      text: (r: StoredName) => String(unansweredOf(r, title)),
    })),
  { title: 'NAME', width: 36, place: 'name', text: r => r.rrname },
]

/** `pdns unanswered`. */
export const pdnsUnanswered = (
  flags: PdnsFlags & { readonly rcode: UnansweredKind | undefined; readonly limit: number },
  io: Io,
): Promise<void> =>
  withStore(flags, io, async store => {
    const rows = await finish(mostUnanswered(store, flags.rcode, flags.limit), io)
    const none = 'Each question was answered.'
    await showAll(rows, unansweredColumns(flags.rcode), unansweredLine, { flags, io, none })
  })

/* who */

const askerColumns: readonly TableColumn<Asker>[] = [
  { title: 'CLIENT', width: 39, place: 'name', text: r => r.client },
  { title: 'QUESTIONS', width: 9, place: 2, text: r => String(r.count) },
  { title: 'NAMES', width: 7, place: 1, text: r => String(r.names) },
  { title: 'FIRST', width: 16, place: 3, text: r => minuteText(r.first) },
  { title: 'LAST', width: 16, place: 4, text: r => minuteText(r.last) },
]

const askerLine = ({ client, first, last, count, names }: Asker): string =>
  json({ client, first_seen: isoTime(first), last_seen: isoTime(last), count, names })

/** `who`: the clients who asked last come first. @throws UsageError for a text that is no question */
export const who = async (
  flags: PdnsFlags & { readonly query: string; readonly limit: number },
  io: Io,
): Promise<void> => {
  const asked = await questionOf(flags.query)
  // Who asked for a name, not who asked for the names that point to it.
  const question = 'side' in asked ? { ...asked, side: 'rrname' as const } : asked
  await withStore(flags, io, async (store, config) => {
    const { clients, names, isPartial } = await finish(store.askers(question), io)
    const rows = clients.toSorted((a, b) => b.last - a.last || compareText(a.client, b.client))
    const { record } = config.clients
    const off = 'clients.record is none: who asked is not kept.'
    const unknown = names === 0 ? 'Nothing is known of it.' : 'No client is known that asked for it.'
    const none = record === 'none' ? off : unknown
    await showAll(rows.slice(0, flags.limit), askerColumns, askerLine, { flags, io, none })
    if (record === 'prefix' && rows.length > 0)
      io.stderr.write('clients.record is prefix: each client is the first address of a /24 or /64.\n')
    if (rows.length > flags.limit)
      io.stderr.write(`Only ${flags.limit} of ${rows.length} clients are shown: --limit shows more.\n`)
    if (isPartial) io.stderr.write(`Only the clients of the first ${names} names are counted.\n`)
  })
}
