/** Training on more than a table may hold. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const own = '[true, "", [["a", [["b", 3], ["c", 1]]]]]'

void t.test('a table that would become too large stays as it was', async t => {
  const table = join(t.testdir({ 'own.freq': own }), 'own.freq')
  // No pair of letters comes twice: a table of all of them has more bytes than a table may have.
  const letters = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => String.fromCodePoint(from + i))
  const flood = letters(0x4e00, 1200).map(first => `${letters(0xac00, 1000).join(first)}\n`)
  const io = testIo(flood.join(''))
  t.equal(await runCommandLine(['freq', 'train', table, '--file', '-'], io), 1)
  t.match(io.err(), /would be larger than 16777216 bytes/)
  t.equal(readFileSync(table, 'utf8'), own)
  t.notOk(existsSync(`${table}.new`))
})
