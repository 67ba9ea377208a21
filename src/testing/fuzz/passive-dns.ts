/** Fuzzes the reader of the Common Output Format, and the way of what it reads through the store and out again. */
import fc from 'fast-check'
import { openStore } from '../../store/store.js'
import { readCof, type CofRow } from '../../transfer/cof.js'
import { PdnsExport } from '../../transfer/pdns-export.js'
import { bytesOf } from '../../transfer/testing/load.js'
import { jsonLike } from './json.js'
import { bytesLike } from './mutations.js'
import { cofRows } from './seeds.js'
import { must, target, type Target } from './target.js'
import { unprintable } from './usable.js'
import { now } from './written.js'

const readAll = async (bytes: Buffer, size: number): Promise<readonly CofRow[]> => {
  const rows: CofRow[] = []
  for await (const row of readCof(bytesOf(bytes, size), now)) rows.push(row)
  return rows
}

const rows = fc.array(jsonLike(cofRows), { maxLength: 4 })
const joined = (parts: readonly Buffer[], text: string) =>
  Buffer.from(parts.map(part => part.toString('latin1')).join(text), 'latin1')
const files = fc.oneof(
  rows.map(parts => joined(parts, '\n')),
  rows.map(parts => Buffer.concat([Buffer.from('['), joined(parts, ','), Buffer.from(']')])),
  bytesLike([cofRows.join('\n'), `[${cofRows.join(',')}]`]),
)

const mustSurvive = async (bytes: Buffer, size: number): Promise<void> => {
  const read = await readAll(bytes, 1 << 20)
  const atLeast = Math.ceil(bytes.length / 500)
  const cut = await readAll(bytes, Math.max(size, atLeast))
  must(JSON.stringify(read) === JSON.stringify(cut), 'a file that reads otherwise when it comes in pieces')
  const store = openStore(':memory:')
  const other = openStore(':memory:')
  try {
    store.importFacts(
      read.flatMap(row => row.facts),
      'file',
    )
    const lines = [...new PdnsExport(undefined).lines(store.pdns.bySource({}))].join('')
    must(!unprintable.test(lines.replaceAll('\n', '')), 'a line that forges another one')
    const again = await readAll(Buffer.from(lines), 1 << 20)
    must(
      again.every(row => row.refused === undefined),
      'an export that is refused',
    )
    other.importFacts(
      again.flatMap(row => row.facts),
      'file',
    )
    const same = [...new PdnsExport(undefined).lines(other.pdns.bySource({}))].join('')
    must(same === lines, 'an export that changes on its way')
  } finally {
    store.close()
    other.close()
  }
}

export const passiveDnsTargets: readonly Target[] = [
  target(
    'pdns-cof',
    fc.tuple(files, fc.integer({ min: 1, max: 4_096 })),
    ([bytes, size]) => mustSurvive(bytes, size),
    { weight: 20, close: () => undefined },
  ),
]
