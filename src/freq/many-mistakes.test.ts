/** A file with millions of mistakes is refused at the first one, before they fill the memory. */
import { cpuUsage } from 'node:process'
import t from 'tap'
import { parseTable } from './table.js'

const many = 400_000

void t.test('many mistakes in a freq table', t => {
  const rows = `[true, "", [${'1, '.repeat(many)}1]]`
  const pairs = `[true, "", [["a", [${'1, '.repeat(many)}1]]]]`
  const before = cpuUsage()
  t.throws(() => parseTable(rows, 'x'), { message: /^x: not a freq table: pairs\[0\]: .*tuple/ })
  t.throws(() => parseTable(pairs, 'x'), { message: /^x: not a freq table: pairs\[0\]\[1\]\[0\]: .*tuple/ })
  const { user, system } = cpuUsage(before)
  t.ok(user + system < 1_000_000, `${Math.round((user + system) / 1000)} ms`)
  t.end()
})
