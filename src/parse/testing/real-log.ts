/** Parses whole log files, for the tests with real data. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Event } from '../../model/event.js'
import { openParser } from '../parser.js'
import type { Parser, ParserOptions } from '../record.js'

export interface RealLog {
  readonly lines: number
  readonly events: readonly Event[]
  /** Number of lines with events, and by skip reason. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly parser: Parser
}

/** Parses one file, plain or gzipped. */
export const readLog = (
  path: string,
  sources: ParserOptions['sources'] = new Set(['dns']),
  records = false,
): RealLog => {
  const parser = openParser({ stated: 'auto', sources, records, header: '' })
  const events: Event[] = []
  const outcomes: Record<string, number> = {}
  const lines = linesOf(path)
  for (const line of lines) {
    const result = parser.parse(line)
    const outcome = typeof result === 'string' ? result : 'events'
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    if (typeof result !== 'string') events.push(...result)
  }
  return { lines: lines.length, events, outcomes, parser }
}

/** The lines of a file as bytes; the last one may have no newline. */
export const linesOf = (path: string): Buffer[] => {
  const bytes = path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)
  const lines: Buffer[] = []
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf('\n', from)
    lines.push(bytes.subarray(from, end === -1 ? bytes.length : end))
    from = end === -1 ? bytes.length : end + 1
  }
  return lines
}

/** All files below a folder, or the file itself. */
export const filesUnder = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap(name => filesUnder(join(path, name)))
    : [path]
