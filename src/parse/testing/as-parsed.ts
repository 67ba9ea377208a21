/** Compares a skim with the full parse of the same line. */
import type { Event, LineSkip } from '../../model/event.js'
import { nameOfText, nameOfTsv } from '../../names/canonical.js'
import type { Parser } from '../record.js'
import { SkimResult } from '../skim/skim.js'

const result = new SkimResult()

/**
 * Parses a line and skims it. Returns the result of the skim, and its differences from the parse.
 *
 * A line that is invalid where the skim does not look (a value that is not JSON) does not count: see skim.ts.
 */
export const skimmed = (
  parser: Parser,
  line: Buffer,
): { readonly seen: string; readonly differs: string[] } => {
  const bytes = Buffer.concat([Buffer.from('before\n'), line, Buffer.from('\nbehind\n')])
  const at = 'before\n'.length
  Object.assign(result, { nameAt: 0, nameEnd: 3, ts: 1, end: 2, flow: 3, id: 4 })
  const seen = parser.skim(bytes, at, result)
  const { nameAt, nameEnd, ts, end, flow, id, isAnswer } = result
  const name = bytes.toString('latin1', nameAt, nameEnd)
  const parsed = parser.parse(line)
  if (seen === 'unclear' || parsed === 'malformed') return { seen, differs: [] }
  const differs = [
    ...(end === at + line.length ? [] : [`end ${end - at} of ${line.length}`]),
    ...(seen === 'record' ? unlike(parsed, { name, ts, flow, id, isAnswer }) : seen === parsed ? [] : [`${seen}, parsed ${typeof parsed === 'string' ? parsed : 'a record'}`]), // prettier-ignore
  ]
  return { seen, differs }
}

const unlike = (
  found: readonly Event[] | LineSkip,
  {
    name,
    ts,
    flow,
    id,
    isAnswer,
  }: Pick<SkimResult, 'ts' | 'flow' | 'id' | 'isAnswer'> & { readonly name: string },
): string[] => {
  if (typeof found === 'string') return [`a record, parsed ${found}`]
  const [event, ...more] = found
  if (!event || more.length > 0) return [`a record, parsed ${found.length} events`]
  // Escapes differ by format, and such names are never in the suppressed table.
  const names = name.includes('\\') ? [event.query] : [nameOfText(Buffer.from(name, 'latin1').toString()), nameOfTsv(name)] // prettier-ignore
  const transaction = flow === -1 || id === -1 ? undefined : `${flow} ${id}`
  const parsed = event.transaction === undefined ? undefined : `${event.uid} ${event.transaction}`
  return [
    ...(names.includes(event.query) ? [] : [`name ${name}, parsed ${event.query}`]),
    ...(ts === event.ts ? [] : [`time ${ts}, parsed ${event.ts}`]),
    ...(flow === -1 || isAnswer === (event.isAnswer === true)
      ? []
      : [`answer ${isAnswer}, parsed ${!isAnswer}`]),
    ...(transaction === parsed ? [] : [`transaction ${String(transaction)}, parsed ${String(parsed)}`]), // prettier-ignore
  ]
}
