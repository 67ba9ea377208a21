import fc from 'fast-check'
import t from 'tap'
import { cpuMsOf } from '../testing/cpu-time.js'
import { matches } from './list.js'

const table: readonly (readonly [glob: string, name: string, expected: boolean])[] = [
  ['*', 'a.com', true],
  ['*', '', true],
  ['', 'a', false],
  ['a.com', 'a.com', true],
  ['a.com', 'a.comx', false],
  ['*.com', 'a.com', true],
  ['*.com', 'com', false],
  ['?.com', 'a.com', true],
  ['?.com', 'ab.com', false],
  ['*bank*', 'my-bank-login.net', true],
  ['a*b*c', 'axbxxbxc', true],
  ['a*b*c', 'axbxxbx', false],
  ['[ab].com', 'a.com', false],
  ['a+b', 'aab', false],
]

void t.test('a star matches any characters, a question mark one, all else itself', t => {
  for (const [glob, name, expected] of table) t.equal(matches(glob, name), expected, `${glob} ${name}`)
  t.end()
})

void t.test('matches agrees with a regular expression', t => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 12 })
  fc.assert(
    fc.property(word, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }), (glob, name) => {
      const pattern = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      return matches(glob, name) === pattern.test(name)
    }),
  )
  t.end()
})

void t.test('a pattern made to be slow is fast', t => {
  const took = cpuMsOf(() => {
    t.notOk(matches('*a'.repeat(512), `${'a'.repeat(253)}b`))
    t.notOk(matches(`${'*'.repeat(1000)}x`, 'a'.repeat(253)))
  })
  t.ok(took < 500)
  t.end()
})
