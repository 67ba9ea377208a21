/** `domainstats isc-alert add`, `list` and `remove`. */
import { resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { excerpt } from '../config/problem.js'
import { suffixesBy } from '../daemon/names.js'
import { iscAlertCharsMax, iscAlertsOfDomainMax, iscDomainAlertsMax } from '../limits.js'
import { readAlerts } from '../lookup/isc/responses.js'
import type { IscDomainAlert } from '../model/isc-client.js'
import { createReducer } from '../names/psl.js'
import { readTagValue } from '../names/tag-value.js'
import { isoTime, jsonEscaped, toJsonLine } from '../output/json.js'
import { minuteText, type TableColumn } from '../output/table.js'
import { systemClock } from '../time/clock.js'
import { sourceFrom } from '../transfer/row.js'
import { demandFolder, withStateOf, withStateToRead } from './data-folder.js'
import { type Io, UsageError } from './io.js'
import { userName } from './mute.js'
import { show } from './pdns.js'

interface AlertFlags {
  readonly data: string
  readonly domain: string
}

/** The domain that clients ask about: by the suffixes of the settings. @throws UsageError if there is none */
const domainFrom = async ({ data, domain }: AlertFlags): Promise<string> => {
  const refuse = (why: string): never => {
    throw new UsageError(`"${excerpt(domain)}" is no domain that a client asks about: ${jsonEscaped(why)}`)
  }
  const target = readTagValue(domain)
  if (typeof target === 'string') return refuse(target)
  if (target.kind !== 'name') return refuse('it is an address')
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const reduced = createReducer([], [], await suffixesBy(config, dir)).reduce(target.name)
  return typeof reduced === 'string' ? refuse(reduced) : reduced.domain
}

/** A text that reaches the clients as it is. @throws UsageError for any other */
const alertFrom = (text: string): string => {
  const [alert] = readAlerts([text]).alerts
  if (alert === text) return text
  throw new UsageError(
    `"${excerpt(text)}" cannot be an alert: at most ${iscAlertCharsMax} printable ASCII characters without quotes, commas and backslashes, and not the name of one of our own.`,
  )
}

/** `isc-alert add`. @throws UsageError for a value that is none; Error if there are too many */
export const addIscAlert = async (
  flags: AlertFlags & { readonly text: string; readonly by: string | undefined },
  io: Io,
): Promise<void> => {
  const text = alertFrom(flags.text)
  const domain = await domainFrom(flags)
  const by = sourceFrom(flags.by ?? userName('isc-alert add'))
  const alert = { domain, text, at: systemClock.now(), by }
  const why = await withStateOf(flags.data, ({ iscChanges }) => iscChanges.putDomainAlert(alert))
  if (why !== undefined)
    throw new Error(
      why === 'too-many'
        ? `not stored: there are ${iscDomainAlertsMax} alerts, which is the most`
        : `not stored: ${domain} has ${iscAlertsOfDomainMax} alerts, which is the most`,
    )
  io.stderr.write(`${domain}: clients that ask are told "${text}"\n`)
}

/** `isc-alert remove`. @throws UsageError for a value that is none; Error if there was no such alert */
export const removeIscAlert = async (
  flags: AlertFlags & { readonly text: string | undefined },
  io: Io,
): Promise<void> => {
  const domain = await domainFrom(flags)
  const count = await withStateOf(flags.data, ({ iscChanges }) =>
    iscChanges.removeDomainAlerts(domain, flags.text),
  )
  if (count === 0) throw new Error(`${domain} has no such alert`)
  io.stderr.write(`${domain}: ${count} removed\n`)
}

const columns: readonly TableColumn<IscDomainAlert>[] = [
  { title: 'DOMAIN', width: 36, place: 'name', text: ({ domain }) => domain },
  { title: 'TIME', width: 16, place: 2, text: ({ at }) => minuteText(at) },
  { title: 'BY', width: 12, place: 1, text: ({ by }) => by },
  { title: 'ALERT', width: 40, place: 'last', text: ({ text }) => text },
]

const alertLine = ({ domain, text, at, by }: IscDomainAlert): string =>
  `${toJsonLine({ domain, alert: text, time: isoTime(at), by })}\n`

/** `isc-alert list`. @throws UsageError if the folder has no state */
export const listIscAlerts = async (
  flags: { readonly data: string; readonly json: boolean },
  io: Io,
): Promise<void> => {
  await withStateToRead(flags.data, io.signal, store =>
    show(io, flags.json, columns, alertLine, () => [store.isc.domainAlerts()]),
  )
}
