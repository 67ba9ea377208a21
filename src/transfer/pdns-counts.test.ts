import fc from 'fast-check'
import t from 'tap'
import { addPassive, nameSeen, timesSeen } from '../store/testing/passive.js'
import { storeIn } from '../testing/pipeline-kit.js'
import { Best } from './pdns-answer.js'
import { mostUnanswered, subdomainLevels, topNames } from './pdns-counts.js'

const ended = <T>(pass: Generator<unknown, T>): T => {
  for (let next = pass.next(); ; next = pass.next()) if (next.done === true) return next.value
}

void t.test('names with more than 16 clients, whose number is estimated, come before the others', t => {
  const store = storeIn(t)
  const asked = (rrname: string, count: number) => {
    const clients = Array.from(
      { length: count },
      (_, i) => [`10.0.${i >> 8}.${i & 255}`, timesSeen(1)] as const,
    )
    return nameSeen(rrname, { questions: timesSeen(count), clients: new Map(clients) })
  }
  addPassive(store, asked('few.com', 3), asked('many.com', 500), asked('some.com', 16), asked('more.com', 40))
  const names = ended(topNames(store.pdns, 'clients', 3)).map(({ rrname }) => rrname)
  t.same(names, ['many.com', 'more.com', 'some.com'])
  t.end()
})

void t.test('other rcodes count as unanswered; a response without its question does not count below 0', t => {
  const store = storeIn(t)
  addPassive(
    store,
    nameSeen('a.com', { questions: timesSeen(3), responses: new Map([['other', 2]]) }),
    nameSeen('b.com', { questions: timesSeen(1), responses: new Map([['answered', 5]]) }),
  )
  t.same(ended(mostUnanswered(store.pdns, undefined, 9)).map(({ rrname }) => rrname), ['a.com']) // prettier-ignore
  t.same(ended(mostUnanswered(store.pdns, 'NONE', 9)).map(({ rrname }) => rrname), ['a.com']) // prettier-ignore
  t.end()
})

void t.test('levels over both forms of an internationalised name', t => {
  const store = storeIn(t)
  addPassive(store, nameSeen('a.xn--mnchen-3ya.de'), nameSeen('b.münchen.de'), nameSeen('c.d.münchen.de'))
  t.match(ended(subdomainLevels(store.pdns, ['xn--mnchen-3ya.de', 'münchen.de'])), [
    { level: 1, names: 2 },
    { level: 2, names: 1, example: 'c.d.münchen.de' },
  ])
  t.end()
})

void t.test('the best of many are those of the whole list', t => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { minLength: 1_000, maxLength: 5_000 }),
      fc.integer({ min: 1, max: 20 }),
      (all, limit) => {
        const best = new Best<number>(limit, (a, b) => b - a)
        for (const value of all) best.add(value)
        t.same(best.sorted(), all.toSorted((a, b) => b - a).slice(0, limit))
        t.equal(best.count, all.length)
      },
    ),
    { numRuns: 20 },
  )
  t.end()
})
