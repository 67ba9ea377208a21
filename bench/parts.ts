/**
 * Measures the parts of reading a line, in one warmed-up process: how close the skim is to a bare loop over bytes in
 * JavaScript.
 *
 *   npx tsc -p bench && node build/bench/parts.js
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openParser } from '../src/parse/parser.js'
import { SkimResult } from '../src/parse/skim/skim.js'
import { SuppressedTable } from '../src/ingest/suppressed-table.js'
import { spread } from './figures.js'
import { workFolder } from './program.js'
import { repeatLog } from './rates/inputs.js'
import type { Kind } from './rates/templates.js'

/** As many as fit into memory many times over; all of them are walked over in each round. */
const lines = 100_000
const rounds = 9
const newline = 0x0a

/** Does something with each line of a log. */
type Part = (bytes: Buffer) => number

const newlines: Part = bytes => {
  let count = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count += 1
  return count
}

/** Nothing but a comparison for each byte. */
const eachByte: Part = bytes => {
  let count = 0
  let at = 0
  while (at < bytes.length) if (bytes[at++] === newline) count += 1
  return count
}

const textOfLine: Part = bytes => {
  let sum = 0
  for (let at = 0, end; (end = bytes.indexOf(newline, at)) !== -1; at = end + 1)
    sum += bytes.toString('latin1', at, end).length
  return sum
}

const open = () => openParser({ stated: 'auto', sources: new Set(['dns']), header: '' })

/** With a parser that has read the first record, and a suppressed table that has all names. */
const skims = (log: Buffer): readonly [what: string, part: Part][] => {
  const parser = open()
  const result = new SkimResult()
  const table = new SuppressedTable()
  const skim =
    (onRecord: (bytes: Buffer) => void): Part =>
    bytes => {
      let records = 0
      for (let at = 0; at < bytes.length;) {
        const seen = parser.skim(bytes, at, result)
        const end = seen === 'unclear' ? bytes.indexOf(newline, at) : result.end
        if (seen === 'unclear') parser.parse(bytes.subarray(at, end))
        if (seen === 'record') {
          onRecord(bytes)
          records += 1
        }
        at = end + 1
      }
      return records
    }
  skim(bytes => {
    const name = bytes.toString('latin1', result.nameAt, result.nameEnd).toLowerCase()
    table.putSuppressed(name, name, { around: 0, until: 0, since: 0 })
  })(log)
  const find = (bytes: Buffer): void => void table.find(bytes, result.nameAt, result.nameEnd)
  return [
    ['skim', skim(() => undefined)],
    ['skim and memo', skim(find)],
  ]
}

const parsed: Part = bytes => {
  const parser = open()
  let events = 0
  for (let at = 0, end; (end = bytes.indexOf(newline, at)) !== -1; at = end + 1)
    events += parser.parse(bytes.subarray(at, end)).length
  return events
}

const work = workFolder()
for (const kind of ['tsv', 'json', 'eve2', 'eve3'] satisfies Kind[]) {
  const path = join(work, kind)
  repeatLog(path, kind, lines)
  const log = readFileSync(path)
  console.log(`${kind}: ${Math.round(log.length / lines)} bytes a line`)
  const parts: readonly (readonly [string, Part])[] = [
    ['newlines, native', newlines],
    ['each byte once', eachByte],
    ['a string of each line', textOfLine],
    ...skims(log),
    ['full parse', parsed],
  ]
  for (const [what, part] of parts) {
    const times: number[] = []
    for (let round = -2; round < rounds; round += 1) {
      const begun = performance.now()
      part(log)
      if (round >= 0) times.push(((performance.now() - begun) * 1e6) / lines)
    }
    console.log(`  ${what.padEnd(24)} ${spread(times, 0)} ns a line`)
  }
}
