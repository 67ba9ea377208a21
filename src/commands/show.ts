/** What the user gets to see: records in the form that suits the place, and a summary. */
import type { Config } from '../config/schema.js'
import type { Counters } from '../counters.js'
import type { Format } from '../output/format.js'
import { jsonFormat } from '../output/json.js'
import { tableFormat } from '../output/table.js'
import { wrapped } from '../output/text-width.js'
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

/** By name, the most frequent first. */
const inWords = (sums: object): string =>
  Object.entries(sums)
    .map(([name, sum]) => `${String(sum)} ${name}`)
    .join(', ')

/** Why a command ended before all was done, as far as that came from outside. */
export const endOf = ({ stdout, signal }: Io): 'reader-left' | 'stopped' | undefined => {
  const { errored } = stdout
  if (errored !== null && 'code' in errored && errored.code === 'EPIPE') return 'reader-left'
  return signal.aborted ? 'stopped' : undefined
}

const endings = {
  'reader-left': 'stopped before the end: nobody reads the output any more',
  stopped: 'stopped before the end: it was told to',
} as const

/** Says on stderr what was read and written, and if that is not all, why. */
export const sayDone = (counters: Counters, io: Io): void => {
  const { lines, questions, timesCorrected } = counters
  const records = inWords(counters.records.toJSON())
  const alerts = inWords(counters.alerts.toJSON())
  const skips = inWords(counters.skips.toJSON())
  const limits = inWords(counters.limits.toJSON())
  // A reader who leaves has taken a part of the last batch, and nobody knows how much of it.
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

/** Says on stderr why it ended before all was done, if it did. */
export const sayEnd = (io: Io): void => {
  const end = endOf(io)
  if (end !== undefined) io.stderr.write(`${endings[end]}\n`)
}

/** A line of a list, broken at its commas where a terminal is too narrow for it. */
const fitted = (line: string, { isTTY, columns = 0 }: Io['stderr']): string =>
  isTTY === true && columns > 0 ? wrapped(line.split(/(?<=,) /), columns - 2).join('\n  ') : line

/** How a `run` ended, in one line for a terminal. */
export const stopped = ({ lines, questions, records, alerts, skips }: Counters): string => {
  const total = (sums: typeof records) => Object.values(sums.toJSON()).reduce((all, sum) => all + sum, 0)
  return (
    `stopped: ${lines} lines read with ${questions} questions, ${total(skips)} skipped; ` +
    `${total(records)} records written with ${total(alerts)} alerts`
  )
}
