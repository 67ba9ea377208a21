/** Suricata's response is a line of its own: it completes the record of its question. */
import t from 'tap'
import { ingest } from '../ingest/ingest.js'
import { responseRestMs, dedupTransactionsMax } from '../limits.js'
import type { Registration } from '../model/domain.js'
import { now, policy } from '../testing/pipeline-kit.js'
import { asks, line, says, setUp, v1 } from './testing/responses.js'

const complete = { category: 'ESTABLISHED', rcode_name: 'NOERROR', answers: ['192.0.2.1'], answers_count: 1 }

void t.test('a response in the same batch is in the record', async t => {
  const { write, options, records, end } = setUp(t)
  write(asks('a.com') + says('a.com', 1, 'NOERROR', '192.0.2.1') + says('a.com', 1, 'NOERROR', '192.0.2.1'))
  await ingest(options, true, end.signal)
  t.match(records(), [{ query: 'a.com', ...complete }])
  t.equal(records().length, 1)
})

void t.test('if the log holds responses, a record of a known domain waits for its response', async t => {
  const { records, read, run, pass, store, end } = setUp(t)
  const done = run()
  await read(asks('seen.com', 9), says('seen.com', 9, 'NXDOMAIN'))
  await read(asks('a.com'), asks('b.com', 2))
  t.match(records(), [{ query: 'seen.com', rcode_name: 'NXDOMAIN' }])
  t.equal(store.pendingCount(), 2)
  await read(says('b.com', 2, 'NXDOMAIN'))
  await read(says('a.com', 1, 'NOERROR', '192.0.2.1'))
  await pass(responseRestMs)
  t.match(records().slice(1), [
    { query: 'a.com', ...complete },
    { query: 'b.com', rcode_name: 'NXDOMAIN' },
  ])
  t.equal(store.pendingCount(), 0)
  end.abort()
  await done
})

void t.test('a log without responses, or a wait of 0: nothing waits', async t => {
  for (const responseMs of [2_000, 0]) {
    const { records, read, run, end } = setUp(t, { responseMs })
    const done = run()
    if (responseMs === 0) await read(says('seen.com', 9))
    await read(asks('a.com'))
    t.match(records().at(-1), { query: 'a.com', category: 'ESTABLISHED' })
    end.abort()
    await done
  }
})

void t.test('without a response in time the record is written without it, and once', async t => {
  const { records, read, run, pass, end } = setUp(t)
  const done = run()
  await read(says('seen.com', 9))
  await read(asks('a.com'))
  await pass(1_999)
  t.equal(records().length, 1)
  await pass(1)
  await read(says('a.com', 1, 'NOERROR', '192.0.2.1'))
  t.equal(records().length, 2)
  t.notOk(records()[1]?.rcode_name)
  end.abort()
  await done
})

void t.test('the response is read even if its name is suppressed by then', async t => {
  const { records, read, run, end } = setUp(t, { emit: 'distinct' })
  const done = run()
  await read(says('seen.com', 9))
  await read(asks('a.com'))
  // Since then the name is suppressed, and its lines are skimmed.
  await read(asks('a.com', 3), says('a.com', 3, 'SERVFAIL'), says('a.com', 1, 'NOERROR', '192.0.2.1'))
  t.match(records().slice(1), [{ query: 'a.com', ...complete }])
  t.equal(records().length, 2)
  end.abort()
  await done
})

void t.test(
  'a record that waits for its registry has the response, too: in its PENDING, or in the follow-up',
  async t => {
    const { records, read, run, pass, store, end } = setUp(t)
    const done = run()
    await read(asks('new.com'), asks('late.com', 2))
    await read(says('new.com', 1, 'NOERROR', '192.0.2.1'))
    t.equal(store.pendingCount(), 2, 'it goes on waiting')
    await pass(policy.holdMs)
    t.match(records(), [
      { query: 'new.com', category: 'PENDING', answers: ['192.0.2.1'] },
      { query: 'late.com', category: 'PENDING' },
    ])
    await read(says('late.com', 2, 'NXDOMAIN'))
    t.equal(records().length, 2)
    t.match(store.read({ registrables: ['late.com'] }).pending, [
      { facts: { rcodeName: 'NXDOMAIN' }, state: 'owed' },
    ])
    end.abort()
    await done
  },
)

