import { once } from 'node:events'
import t from 'tap'
import { openLocalCounts } from '../shared/local-counts.js'
import { countOf } from '../shared/testing/counts.js'
import { systemClock } from '../time/clock.js'
import { siteCountsBy } from './site-counts.js'

const never = new AbortController().signal

void t.test('the counts of the site come by domain, or not at all', async t => {
  const counts = openLocalCounts()
  await counts.push([countOf('a.com', 3)])
  const ask = siteCountsBy(counts, '0a'.repeat(8), systemClock)
  const found = await ask(['a.com', 'b.com'], never)
  t.match(found.get('a.com'), { own: 3, queries: 3 })
  t.match(found.get('b.com'), { queries: 0, sensors: 0 })
  t.equal((await ask([], never)).size, 0)
  const away = siteCountsBy({ ...counts, isAway: () => true }, '', systemClock)
  t.equal((await away(['a.com'], never)).size, 0)
})

void t.test('an answer that does not come is not waited for', async t => {
  const hangs = siteCountsBy(
    {
      ...openLocalCounts(),
      read: async (domains, _, signal) => {
        await once(signal, 'abort')
        return domains.map(() => undefined)
      },
    },
    '',
    systemClock,
  )
  const begun = performance.now()
  t.equal((await hangs(['a.com'], never)).size, 0)
  t.ok(performance.now() - begun < 1_000)
})
