import t from 'tap'
import { askedBrandKnownMs, askedBrandsMax, askedBrandSeenMs, askedBrandsPassMax } from '../limits.js'
import { openDatabase } from './database.js'
import { mostAskedIn } from './most-asked.js'

const now = Date.UTC(2026, 10, 21)
const day = 86_400_000
const establishedMs = 730 * day
const known = {
  kind: 'registered',
  registered: now - establishedMs,
  first: now - askedBrandKnownMs,
  last: now - askedBrandSeenMs,
}

const opened = () => {
  const { db, close } = openDatabase(':memory:')
  const insert = db.prepare<[string, string | null, number | null, number | null, number | null, number]>(
    `INSERT INTO domains (domain, kind, registered, first_seen, last_seen, queries, window_names)
     VALUES (?, ?, ?, ?, ?, ?, 0)`,
  )
  const add = (domain: string, queries: number, more: Partial<typeof known> = {}) => {
    const { kind, registered, first, last } = { ...known, ...more }
    insert.run(domain, kind, registered, first, last, queries)
  }
  const found = () => [...mostAskedIn(db)(now, establishedMs)]
  return { db, add, found, close }
}

void t.test('only domains that are old, known for days, and still asked', t => {
  const { add, found, close } = opened()
  add('most.com', 9)
  add('least.com', 1)
  add('more.com', 5)
  add('young.com', 99, { registered: known.registered + 1 })
  add('new-here.com', 99, { first: known.first + 1 })
  add('gone.com', 99, { last: known.last - 1 })
  add('absent.com', 99, { kind: 'absent' })
  t.strictSame(
    found()
      .at(-1)
      ?.map(({ domain }) => domain),
    ['most.com', 'more.com', 'least.com'],
  )
  close()
  t.end()
})

void t.test('the most asked of all steps, and no more', t => {
  const { db, add, found, close } = opened()
  const count = askedBrandsPassMax + 500
  db.transaction(() => {
    for (let i = 0; i < count; i += 1) add(`d${i}.com`, (i * 7919) % count)
  })()
  const steps = found()
  t.equal(steps.length, 2)
  t.strictSame(
    steps.at(-1)?.map(({ queries }) => queries),
    Array.from({ length: askedBrandsMax }, (_, i) => count - 1 - i),
  )
  close()
  t.end()
})

void t.test('an empty store', t => {
  const { found, close } = opened()
  t.strictSame(found(), [])
  close()
  t.end()
})
