/** The table in docs/fleet.md is what the simulation says of the costs that stand above it. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { sizeHeading, sizeRows } from './size.js'

const page = readFileSync('docs/fleet.md', 'utf8')

void t.test('how large a shared store must be', t => {
  const [, claimMicros, bytes] =
    /a claim takes ([\d.]+) µs of a master's CPU, and a domain (\d+) bytes/.exec(page) ?? []
  const rows = sizeRows({ claimMicros: Number(claimMicros), bytes: Number(bytes) })
  for (const cells of [sizeHeading, ...rows]) t.match(page, `| ${cells.join(' | ')} |\n`)
  t.end()
})
