/** Records that wait, as they stand in the store. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { knownOf, now, question, see, storeIn } from '../testing/pipeline-kit.js'

void t.test(
  'a record that an older version left behind keeps its scores, and one without them has none',
  t => {
    const dir = t.testdir()
    const first = storeIn(t, dir)
    see(first, ['a.com', 'b.com'].map(name => question(name))) // prettier-ignore
    const db = new Database(join(dir, 'domainstats.sqlite'))
    db.exec(`UPDATE held SET facts = json_remove(facts, '$.scores');
    UPDATE held SET facts = json_set(facts, '$.freq', json('{"average":1.5,"word":2.5}')) WHERE registrable = 'a.com'`)
    db.close()
    const { pending } = knownOf(first, { dueBy: now + 3_600_000 })
    t.same(
      pending.map(({ facts: { query, scores } }) => [query, scores]),
      [
        ['a.com', { freq_avg_prob: 1.5, freq_word_prob: 2.5 }],
        ['b.com', {}],
      ],
    )
    t.notOk('freq' in (pending[0]?.facts ?? {}))
    t.end()
  },
)
