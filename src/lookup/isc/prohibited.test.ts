import t from 'tap'
import { isProhibited, readProhibited } from './responses.js'

const table: [entry: string, name: string, prohibited: boolean][] = [
  ['.local', 'printer.local', true],
  ['local', 'printer.local', true],
  ['LOCAL.', 'printer.local', true],
  ['*.local', 'printer.local', true],
  [' local ', 'local', true],
  ['local', 'printer.notlocal', false],
  ['local', 'local.com', false],
  ['yourdomain.local', 'yourdomain.local', true],
  ['yourdomain.local', 'www.yourdomain.local', true],
  ['yourdomain.local', 'otherdomain.local', false],
  ['yourdomain.local', 'notyourdomain.local', false],
  ['рф', 'xn--e1afmkfd.xn--p1ai', true],
  ['xn--p1ai', 'xn--e1afmkfd.xn--p1ai', true],
  // an empty entry is no suffix, and not the root
  ['', 'example.com', false],
  ['.', 'example.com', false],
  ['*', 'example.com', false],
  ['com'.padEnd(1_000_000), 'example.com', false],
]

void t.test('a prohibited TLD ends a name on whole labels', t => {
  for (const [entry, name, prohibited] of table)
    t.equal(isProhibited(name, readProhibited([entry])), prohibited, `${entry.slice(0, 20)} of ${name}`)
  t.end()
})

void t.test('a name is prohibited by one suffix of many', t => {
  const prohibited = readProhibited(['.local', 'arpa', 'yourdomain.local'])
  t.equal(isProhibited('1.in-addr.arpa', prohibited), true)
  t.equal(isProhibited('example.com', prohibited), false)
  t.end()
})
