/** `domainstats mute add`, `list` and `remove`. */
import { userInfo } from 'node:os'
import { excerpt } from '../config/problem.js'
import { muteMsMax, mutesMax } from '../limits.js'
import type { ClientNetwork, Mute, MuteScope } from '../model/mute.js'
import { readTagValue, tagValueText } from '../names/tag-value.js'
import { isoTime, jsonEscaped, toJsonLine } from '../output/json.js'
import { minuteText, type TableColumn } from '../output/table.js'
import { dayMs, systemClock } from '../time/clock.js'
import { sourceFrom } from '../transfer/row.js'
import { readSince } from '../transfer/since.js'
import { noteFrom } from '../transfer/tag-row.js'
import { withStateOf, withStateToRead } from './data-folder.js'
import { type Io, UsageError } from './io.js'
import { show } from './pdns.js'

export interface MuteFlags {
  readonly data: string
}

export interface AddMuteFlags extends MuteFlags {
  readonly domain: string | undefined
  readonly client: string | undefined
  readonly alert: string | undefined
  /** `7d`. */
  readonly span: string
  readonly note: string | undefined
  readonly by: string | undefined
}

/** How long to mute, in ms. @throws UsageError for any other text, and for more than a year */
const spanOf = (text: string): number => {
  const ms = /^\d+[mhdw]$/.test(text) ? -(readSince(text, 0) ?? 0) : 0
  if (ms > 0 && ms <= muteMsMax) return ms
  throw new UsageError(`--for takes a time like 12h, 7d or 4w, at most ${muteMsMax / dayMs}d.`)
}

const refuse = (text: string, why: string): never => {
  throw new UsageError(`"${excerpt(text)}" cannot be muted: ${jsonEscaped(why)}`)
}

const nameOf = (text: string): string => {
  const target = readTagValue(text)
  if (typeof target === 'string') return refuse(text, target)
  return target.kind === 'name'
    ? target.name
    : refuse(text, 'it is an address: a client is muted by --client')
}

const networkOf = (text: string): ClientNetwork => {
  const target = readTagValue(text)
  if (typeof target === 'string') return refuse(text, target)
  return target.kind === 'network' ? target : refuse(text, 'it is no address and no network')
}

/** @throws UsageError for a value that is none, and for a mute of everything */
const scopeOf = ({ domain, client, alert }: AddMuteFlags): MuteScope => {
  if (domain === undefined && client === undefined && alert === undefined)
    throw new UsageError('That would mute everything: give a domain, --client or --alert.')
  return {
    domain: domain === undefined ? undefined : nameOf(domain),
    client: client === undefined ? undefined : networkOf(client),
    alert,
  }
}

/** Who runs this. @param fallback for a container that has no name for its user */
export const userName = (fallback: string): string => {
  try {
    return userInfo().username
  } catch {
    return fallback
  }
}

/** `mute add`. @throws UsageError for a value that is none, or if the folder has no state; Error if there are too many mutes */
export const addMute = async (flags: AddMuteFlags, io: Io): Promise<void> => {
  const at = systemClock.now()
  const mute = {
    ...scopeOf(flags),
    ...{
      until: at + spanOf(flags.span),
      at,
      by: sourceFrom(flags.by ?? userName('mute add')),
      note: noteFrom(flags.note),
    },
  }
  const number = await withStateOf(flags.data, store => store.addMute(mute))
  if (number === undefined)
    throw new Error(`not stored: there are ${mutesMax} mutes already, which is the most. Remove some first.`)
  io.stderr.write(`mute ${number}: ${scopeText(mute)}, until ${minuteText(mute.until)}\n`)
}

/** `mute remove`. @throws UsageError if the folder has no state; Error if there is no such mute */
export const removeMute = async (flags: MuteFlags & { readonly number: number }, io: Io): Promise<void> => {
  const { number } = flags
  if (!Number.isSafeInteger(number))
    throw new UsageError('mute remove takes the number that mute list shows.')
  if (!(await withStateOf(flags.data, store => store.removeMute(number))))
    throw new Error(`there is no mute ${number}`)
  io.stderr.write(`mute ${number} removed\n`)
}

const scopeText = ({ domain, client, alert }: MuteScope): string =>
  [
    alert ?? 'all alerts',
    ...(domain === undefined ? [] : [`about ${domain}`]),
    ...(client ? [`of ${tagValueText(client)}`] : []),
  ].join(' ')

type Listed = Mute & { readonly isOver: boolean }

const columns: readonly TableColumn<Listed>[] = [
  { title: 'MUTE', width: 5, place: 6, text: ({ number }) => String(number) },
  { title: 'DOMAIN', width: 36, place: 'name', text: ({ domain = '' }) => domain },
  { title: 'CLIENT', width: 18, place: 5, text: ({ client }) => (client ? tagValueText(client) : '') },
  { title: 'ALERT', width: 18, place: 4, text: ({ alert = '' }) => alert },
  { title: 'UNTIL', width: 16, place: 3, text: ({ until, isOver }) => (isOver ? 'over' : minuteText(until)) },
  { title: 'HITS', width: 6, place: 2, text: ({ hits }) => String(hits) },
  { title: 'BY', width: 12, place: 1, text: ({ by }) => by },
  { title: 'NOTE', width: 36, place: 'last', text: ({ note = '' }) => note },
]

const muteLine = ({ number, domain, client, alert, until, isOver, hits, at, by, note }: Listed): string =>
  `${toJsonLine({
    ...{ mute: number, domain, client: client ? tagValueText(client) : undefined, alert },
    ...{ until: isoTime(until), over: isOver, hits, by, time: isoTime(at), note },
  })}\n`

/** `mute list`. @throws UsageError if the folder has no state */
export const listMutes = async (flags: MuteFlags & { readonly json: boolean }, io: Io): Promise<void> => {
  await withStateToRead(flags.data, io.signal, store => {
    const now = systemClock.now()
    const rows = store.mutes().map(mute => ({ ...mute, isOver: mute.until <= now }))
    return show(io, flags.json, columns, muteLine, () => [rows])
  })
}
