/**
 * Measures the parts of reading a line, in one warmed-up process: what the skim takes beside a walk over the bytes in
 * JavaScript, and beside the full parse.
 *
 *   npx tsc -p bench && node build/bench/parts.js
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openParser } from '../src/parse/parser.js'
import { Skimmer } from '../src/skim/skimmer.js'
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

/** With a parser that has read the first record, and all names suppressed. */
const skims = (log: Buffer): readonly [what: string, part: Part][] => {
  const parser = open()
  const skimmer = new Skimmer({ skims: true, random: Math.random })
  let batch = 0
  const skim =
    (onEvent: (name: string, ts: number) => void): Part =>
    bytes => {
      skimmer.begin((batch += 1), Date.now())
      skimmer.beginChunk()
      skimmer.forgetTransactions()
      for (let at = 0; at < bytes.length;) {
        skimmer.use(parser.skimAs)
        at = skimmer.next(bytes, at, bytes.length)
        if (at === bytes.length) break
        const end = bytes.indexOf(newline, at)
        const events = parser.parse(bytes.subarray(at, end))
        if (typeof events !== 'string') for (const { query, ts } of events) onEvent(query, ts)
        at = end + 1
      }
      skimmer.counted()
      return skimmer.skipped()?.questions ?? 0
    }
  const learn = skim((name, ts) => skimmer.put(name, name, { around: ts, until: Infinity, since: -Infinity }))
  learn(log)
  return [['skim, and what it counts', skim(() => undefined)]]
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
