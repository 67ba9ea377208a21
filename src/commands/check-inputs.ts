/** For `check` and `doctor`: which logs an input names, whether they can be read, and whether they are understood. */
import type { Config } from '../config/schema.js'
import { refusal, whyRefused } from '../files/rights.js'
import { judge, judgementText, outcomeOf } from '../ingest/not-understood.js'
import { examinedBytesMax } from '../limits.js'
import type { LineSkip } from '../model/event.js'
import { jsonEscaped } from '../output/json.js'
import { openParser } from '../parse/parser.js'
import { find, whyNothing } from '../tail/inputs.js'
import { openContent } from '../tail/open-files.js'
import { NoLog } from '../tail/packing.js'
import type { Input } from '../tail/source.js'

const newline = 0x0a

/** The whole lines in some bytes of a log, without their newlines. */
export function* wholeLinesIn(bytes: Buffer): Generator<Buffer, void> {
  for (let at = 0, end = bytes.indexOf(newline); end !== -1; at = end + 1, end = bytes.indexOf(newline, at))
    yield bytes.subarray(at, end)
}

/**
 * The warning about a log that can be opened: none of its first whole lines can be parsed, or another program has to unpack
 * it. Undefined if there is none.
 */
export const warningAbout = async (
  path: string,
  format: Input['format'],
  { names_from }: Pick<Config, 'names_from'>,
): Promise<string | undefined> => {
  try {
    const content = await openContent(path)
    const start = await content.piece(0, examinedBytesMax).finally(content.close)
    const parser = openParser({ stated: format, sources: new Set(names_from), header: '' })
    const skips = new Map<LineSkip, number>()
    let lines = 0
    for (const line of wholeLinesIn(start)) {
      const events = parser.parse(line)
      lines += 1
      if (typeof events === 'string') skips.set(events, (skips.get(events) ?? 0) + 1)
      if (outcomeOf({ lines, skips }).understood > 0) return undefined
    }
    const found = judge(outcomeOf({ lines, skips }), format, start, 1)
    return found && jsonEscaped(judgementText(found))
  } catch (error) {
    return error instanceof NoLog ? jsonEscaped(`${error.message}, and not read: ${error.remedy}`) : undefined
  }
}

/** A log of an input. All texts are printable. */
export interface ExaminedLog {
  readonly path: string
  /** Why it cannot be read. */
  readonly closed: string | undefined
  /** Why nothing of it would be understood. */
  readonly warning: string | undefined
}

export interface ExaminedInput {
  /** The input as messages name it. */
  readonly name: string
  /** Why it has no log: that cannot be told from a mistyped path. */
  readonly nothing: string | undefined
  readonly logs: readonly ExaminedLog[]
}

export const examineInput = async (input: Input, config: Config): Promise<ExaminedInput> => {
  const { files: places, closed } = await find(input)
  const there = [...places.keys(), ...closed.keys()].filter(path => refusal(path, 'read') !== 'ENOENT')
  const name = `input ${jsonEscaped(input.path)} (${input.format})`
  if (there.length === 0) return { name, nothing: jsonEscaped(await whyNothing(input)), logs: [] }
  const logs: ExaminedLog[] = []
  // One after the other: there may be more logs than files that may be open.
  for (const path of there) {
    const why = whyRefused(path, 'read') ?? whyClosed(closed.get(path))
    const warning = why === undefined ? await warningAbout(path, input.format, config) : undefined
    logs.push({ path, closed: why && jsonEscaped(why), warning })
  }
  return { name, nothing: undefined, logs }
}

const whyClosed = (error: Error | undefined): string | undefined =>
  error && `it cannot be looked at (${error.message})`

/**
 * The lines and problems of an input for `check`, and the number of its warnings.
 *
 * @param isAlone no other input has a log: then `run` has nothing to do
 */
export const checkedInput = ({ name, nothing, logs }: ExaminedInput, isAlone: boolean) => {
  if (nothing !== undefined) {
    const why = `${name}: ${nothing}`
    return isAlone
      ? { lines: [why], problems: [why], warnings: 0 }
      : { lines: [`${why} (warning: is its path right?)`], problems: [], warnings: 1 }
  }
  const stateOf = ({ closed, warning }: ExaminedLog): string =>
    closed !== undefined
      ? `not readable: ${closed}`
      : warning === undefined
        ? 'readable'
        : `warning: ${warning}`
  return {
    lines: [name, ...logs.map(log => `    ${jsonEscaped(log.path)}: ${stateOf(log)}`)],
    problems: logs.flatMap(({ closed }) => (closed === undefined ? [] : [`${name}: ${closed}`])),
    warnings: logs.filter(({ warning }) => warning !== undefined).length,
  }
}
