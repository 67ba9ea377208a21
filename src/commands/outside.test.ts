import t from 'tap'
import { mayAskOutside, wentTo, willAsk } from './outside.js'

void t.test('registries are asked with a data folder, or where the user says so', t => {
  const table: readonly (readonly [flags: Parameters<typeof mayAskOutside>[0], asks: boolean])[] = [
    [{ data: undefined, lookup: undefined }, false],
    [{ data: undefined, lookup: true }, true],
    [{ data: '/d', lookup: undefined }, true],
    [{ data: '/d', lookup: false }, false],
    [{ data: '/d', lookup: undefined, peek: true }, false],
    [{ data: undefined, lookup: false, peek: true }, false],
  ]
  for (const [flags, asks] of table) t.equal(mayAskOutside(flags), asks, JSON.stringify(flags))
  t.throws(() => mayAskOutside({ data: '/d', lookup: true, peek: true }), /--peek asks nobody outside/)
  t.end()
})

void t.test('the names sent to hosts are printed in one line, for any number of hosts', t => {
  t.equal(willAsk(2), '2 registries will be asked (--no-lookup asks nobody).\n')
  t.equal(wentTo([]), 'No name was sent to anybody.\n')
  t.equal(wentTo([['a.test', 2], ['b.test', 1]]), 'Sent: 2 names to a.test, 1 name to b.test.\n') // prettier-ignore
  const many = Array.from({ length: 11 }, (_, i) => [`h${i}.test`, 20 - i] as const)
  t.match(wentTo(many), /13 names to h7\.test, 33 to 3 more\.\n$/)
  t.end()
})
