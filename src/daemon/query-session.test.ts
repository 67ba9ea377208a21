/** A peek by a user who may not write: what it copies from the data folder. */
import { join } from 'node:path'
import t from 'tap'
import { readTagValue } from '../names/tag-value.js'
import { handClock } from '../testing/hand-clock.js'
import { never, now, putRegistration, registered, storeIn } from '../testing/pipeline-kit.js'
import { openPeeking } from './query-session.js'

void t.test('the domain, and the tags of the name and of those above it', async t => {
  const dir = t.testdir()
  const store = storeIn(t, dir)
  putRegistration(store, 'evil.com', registered())
  for (const value of ['evil.com', 'other.com']) {
    const target = readTagValue(value)
    if (typeof target === 'object')
      store.putTags([{ target, tag: 'threat', source: 'test', at: now, note: undefined }])
  }
  const peeking = await openPeeking(join(dir, 'domainstats.sqlite'), handClock(now), never)
  t.teardown(peeking.close)
  peeking.bring(['evil.com'], ['www.evil.com'])
  peeking.bring(['evil.com'], ['www.evil.com'])
  t.equal(peeking.store.domain('evil.com')?.known?.registration.kind, 'registered')
  t.same(peeking.store.tagTable().of({ query: 'www.evil.com' }), ['threat'])
  t.equal(peeking.store.tags.count(), 1)
})
