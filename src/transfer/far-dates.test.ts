/** Times beyond the year 9999 in lists: records could not hold them. */
import { join } from 'node:path'
import t from 'tap'
import { readDomainStats } from './domain-stats-1x.js'
import { openList } from './lists.js'
import type { Piece } from './row.js'
import { makeShard, pickled } from './testing/cache.js'
import { bytesOf } from './testing/load.js'

const all = async (pieces: AsyncIterable<Piece>): Promise<Piece[]> => {
  const found: Piece[] = []
  for await (const piece of pieces) found.push(piece)
  return found
}
const now = Date.UTC(2026, 10, 21)

void t.test('an expiry beyond 9999 in a JSON list is refused', async t => {
  const element = (expires: string) =>
    `[{"domain":"example.com","seen_by_web":"Mon, 14 Aug 1995 04:00:00 GMT","expires":${expires}}]`
  const said = async (expires: string) => all((await openList(bytesOf(element(expires)), undefined)).pieces)
  t.match(await said('253402300799'), [{ row: { dated: { expires: 253402300799000 } } }])
  for (const expires of ['253402300800', '8640000000000', '1e300', '-1e300', '-99999999999'])
    t.match(await said(expires), [{ refused: 'expires is no time' }], expires)
  t.match(await said('"9999-12-31T23:00:00-12:00"'), [{ refused: 'expires is no time' }])
})

void t.test('an export with a time beyond 9999 is refused', async t => {
  const whole = (time: string) =>
    `[{"domain":"example.com","domainstats":{"version":1,"queries":1,"window":{"names":1},"owed_alerts":[],"last_date":${time}}}]`
  const said = async (time: string) => all((await openList(bytesOf(whole(time)), undefined)).pieces)
  t.match(await said('253402300799999'), [{ row: { fullRecord: { lastDate: 253402300799999 } } }])
  for (const time of ['253402300800000', '8.64e15', '-1e14'])
    t.match(await said(time), [{ refused: 'domainstats.last_date: no time that the log can hold' }], time)
})

void t.test('an expiry beyond 9999 in the cache of domain_stats is dropped', async t => {
  const value = pickled({
    ...{ seen_by_web: 'Mon, 14 Aug 1995 04:00:00 GMT', seen_by_isc: 'RDAP', category: 'ESTABLISHED' },
    seen_by_you: 'Thu, 04 Nov 2021 00:00:00 GMT',
  })
  const dir = t.testdir({})
  const table: readonly (readonly [expires: number, read: number | undefined])[] = [
    [1_912_816_800, 1_912_816_800_000],
    [253_402_300_800, undefined],
    [1e300, undefined],
    [Infinity, undefined],
    [-1e300, undefined],
  ]
  for (const [at, [expires, read]] of table.entries()) {
    const folder = join(dir, String(at))
    makeShard(folder, [{ key: 'example.com', expires, value }])
    const [piece] = await all(readDomainStats(folder, 0, now))
    t.ok(piece && 'row' in piece, `${expires} is no reason to refuse the rest`)
    if (piece && 'row' in piece) t.equal(piece.row.dated?.expires, read, String(expires))
  }
})
