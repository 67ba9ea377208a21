/** Places of domains in a list of the most asked ones, and how a new list takes the place of the former one. */
import t from 'tap'
import { ranksMax, ranksPassMax } from '../limits.js'
import { openStore } from '../store/store.js'
import { importRanks } from './ranks.js'
import type { Piece } from './row.js'

const live = new AbortController().signal
const row = (domain: string, at = 1): Piece => ({ at, row: { domain, hosted: false } })
async function* listed(pieces: Iterable<Piece>): AsyncGenerator<Piece, void> {
  for (const piece of pieces) yield await Promise.resolve(piece)
}

void t.test('a domain has the place of its best name, and refused lines keep theirs', async t => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const pieces: Piece[] = [
    row('a.com'),
    { at: 2, refused: 'no name' },
    row('b.com'),
    row('a.com'),
    row('c.com'),
  ]
  const done = await importRanks(listed(pieces), store.rankWriter(), live)
  t.strictSame(done, { taken: 4, refused: 1, refusals: [{ at: 2, why: 'no name' }], broken: undefined })
  const ranks = store.ranks()
  t.strictSame(['a.com', 'b.com', 'c.com', 'd.com'].map(ranks.of), [1, 3, 5, undefined])
  t.equal(store.domain('a.com'), undefined, 'it is no contact')
})

void t.test('a new list takes the place of the former one', async t => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const many = Array.from({ length: ranksPassMax + 5 }, (_, i) => row(`a${i}.com`))
  await importRanks(listed(many), store.rankWriter(), live)
  await importRanks(listed([row('b.com'), row('a3.com')]), store.rankWriter(), live)
  const { of } = store.ranks()
  t.strictSame(['b.com', 'a3.com', 'a0.com', `a${ranksPassMax + 4}.com`].map(of), [
    1,
    2,
    undefined,
    undefined,
  ])
})

void t.test('a list that breaks off leaves the rest of the former one', async t => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const { of } = store.ranks()
  await importRanks(listed([row('a.com'), row('b.com')]), store.rankWriter(), live)
  const broken = [row('c.com'), { at: 2, refused: 'cut off', broken: true } as const, row('d.com')]
  t.match(await importRanks(listed(broken), store.rankWriter(), live), {
    taken: 1,
    refused: 1,
    broken: 'cut off',
  })
  t.strictSame(['a.com', 'b.com', 'c.com', 'd.com'].map(of), [1, 2, 1, undefined])
  t.match(await importRanks(listed([{ at: 1, refused: 'x' }]), store.rankWriter(), live), { taken: 0 })
  t.equal(of('b.com'), 2, 'nor does a list without names')
  t.match(await importRanks(listed([row('e.com'), row('f.com')]), store.rankWriter(), AbortSignal.abort()), {
    broken: /stopped/,
  })
})

void t.test('places behind the last one are not kept', t => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  store.rankWriter().put([
    { domain: 'a.com', rank: ranksMax },
    { domain: 'b.com', rank: ranksMax + 1 },
  ])
  const { of } = store.ranks()
  t.strictSame([of('a.com'), of('b.com')], [ranksMax, undefined])
  t.end()
})
