/** Tags of the addresses in responses: Suricata logs these as lines of their own, when the record may be out already. */
import t from 'tap'
import { readTagValue } from '../names/tag-value.js'
import type { Store } from '../store/store.js'
import { now, policy, registered } from '../testing/pipeline-kit.js'
import { asks, says, setUp, v1 } from './testing/responses.js'

const putThreat = (store: Store, value: string): void => {
  const target = readTagValue(value)
  if (typeof target === 'object')
    store.putTags([{ target, tag: 'threat', source: 'test', at: now, note: undefined }])
}
const bad = '203.0.113.7'

void t.test('a record that waits for its response has the tag of its address', async t => {
  const { store, records, read, run, pass, end } = setUp(t, { emit: 'distinct' })
  putThreat(store, '203.0.113.0/24')
  const done = run()
  await read(says('seen.com', 9))
  await read(asks('a.com'))
  await read(says('a.com', 1, 'NOERROR', 'edge.net', bad))
  await pass(policy.holdMs)
  t.match(records(), [
    { query: 'seen.com' },
    { query: 'a.com', alerts: ['YOUR-FIRST-CONTACT', 'TAGGED-THREAT'], tags: ['threat'] },
  ])
  // It counts as written: the next one with the same address is not.
  await read(asks('a.com', 2))
  await read(says('a.com', 2, 'NOERROR', bad))
  await pass(policy.holdMs)
  t.equal(records().length, 2)
  end.abort()
  await done
})

for (const version of ['2', '1'] as const)
  void t.test(
    `EVE version ${version}: a response behind its record makes a follow-up, once a window`,
    async t => {
      const { store, records, read, run, pass, end } = setUp(t, { emit: 'distinct', responseMs: 0 })
      putThreat(store, bad)
      const done = run()
      const answer = (flow: number, ...texts: readonly string[]) =>
        version === '2'
          ? [says('a.com', flow, 'NOERROR', ...texts)]
          : texts.map((text, i) => v1(i === 0 ? 'a.com' : 'edge.net', text))
      await read(says('seen.com', 9))
      await read(asks('a.com'))
      t.match(records()[1], { query: 'a.com', alerts: ['YOUR-FIRST-CONTACT'] })
      await read(...answer(1, 'edge.net', bad, bad))
      const [, first, followup, ...others] = records()
      t.match(followup, {
        query: 'a.com',
        alerts: ['TAGGED-THREAT'],
        tags: ['threat'],
        followup_of: first?.record_id,
      })
      t.not(followup?.record_id, first?.record_id)
      t.same(others, [])
      await read(asks('a.com', 2))
      await read(says('a.com', 2, 'NOERROR', bad))
      t.equal(records().length, 3)
      await pass(1)
      end.abort()
      await done
    },
  )

void t.test(
  'a question without a record, whose response has a tagged address, gets one of its own',
  async t => {
    const { store, records, read, run, end } = setUp(t, { emit: 'domains', responseMs: 2_000 })
    const done = run()
    await read(says('seen.com', 9))
    await read(asks('a.com'), says('a.com', 1, 'NOERROR', '192.0.2.1'))
    t.equal(records().length, 2)
    // The domain is suppressed, and so is its second name.
    putThreat(store, bad)
    await read(asks('cdn.a.com', 2))
    t.equal(records().length, 2)
    await read(says('cdn.a.com', 2, 'NOERROR', bad))
    t.match(records().slice(2), [{ query: 'cdn.a.com', alerts: ['TAGGED-THREAT'], tags: ['threat'] }])
    t.equal(records()[2]?.followup_of, undefined)
    end.abort()
    await done
  },
)

void t.test(
  'a record without its registry gets the follow-up at once, and its later one does not repeat it',
  async t => {
    const { store, records, read, run, pass, answer, end } = setUp(t, {
      emit: 'distinct',
      responseMs: 0,
      holdMs: 0,
    })
    putThreat(store, bad)
    const done = run()
    await read(says('seen.com', 9))
    await read(asks('slow.net'))
    t.match(records()[1], { query: 'slow.net', category: 'PENDING' })
    await read(says('slow.net', 1, 'NOERROR', bad))
    const first = records()[1]?.record_id
    t.match(records()[2], { category: 'PENDING', alerts: ['TAGGED-THREAT'], followup_of: first })
    await answer('slow.net', registered().registration)
    t.match(records()[3], { category: 'ESTABLISHED', alerts: [], tags: ['threat'], followup_of: first })
    t.equal(records().length, 4)
    t.equal(new Set(records().map(({ record_id }) => record_id)).size, 4)
    await pass(1)
    end.abort()
    await done
  },
)

void t.test('killed between question and response: the response still raises the alert', async t => {
  const dir = t.testdir()
  const first = setUp(t, { emit: 'distinct', responseMs: 0 }, dir)
  putThreat(first.store, bad)
  const done = first.run()
  await first.read(says('seen.com', 9))
  await first.read(asks('a.com'))
  first.end.abort()
  await done
  const { options } = setUp(t, { emit: 'distinct', responseMs: 0 }, dir)
  // As the tail hands it over after a restart: the lines before the checkpoint come with the first chunk.
  const before = Buffer.from(says('seen.com', 9) + asks('a.com'))
  const line = Buffer.from(says('a.com', 1, 'NOERROR', bad))
  const batch = options.reader.begin(now)
  const checkpoint = {
    ...{
      file: 99,
      inode: '1:1',
      path: 'eve.json',
      input: 'eve.json',
      changed: 0,
      statSignature: '',
      size: 0,
    },
    ...{ finished: 0 as const, header: '', offset: before.length, head: before, tail: before.subarray(-16) },
  }
  const input = { path: 'eve.json', format: 'auto', sensor: undefined, start: 'beginning' } as const
  options.reader.read(
    { bytes: line, offset: before.length, after: checkpoint, tooLong: 0, input, checkpoint, before },
    batch,
    now,
  )
  t.same([...batch.tally.skips], [['duplicate', 1]])
  t.match(batch.late, [{ question: { domain: 'a.com' }, followupOf: undefined }])
})
