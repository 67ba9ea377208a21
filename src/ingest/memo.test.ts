/** What is remembered of names is what was put last; what is forgotten is the oldest. */
import t from 'tap'
import { memoBytesMax, memoNamesMax, queryCharsMax } from '../limits.js'
import { Memo } from './suppressed-table.js'

const silent = (around = 0) => ({ around, until: around + 1, since: around - 1 })
const nameOf = (n: number, domain = 'example.com') => `n${n}.${domain}`

/** As a log has it: in some case, and perhaps with a dot at its end. */
const written = (name: string, n: number): [Buffer, number, number] => {
  const dressed = `${n % 3 === 0 ? name.toUpperCase() : name}${n % 2 === 0 ? '.' : ''}`
  const bytes = Buffer.from(`before\t${dressed}\tbehind`)
  return [bytes, 7, 7 + dressed.length]
}

void t.test('a name is found in whatever case, with what was put last', t => {
  const memo = new Memo()
  t.equal(memo.isEmpty, true)
  for (let n = 0; n < 100; n += 1) memo.putSilent(nameOf(n), 'example.com', silent(n))
  memo.putSkip(nameOf(7), 'ignored')
  memo.putSkip(nameOf(8), 'ignored')
  memo.putSilent(nameOf(8), 'n8.example.com', silent(800))
  for (let n = 0; n < 100; n += 1) {
    const entry = memo.find(...written(nameOf(n), n))
    t.not(entry, 0)
    t.equal(entry, memo.get(nameOf(n)))
    t.equal(memo.skipOf(entry), n === 7 ? 'ignored' : undefined)
    t.equal(memo.domainOf(entry), n === 8 ? 'n8.example.com' : 'example.com')
    if (n !== 8)
      t.strictSame([memo.sinceOf(entry), memo.aroundOf(entry), memo.untilOf(entry)], [n - 1, n, n + 1])
  }
  t.equal(memo.get(nameOf(100)), 0)
  memo.expire(memo.get(nameOf(1)))
  t.equal(memo.untilOf(memo.get(nameOf(1))), -Infinity)
  memo.clear()
  t.equal(memo.isEmpty, true)
  t.equal(memo.get(nameOf(1)), 0)
  t.end()
})

void t.test('a name is counted in one batch, and not yet in the next', t => {
  const memo = new Memo()
  memo.putSilent('a.com', 'a.com', silent())
  const entry = memo.get('a.com')
  t.equal(memo.slotOf(entry, 1), -1)
  memo.setSlot(entry, 1, 5)
  t.equal(memo.slotOf(entry, 1), 5)
  t.equal(memo.slotOf(entry, 2), -1)
  memo.putSilent('a.com', 'a.com', silent(9))
  t.equal(memo.slotOf(memo.get('a.com'), 1), -1, 'learned anew')
  t.end()
})

void t.test('the oldest names are forgotten, but for those that were asked for since', t => {
  const memo = new Memo()
  memo.putSilent('asked.com', 'asked.com', silent(3))
  memo.setSlot(memo.get('asked.com'), 1, 4)
  memo.putSilent('quiet.com', 'quiet.com', silent(3))
  let wrong = 0
  let lost = 0
  for (let n = 0; n < 3 * memoNamesMax; n += 1) {
    memo.putSilent(nameOf(n), 'example.com', silent(n))
    if (n % 1_000 === 0) t.not(memo.get('asked.com'), 0)
    const earlier = Math.max(0, n - ((n * 7_919) % memoNamesMax))
    const entry = memo.find(...written(nameOf(earlier), n))
    if (entry === 0) lost += 1
    else if (memo.aroundOf(entry) !== earlier || memo.domainOf(entry) !== 'example.com') wrong += 1
  }
  t.equal(wrong, 0)
  t.ok(lost < (3 * memoNamesMax) / 1_000, `${lost} of the last names were lost`)
  const asked = memo.get('asked.com')
  t.strictSame([memo.aroundOf(asked), memo.slotOf(asked, 1), memo.domainOf(asked)], [3, 4, 'asked.com'])
  t.equal(memo.get('quiet.com'), 0)
  t.end()
})

void t.test('long names fill the room before there are many of them', t => {
  const memo = new Memo()
  const long = 'x'.repeat(queryCharsMax - 20)
  const count = Math.ceil((3 * memoBytesMax) / queryCharsMax)
  for (let n = 0; n < count; n += 1) memo.putSkip(`${long}${n}`, 'not-a-hostname')
  t.equal(memo.get(`${long}0`), 0)
  t.equal(memo.skipOf(memo.get(`${long}${count - 1}`)), 'not-a-hostname')
  t.end()
})

for (const [what, name] of [
  ['longer than any query', 'x'.repeat(queryCharsMax + 1)],
  ['not plain', 'šaš.com'],
  ['with a backslash', 'a\\.com'],
  ['empty', ''],
] as const)
  void t.test(`${what}: not remembered`, t => {
    const memo = new Memo()
    memo.putSkip(name, 'ignored')
    memo.putSilent(name, 'com', silent())
    t.equal(memo.isEmpty, true)
    t.equal(memo.get(name), 0)
    t.end()
  })

void t.test('a domain that is not the end of its name is not remembered', t => {
  const memo = new Memo()
  memo.putSilent('a.com', 'b.com', silent())
  t.equal(memo.isEmpty, true)
  t.end()
})
