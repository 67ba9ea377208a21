/** What the user gets to see: records in the form that suits the place, and a summary. */
import type { Config } from '../config/schema.js'
import type { Counters } from '../counters.js'
import type { Format } from '../output/format.js'
import { jsonFormat } from '../output/json.js'
import { tableFormat } from '../output/table.js'
import { zeekFormat } from '../output/zeek.js'
import type { DomainRecord } from '../record.js'
import type { Io } from './io.js'

/** How records are shown to whoever looks at stdout: a table on a terminal, JSON lines elsewhere. */
const shownAs = (stdout: Io['stdout']): Format =>
  stdout.isTTY === true ? tableFormat(() => stdout.columns) : jsonFormat

/** Shows records as they are written. */
export const showRecords = (stdout: Io['stdout']): ((records: readonly DomainRecord[]) => void) => {
  const format = shownAs(stdout)
  let header = format.header(0)
  return records => {
    stdout.write(header + records.map(format.line).join(''))
    header = ''
  }
}

/** The format of an output as configured; what goes to stdout suits whoever looks at it. */
export const formatFor = ({ output, format }: Config, stdout: Io['stdout']): Format => {
  if (format === 'zeek') return zeekFormat
  return output === '-' ? shownAs(stdout) : jsonFormat
}

/** What was read and written, for people. */
export const summary = (counters: Counters): string => {
  const { lines, questions, records, skips, alerts, limits, timesCorrected } = counters
  const list = (sums: object) =>
    Object.entries(sums)
      .map(([name, sum]) => `${String(sum)} ${name}`)
      .join(', ')
  const parts = [
    `${lines} lines, ${questions} questions`,
    `written: ${list(records.toJSON()) || 'nothing'}`,
    `alerts: ${list(alerts.toJSON()) || 'none'}`,
    `skipped: ${list(skips.toJSON()) || 'nothing'}`,
    ...(list(limits.toJSON()) === '' ? [] : [`limits reached: ${list(limits.toJSON())}`]),
    ...(timesCorrected > 0 ? [`${timesCorrected} impossible times count as now`] : []),
  ]
  return `${parts.join('\n')}\n`
}
