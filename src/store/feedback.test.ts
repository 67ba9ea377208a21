import t from 'tap'
import { feedbackBelowMax, feedbackBelowRead, feedbackPassMax } from '../limits.js'
import { openDatabase, type Db } from './database.js'
import { feedbackIn } from './feedback.js'
import { reversed } from './rdata-keys.js'

const names = (db: Db) => {
  const name = db.prepare<[number, string, number]>(
    `INSERT INTO pdns_names (name, rrname, questions, answered, empty, nxdomain, servfail, refused, other)
     VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0)`,
  )
  const label = db.prepare<[string, number]>('INSERT INTO pdns_labels (labels, name) VALUES (?, ?)')
  let count = 0
  return (rrname: string, questions: number) => {
    count += 1
    name.run(count, rrname, questions)
    label.run(reversed(rrname), count)
  }
}

void t.test('the names below a domain, and no others', t => {
  const { db, close } = openDatabase(':memory:')
  const add = names(db)
  for (const name of ['a.com', 'www.a.com', 'x.www.a.com', 'a-b.com', 'ba.com', 'a.com.net', 'com'])
    add(name, 1)
  t.strictSame(feedbackIn(db).namesBelow('a.com'), ['www.a.com', 'x.www.a.com'])
  close()
  t.end()
})

void t.test('of very many those with most questions, among the first', t => {
  const { db, close } = openDatabase(':memory:')
  const add = names(db)
  for (let i = 0; i < feedbackBelowRead; i += 1) add(`n${i}.a.com`, i)
  add('zz.a.com', 1_000_000)
  const found = feedbackIn(db).namesBelow('a.com')
  t.equal(found.length, feedbackBelowMax)
  const expected = Array.from({ length: feedbackBelowMax }, (_, i) => `n${feedbackBelowRead - 1 - i}.a.com`)
  t.strictSame([...found].sort(), expected.sort(), 'what comes behind them is not looked at')
  close()
  t.end()
})

void t.test('domains come in steps, the latest arrivals first', t => {
  const { db, close } = openDatabase(':memory:')
  const add = db.prepare<[string, number | null, string | null, number | null]>(
    'INSERT INTO domains (domain, first_seen, queries, window_names, kind, registered) VALUES (?, ?, 0, 0, ?, ?)',
  )
  const domains = Array.from({ length: feedbackPassMax + 5 }, (_, i) => `d${i}.com`)
  db.transaction(() => {
    for (const [i, domain] of domains.entries())
      add.run(
        domain,
        i === 7 ? null : 1,
        i < 3 ? 'registered' : i === 3 ? 'absent' : null,
        i < 4 ? 100 + i : null,
      )
  })()
  const { contacted, registeredAfter } = feedbackIn(db)
  const pages = [...contacted()]
  t.ok(pages.length === 2 && pages.every(page => page.length <= feedbackPassMax))
  t.strictSame(pages.flat(), domains.filter(domain => domain !== 'd7.com').reverse())
  t.strictSame([...registeredAfter(100)].flat(), ['d2.com', 'd1.com'])
  close()
  t.end()
})
