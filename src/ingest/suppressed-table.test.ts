/** What is remembered of names is what was put last; what is forgotten is the oldest. */
import t from 'tap'
import { suppressedBytesMax, suppressedNamesMax, queryCharsMax } from '../limits.js'
import { SuppressedTable } from './suppressed-table.js'

const silent = (around = 0) => ({ around, until: around + 1, since: around - 1 })
const nameOf = (n: number, domain = 'example.com') => `n${n}.${domain}`

/** As a log has it: in some case, and perhaps with a dot at its end. */
const written = (name: string, n: number): [Buffer, number, number] => {
  const dressed = `${n % 3 === 0 ? name.toUpperCase() : name}${n % 2 === 0 ? '.' : ''}`
  const bytes = Buffer.from(`before\t${dressed}\tbehind`)
  return [bytes, 7, 7 + dressed.length]
}

void t.test('a name is found in whatever case, with what was put last', t => {
  const table = new SuppressedTable()
  t.equal(table.isEmpty, true)
  for (let n = 0; n < 100; n += 1) table.putSuppressed(nameOf(n), 'example.com', silent(n))
  table.putSkip(nameOf(7), 'ignored')
  table.putSkip(nameOf(8), 'ignored')
  table.putSuppressed(nameOf(8), 'n8.example.com', silent(800))
  for (let n = 0; n < 100; n += 1) {
    const entry = table.find(...written(nameOf(n), n))
    t.not(entry, 0)
    t.equal(entry, table.get(nameOf(n)))
    t.equal(table.skipOf(entry), n === 7 ? 'ignored' : undefined)
    t.equal(table.domainOf(entry), n === 8 ? 'n8.example.com' : 'example.com')
    if (n !== 8)
      t.strictSame([table.sinceOf(entry), table.aroundOf(entry), table.untilOf(entry)], [n - 1, n, n + 1])
  }
  t.equal(table.get(nameOf(100)), 0)
  table.expire(table.get(nameOf(1)))
  t.equal(table.untilOf(table.get(nameOf(1))), -Infinity)
  table.clear()
  t.equal(table.isEmpty, true)
  t.equal(table.get(nameOf(1)), 0)
  t.end()
})

void t.test('a name is counted in one batch, and not yet in the next', t => {
  const table = new SuppressedTable()
  table.putSuppressed('a.com', 'a.com', silent())
  const entry = table.get('a.com')
  t.equal(table.slotOf(entry, 1), -1)
  table.setSlot(entry, 1, 5)
  t.equal(table.slotOf(entry, 1), 5)
  t.equal(table.slotOf(entry, 2), -1)
  table.putSuppressed('a.com', 'a.com', silent(9))
  t.equal(table.slotOf(table.get('a.com'), 1), -1, 'learned anew')
  t.end()
})

void t.test('the oldest names are forgotten, but for those that were asked for since', t => {
  const table = new SuppressedTable()
  table.putSuppressed('asked.com', 'asked.com', silent(3))
  table.setSlot(table.get('asked.com'), 1, 4)
  table.putSuppressed('quiet.com', 'quiet.com', silent(3))
  let wrong = 0
  let lost = 0
  for (let n = 0; n < 3 * suppressedNamesMax; n += 1) {
    table.putSuppressed(nameOf(n), 'example.com', silent(n))
    if (n % 1_000 === 0) t.not(table.get('asked.com'), 0)
    const earlier = Math.max(0, n - ((n * 7_919) % suppressedNamesMax))
    const entry = table.find(...written(nameOf(earlier), n))
    if (entry === 0) lost += 1
    else if (table.aroundOf(entry) !== earlier || table.domainOf(entry) !== 'example.com') wrong += 1
  }
  t.equal(wrong, 0)
  t.ok(lost < (3 * suppressedNamesMax) / 1_000, `${lost} of the last names were lost`)
  const asked = table.get('asked.com')
  t.strictSame([table.aroundOf(asked), table.slotOf(asked, 1), table.domainOf(asked)], [3, 4, 'asked.com'])
  t.equal(table.get('quiet.com'), 0)
  t.end()
})

void t.test('long names fill the room before there are many of them', t => {
  const table = new SuppressedTable()
  const long = 'x'.repeat(queryCharsMax - 20)
  const count = Math.ceil((3 * suppressedBytesMax) / queryCharsMax)
  for (let n = 0; n < count; n += 1) table.putSkip(`${long}${n}`, 'not-a-hostname')
  t.equal(table.get(`${long}0`), 0)
  t.equal(table.skipOf(table.get(`${long}${count - 1}`)), 'not-a-hostname')
  t.end()
})

for (const [what, name] of [
  ['longer than any query', 'x'.repeat(queryCharsMax + 1)],
  ['not plain', 'šaš.com'],
  ['with a backslash', 'a\\.com'],
  ['empty', ''],
] as const)
  void t.test(`${what}: not remembered`, t => {
    const table = new SuppressedTable()
    table.putSkip(name, 'ignored')
    table.putSuppressed(name, 'com', silent())
    t.equal(table.isEmpty, true)
    t.equal(table.get(name), 0)
    t.end()
  })

void t.test('a domain that is not the end of its name is not remembered', t => {
  const table = new SuppressedTable()
  table.putSuppressed('a.com', 'b.com', silent())
  t.equal(table.isEmpty, true)
  t.end()
})
