/** The counts of passive DNS as JSON lines, the same on the command line and over HTTP. */
import type { StoredName } from '../model/passive.js'
import { isoTime, toJsonLine } from '../output/json.js'
import { dayText } from '../output/table.js'
import { unansweredKinds, unansweredOf, type Level, type NameCount, type NewNames } from './pdns-counts.js'

const line = (row: object): string => `${toJsonLine(row)}\n`
const timeText = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms))

export const topNameLine = ({ rrname, questions, clients, first, last }: StoredName): string =>
  line({
    ...{ rrname, questions, clients: clients.count, clients_estimated: clients.isExact ? undefined : true },
    ...{ first_seen: timeText(first), last_seen: timeText(last) },
  })

export const topAddressLine = ({ name, count }: NameCount): string => line({ address: name, names: count })
export const topDomainLine = ({ name, count }: NameCount): string => line({ domain: name, names: count })
export const levelLine = (level: Level): string => line(level)
export const newNamesLine = ({ day, names }: NewNames): string => line({ day: dayText(day), names })

export const unansweredLine = (name: StoredName): string =>
  line({
    ...{ rrname: name.rrname, questions: name.questions, unanswered: unansweredOf(name, undefined) },
    ...Object.fromEntries(unansweredKinds.map(kind => [kind.toLowerCase(), unansweredOf(name, kind)])),
    ...{ first_seen: timeText(name.first), last_seen: timeText(name.last) },
  })
