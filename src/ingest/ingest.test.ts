import t, { type Test } from 'tap'
import { batchQuestionsMax } from '../limits.js'
import { createReducer } from '../names/psl.js'
import { growing } from '../testing/growing.js'
import { openLife, registered, policy, putRegistration, until } from '../testing/pipeline-kit.js'
import { createWake } from '../time/wake.js'
import { ingest, type IngestOptions } from './ingest.js'
import { NotUnderstood } from './not-understood.js'
import { QuestionReader } from './reader.js'

const line = (query: string, ts = 1.795e9) => JSON.stringify({ ts, uid: 'C1', 'id.resp_p': 53, query }) + '\n'

const setUp = (test: Test) => {
  const life = openLife(test, test.testdir())
  putRegistration(life.store, 'a.com', registered())
  const file = growing(life.store.newFile())
  const wake = createWake()
  let waiting = 0
  const options: IngestOptions = {
    ...{
      source: file.source,
      reader: new QuestionReader({ sources: new Set(['dns']), reducer: createReducer([]) }),
      policy,
      wake,
    },
    ...{
      notUnderstood: new NotUnderstood(),
      committer: life.committer,
      commitMsMax: life.commitMsMax,
      store: life.store,
      clock: life.clock,
      telemetry: life.telemetry,
      onWaiting: () => (waiting += 1),
      onEfficiency: () => undefined,
    },
  }
  return { ...life, ...file, wake, options, waiting: () => waiting, end: new AbortController() }
}

void t.test('once: it reads to the present end, and commits records and checkpoints together', async t => {
  const { write, options, store, written, reports, waiting, end } = setUp(t)
  write(line('one.a.com') + line('printer.local'))
  write(line('two.a.com', 5))
  await ingest(options, true, end.signal)
  t.match(written(), /one\.a\.com.*\n.*two\.a\.com/)
  t.match(store.checkpoints(), [
    { offset: (line('one.a.com') + line('printer.local') + line('two.a.com', 5)).length },
  ])
  t.match(reports, [
    {
      ...{ kind: 'batch', lines: 3, questions: 2, skips: new Map([['special-use', 1]]) },
      inputLines: new Map([['/logs', 3]]),
    },
    { kind: 'times-corrected', count: 1 },
  ])
  t.equal(waiting(), 0)
})

void t.test('a name that waits for its registry starts a look-up', async t => {
  const { write, options, waiting, end } = setUp(t)
  write(line('unknown.com'))
  await ingest(options, true, end.signal)
  t.equal(waiting(), 1)
})

void t.test(
  'it sleeps at the end of its files, reads on when it is woken, and stops when it is aborted',
  async t => {
    const { write, options, looks, wake, written, end } = setUp(t)
    const done = ingest(options, false, end.signal)
    await until(() => looks() === 1)
    write(line('one.a.com'))
    wake.call()
    await until(() => written().includes('one'))
    write(line('two.a.com'))
    wake.call()
    await until(() => written().includes('two'))
    end.abort()
    await done
    t.ok(looks() >= 3)
  },
)

const lasts: [string, string, number][] = [
  ['understood: it counts, and is passed', line('two.a.com').trimEnd(), 1],
  ['not understood: its end may still be written, so it is not passed', line('two.a.com').slice(0, -9), 0],
]

for (const [name, last, counts] of lasts)
  void t.test(`a last line without newline that is ${name}`, async t => {
    const { write, options, store, written, end } = setUp(t)
    write(line('one.a.com'))
    write(last)
    await ingest(options, true, end.signal)
    t.equal(written().includes('two.a.com'), counts === 1)
    t.equal(store.checkpoints()[0]?.offset, line('one.a.com').length + counts * last.length)
  })

void t.test('with the HTTP API a transaction is as short as it has to be, and no line is lost', async t => {
  const { write, options, store, clock, reports, written, end } = setUp(t)
  const text = Array.from({ length: 4_000 }, (_, i) => line(`n${i}.com`)).join('')
  write(text)
  // Each question takes a fifth of a millisecond: 250 of them fill the 50 ms of a transaction.
  let asked = 0
  const scores = () => {
    clock.pass((asked += 1) % 5 === 0 ? 1 : 0)
    return {}
  }
  const slow = { ...policy, holdMs: 0, scores }
  await ingest({ ...options, policy: slow, commitMsMax: 50 }, true, end.signal)
  const sizes = reports.flatMap(report => (report.kind === 'batch' ? [report.questions] : []))
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    4_000,
  )
  t.ok(
    sizes.slice(1).every(size => size <= 250),
    sizes.join(),
  )
  t.ok(
    sizes.slice(1, -1).every(size => size > 100),
    'nor shorter',
  )
  t.match(store.checkpoints(), [{ offset: text.length }])
  t.equal(written().split('\n').length - 1, 4_000)
})

void t.test(
  'without the HTTP API a transaction soon covers a whole batch, however long it takes',
  async t => {
    const { write, options, clock, reports, end } = setUp(t)
    const count = 10 * batchQuestionsMax
    write(Array.from({ length: count }, (_, i) => line(`n${i}.com`)).join(''))
    const scores = () => {
      clock.pass(1)
      return {}
    }
    await ingest({ ...options, policy: { ...policy, scores } }, true, end.signal)
    const sizes = reports.flatMap(report => (report.kind === 'batch' ? report.questions : []))
    t.same(sizes.slice(0, 3), [125, 157, 196])
    t.equal(Math.max(...sizes), batchQuestionsMax)
    t.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      count,
    )
  },
)