void t.test(
  'if the registry answers before the response, the record waits for the response, too',
  async t => {
    const old: Registration = { kind: 'registered', registered: now - 4e11, expires: undefined }
    const answers: readonly (readonly [Registration, string])[] = [
      [old, 'ESTABLISHED'],
      [{ kind: 'failed', reason: 'server-error' }, 'ERROR'],
    ]
    for (const [registration, category] of answers) {
      const { records, read, run, answer, pass, store, end } = setUp(t)
      const done = run()
      await read(says('seen.com', 9))
      await read(asks('new.com'), asks('never.com', 2))
      await answer('new.com', registration)
      await answer('never.com', registration)
      t.equal(records().length, 1, 'it is not written yet')
      await read(says('new.com', 1, 'SERVFAIL', '192.0.2.1'))
      t.match(records().slice(1), [{ query: 'new.com', category, rcode_name: 'SERVFAIL' }])
      await pass(2_000)
      t.match(records().slice(2), [{ query: 'never.com', category }])
      t.notOk(records()[2]?.rcode_name)
      t.same([records().length, store.pendingCount()], [3, 0])
      end.abort()
      await done
    }
  },
)

void t.test('the follow-up of a record written as PENDING has the response', async t => {
  const { records, read, run, answer, end } = setUp(t, { holdMs: 0 })
  const done = run()
  await read(asks('new.com'))
  await read(says('new.com', 1, 'NXDOMAIN'))
  await answer('new.com', { kind: 'absent' })
  t.match(records(), [
    { query: 'new.com', category: 'PENDING' },
    { query: 'new.com', category: 'UNKNOWN', rcode_name: 'NXDOMAIN' },
  ])
  end.abort()
  await done
})

void t.test('an alert holds a part of the response, and the line of the response completes it', async t => {
  const { records, read, run, pass, end } = setUp(t)
  const done = run()
  await read(says('seen.com', 9))
  await read(asks('a.com'), asks('b.com', 2))
  const part = (rrname: string, flow: number) =>
    line(flow, { answer: { type: 'answer', id: 7, rrname, rcode: 'NOERROR' } }, { event_type: 'alert' })
  await read(part('a.com', 1), part('b.com', 2))
  t.equal(records().length, 1)
  await read(says('a.com', 1, 'NOERROR', '192.0.2.1'))
  t.match(records().slice(1), [{ query: 'a.com', ...complete }])
  await pass(responseRestMs)
  t.match(records().slice(2), [{ query: 'b.com', rcode_name: 'NOERROR' }])
  end.abort()
  await done
})

void t.test('after the end of the log no record waits for a response', async t => {
  const { write, options, records, pass, store, end } = setUp(t)
  write(says('seen.com', 9) + asks('a.com') + asks('www.new.github.io', 3))
  await ingest(options, true, end.signal)
  await pass(0)
  t.equal(store.pendingCount(), 0)
  t.match(records(), [{ query: 'seen.com' }, { query: 'a.com' }, { query: 'www.new.github.io' }])
})

void t.test('version 1 has a line for each answer, also under the target of a CNAME', async t => {
  const answers = v1('a.com', 'edge.net') + v1('edge.net', '192.0.2.1') + v1('edge.net', '192.0.2.2')
  const expected = { query: 'a.com', rcode_name: 'NOERROR', answers: ['edge.net', '192.0.2.1', '192.0.2.2'], answers_count: 3 } // prettier-ignore
  const one = setUp(t)
  one.write(asks('a.com') + answers)
  await ingest(one.options, true, one.end.signal)
  t.match(one.records(), [expected], 'in one batch')
  const two = setUp(t)
  const done = two.run()
  await two.read(says('seen.com', 9))
  await two.read(asks('a.com'))
  const [first = '', second = '', third = ''] = answers.match(/.+\n/g) ?? []
  await two.read(first)
  await two.read(second)
  t.equal(two.records().length, 1, 'more may follow')
  await two.read(third)
  await two.pass(responseRestMs)
  t.match(two.records().slice(1), [expected], 'in four')
  two.end.abort()
  await done
})

void t.test('a response to a forgotten transaction does not complete another record', async t => {
  const { records, read, run, pass, end } = setUp(t)
  const done = run()
  await read(says('seen.com', 9))
  await read(asks('a.com'))
  await pass(2_000)
  // The number of its row is given to another record.
  await read(asks('b.com', 2))
  await read(says('a.com', 1, 'NXDOMAIN'))
  await pass(2_000)
  t.notOk(records().at(-1)?.rcode_name)
  t.equal(records().at(-1)?.query, 'b.com')
  end.abort()
  await done
})

void t.test('with more transactions than are remembered the oldest records get no response', async t => {
  const { records, read, run, pass, end } = setUp(t)
  const done = run()
  await read(says('seen.com', 9))
  await read(asks('a.com'))
  await read(...Array.from({ length: dedupTransactionsMax }, (_, at) => asks('seen.com', 100 + at)))
  await pass(2_000)
  t.equal(records().filter(({ query }) => query === 'a.com').length, 1)
  end.abort()
  await done
})
