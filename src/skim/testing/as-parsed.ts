/** Compares the skim of a line with its full parse, for tests and the fuzzer. */
import type { Event, LineSkip } from '../../model/event.js'
import { isPlain } from '../../names/canonical.js'
import type { Parser } from '../../parse/record.js'
import { Skimmer, type Skimmed } from '../skimmer.js'

const skimmer = new Skimmer({ skims: true, random: () => 0.5 })
const [room] = skimmer.rooms.lend() ?? []
if (!room) throw new Error('no WebAssembly SIMD here')

/** A plausible time for lines that have none. */
const usualTime = Date.UTC(2018, 2, 24)
/** Placed behind the last newline: bytes that the skim would take for fields if it read too far. */
const rubbish = Buffer.from('{"ts":1,"\\"event_type":"dns"\t\t5\t},"id":7,"opcode":5,"query":"x.com"\n\n')
let batch = 0

/**
 * Parses a line and skims it: what the skim saw, and how that differs from the parse. Every text in the line is entered
 * as a suppressed name, so that the test notices if the skim takes a wrong one for the query.
 *
 * A malformed line is no difference if the skim does not read the broken part: see docs/skim.md.
 */
export const skimmed = (
  parser: Parser,
  line: Buffer,
): { readonly seen: string; readonly differs: string[] } => {
  const { skimAs } = parser
  const parsed = parser.parse(line)
  if (line.length > room.length - 200) return { seen: 'unclear', differs: [] }
  skimmer.use(skimAs)
  const around = typeof parsed === 'string' ? usualTime : (parsed[0]?.ts ?? usualTime)
  const names = textsOf(line, parsed)
  for (const name of names) skimmer.put(name, name, { around, until: Infinity, since: -Infinity })
  skimmer.begin((batch += 1), Number.isNaN(around) ? usualTime : around)
  skimmer.forgetTransactions()
  // Starts each line at another offset in a block of 64 bytes.
  const at = batch % 64
  const end = at + line.copy(room, at) + 1
  room[end - 1] = 0x0a
  rubbish.copy(room, end)
  const look = () => {
    const stopped = skimAs ? skimmer.next(room, at, end) : at
    return { stopped, names: skimmer.counted(), ...(skimmer.skipped() ?? nothing) }
  }
  const seen = look()
  const again = { ...look(), ...(seen.stopped === at && { stopped: at }) }
  const differs = [...differsIn(seen, parsed, at, end), ...differsAgain(seen, again, parsed)]
  for (const name of names) skimmer.expire(name)
  const what = seen.stopped === at ? 'unclear' : seen.names.length > 0 ? 'record' : (seen.skips[0]?.[0] ?? '')
  return { seen: what, differs: parsed === 'malformed' ? [] : differs }
}

const nothing: Skimmed = { lines: 0, questions: 0, hadResponse: false, skips: [] }

type Looked = { readonly stopped: number; readonly names: ReturnType<Skimmer['counted']> } & Skimmed

/** All texts that the skim could take for the query. */
const textsOf = (line: Buffer, parsed: readonly Event[] | LineSkip): readonly string[] => {
  const texts = line
    .toString('latin1')
    .split(/[\t"\n]/)
    .map(text => text.toLowerCase().replace(/\.+$/, ''))
  const queries = typeof parsed === 'string' ? [] : parsed.map(({ query }) => query)
  return [...new Set([...texts.slice(0, 500), ...queries])].filter(text => text.length < 300 && isPlain(text))
}

const differsIn = (
  { stopped, names, lines, questions, skips, hadResponse }: Looked,
  parsed: readonly Event[] | LineSkip,
  at: number,
  end: number,
): string[] => {
  if (stopped === at)
    return lines + questions + names.length + skips.length > 0 ? ['it gave a line back and counted it'] : []
  const all = [
    ...(stopped === end ? [] : [`end ${stopped - at} of ${end - at}`]),
    ...(lines === 1 ? [] : [`${lines} lines`]),
  ]
  const [name] = names
  if (!name) {
    const [[skip, count] = []] = skips
    const isOne = skips.length === 1 && count === 1 && questions === 0 && skip === parsed
    return isOne ? all : [...all, `${skip ?? ''}, parsed ${typeof parsed === 'string' ? parsed : 'a record'}`]
  }
  if (typeof parsed === 'string') return [...all, `a record, parsed ${parsed}`]
  const [event, ...more] = parsed
  if (!event || more.length > 0) return [...all, `a record, parsed ${parsed.length} events`]
  return [
    ...all,
    ...(name.domain === event.query ? [] : [`name ${name.domain}, parsed ${event.query}`]),
    ...(name.last === event.ts ? [] : [`time ${name.last}, parsed ${event.ts}`]),
    ...(hadResponse === (event.isResponse === true) ? [] : [`response ${hadResponse}`]),
    ...(name.count === 1 && questions === 1 ? [] : ['not counted once']),
  ]
}

/** Skims the line again: it must be a copy if it has a transaction, and its parsed event must be one, too. */
const differsAgain = (seen: Looked, again: Looked, parsed: readonly Event[] | LineSkip): string[] => {
  const [event] = typeof parsed === 'string' ? [] : parsed
  if (!event || seen.names.length === 0) return []
  const isCopy = again.skips.some(([skip]) => skip === 'duplicate')
  const hasTransaction = event.uid !== undefined && event.transaction !== undefined
  if (isCopy !== hasTransaction) return [`a copy ${isCopy}, parsed ${hasTransaction}`]
  if (!hasTransaction) return []
  if (skimmer.isNew(event)) return ['another transaction']
  // An answer of version 1 with another time belongs to another message, unless the line was the question.
  const other = { ...event, query: 'another.example', isAnswer: true as const, ts: event.ts + 1 }
  const isAnswer = skimmer.isNew(other)
  return isAnswer === (event.isAnswer === true) ? [] : [`answer ${isAnswer}`]
}
