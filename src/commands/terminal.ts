/** What the user of a command gets to see: records on stdout, and summaries on stderr. */
import { enrichedFieldName, fieldsOf } from '../config/schema-enrich.js'
import type { Config } from '../config/schema.js'
import type { DomainRecord } from '../model/record.js'
import { jsonFormat } from '../output/json.js'
import type { OutputFormat } from '../output/output.js'
import { tableFormat, wrapped } from '../output/table.js'
import { zeekFormatWith } from '../output/zeek.js'
import type { Counters } from '../telemetry/counters.js'
import { endOf, type Io } from './io.js'

/** The format of records on stdout: a table on a terminal, JSON lines elsewhere. */
const shownAs = (stdout: Io['stdout']): OutputFormat =>
  stdout.isTTY === true ? tableFormat(() => stdout.columns) : jsonFormat

/** `--show`: prints records as they are written. */
export const showRecords = (stdout: Io['stdout']): ((records: readonly DomainRecord[]) => void) => {
  const format = shownAs(stdout)
  let header = format.header(0)
  return records => {
    stdout.write(header + records.map(format.line).join(''))
    header = ''
  }
}

/** The format of the output: as configured, or a table for a terminal. */
export const formatFor = ({ output, format, enrich }: Config, stdout: Io['stdout']): OutputFormat => {
  if (format === 'zeek')
    return zeekFormatWith(
      enrich.flatMap(entry =>
        fieldsOf(entry).map(field => ({ name: enrichedFieldName(entry, field), type: field.type })),
      ),
    )
  return output === '-' ? shownAs(stdout) : jsonFormat
}

/** Sums with their names, in the order given: `3 NEW, 1 UNKNOWN`. */
const inWords = (sums: object): string =>
  Object.entries(sums)
    .map(([name, sum]) => `${String(sum)} ${name}`)
    .join(', ')

const endings = {
  'reader-left': 'stopped before the end: nobody reads the output any more',
  stopped: 'stopped before the end: it was told to',
} as const

/** Prints to stderr what was read and written, and why it ended early, if it did. */
export const sayDone = (counters: Counters, io: Io): void => {
  const { lines, questions, timesCorrected } = counters
  const records = inWords(counters.records.toJSON())
  const alerts = inWords(counters.alerts.toJSON())
  const skips = inWords(counters.skips.toJSON())
  const limits = inWords(counters.limits.toJSON())
  // A reader that closed the pipe has read an unknown part of the last batch.
  const unknown = endOf(io) === 'reader-left'
  const parts = [
    `${lines} lines, ${questions} questions`,
    ...(unknown && records === '' ? [] : [`written: ${records || 'nothing'}`]),
    ...(unknown && alerts === '' ? [] : [`alerts: ${alerts || 'none'}`]),
    `skipped: ${skips || 'nothing'}`,
    ...(limits === '' ? [] : [`limits reached: ${limits}`]),
    ...(timesCorrected > 0 ? [`${timesCorrected} impossible times count as now`] : []),
  ]
  for (const part of parts) io.stderr.write(`${fitted(part, io.stderr)}\n`)
  sayEnd(io)
}

/** Prints to stderr why the command ended early, if it did. */
export const sayEnd = (io: Io): void => {
  const end = endOf(io)
  if (end !== undefined) io.stderr.write(`${endings[end]}\n`)
}

/** Breaks a list at its commas, to the width of a terminal. */
const fitted = (line: string, { isTTY, columns = 0 }: Io['stderr']): string =>
  isTTY === true && columns > 0 ? wrapped(line.split(/(?<=,) /), columns - 2).join('\n  ') : line

/** The summary of a `run` in one line, for a terminal. */
export const stopped = ({ lines, questions, records, alerts, skips }: Counters): string => {
  const total = (sums: typeof records) => Object.values(sums.toJSON()).reduce((all, sum) => all + sum, 0)
  return (
    `stopped: ${lines} lines read with ${questions} questions, ${total(skips)} skipped; ` +
    `${total(records)} records written with ${total(alerts)} alerts`
  )
}
