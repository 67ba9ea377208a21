import t from 'tap'
import { retryMs } from '../limits.js'
import type { Output } from '../output/output.js'
import { askedBy } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import {
  never,
  openLife,
  question,
  registered,
  policy,
  putRegistration,
  until,
} from '../testing/pipeline-kit.js'

type Life = ReturnType<typeof openLife>

const write = ({ store, committer }: Life, name: string, signal = never) => {
  putRegistration(store, 'a.com', registered())
  const questions = [question(`${name}.a.com`)]
  return committer.commit(
    askedBy(questions),
    (known, now) => sightings(questions, known, policy, now),
    signal,
  )
}
const names = (life: Life) => [...life.written().matchAll(/"query":"(\w+)/g)].map(([, name]) => name)
const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })

/** A disk that is full while `is.full`. */
const onFullDisk =
  (is: { full: boolean }) =>
  (output: Output): Output => ({ ...output, place: () => (is.full ? Promise.reject(full) : output.place()) })

void t.test(
  'the disk is full for a while: it is reported, tried again, and nothing is lost or doubled',
  async t => {
    const disk = { full: false }
    const life = openLife(t, t.testdir(), undefined, onFullDisk(disk))
    await write(life, 'one')
    disk.full = true
    const done = Promise.all([write(life, 'two'), write(life, 'three')])
    for (let i = 0; i < 3; i += 1) {
      await until(() => life.reports.length > i)
      life.clock.pass(retryMs)
    }
    await until(() => life.reports.length > 3)
    t.same(names(life), ['one'])
    t.match(life.reports[3], { kind: 'output-stalled', path: life.path, error: /ENOSPC/ })
    disk.full = false
    life.clock.pass(retryMs)
    await done
    t.same(names(life), ['one', 'two', 'three'])
  },
)

void t.test('the store is full for a while: it is reported and tried again', async t => {
  const life = openLife(t, t.testdir())
  const error = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  let failures = 2
  const decide = () => {
    failures -= 1
    if (failures >= 0) throw error
    return { records: [] }
  }
  const done = life.committer.commit({}, decide, never)
  for (let i = 0; i < 2; i += 1) {
    await until(() => life.reports.length > i)
    life.clock.pass(retryMs)
  }
  t.match(await done, { records: [], fellOut: 0, uncounted: 0, ms: 0 })
  t.match(life.reports, [{ kind: 'store-stalled' }, { kind: 'store-stalled' }])
})

void t.test('the program stops while the store is full: nothing has changed', async t => {
  const disk = { full: true }
  const life = openLife(t, t.testdir(), undefined, onFullDisk(disk))
  const end = new AbortController()
  const done = write(life, 'one', end.signal)
  await until(() => life.reports.length > 0)
  end.abort()
  t.equal(await done, undefined)
  t.equal(life.store.outbox(life.path), undefined)
})

void t.test(
  'the program ends in the middle of an append: later commits leave its outbox alone, the next start finishes it',
  async t => {
    const dir = t.testdir()
    const life = openLife(t, dir, undefined, output => ({ ...output, append: () => Promise.resolve(false) }))
    await write(life, 'one')
    t.equal(await write(life, 'two'), undefined)
    await life.committer.close(never)
    const next = openLife(t, dir)
    await next.committer.recover(never)
    await write(next, 'three')
    t.same(names(next), ['one', 'three'])
    t.match(next.reports, [{ kind: 'output-recovered' }])
  },
)

void t.test('onRecords is called once the records are in the output, and not before', async t => {
  const life = openLife(t, t.testdir(), undefined, output => ({
    ...output,
    append: () => Promise.resolve(false),
  }))
  let told = 0
  const { store, output, clock, telemetry } = life
  const { Committer } = await import('./committer.js')
  const { jsonFormat } = await import('../output/json.js')
  const options = { store, output, format: jsonFormat, clock, telemetry, onRecords: () => (told += 1) }
  await write({ ...life, committer: new Committer(options) }, 'one')
  t.equal(told, 0)
})

void t.test(
  'a mistake in a decision is no full disk: it ends the commit, and the next one works',
  async t => {
    const life = openLife(t, t.testdir())
    const wrong = () => {
      throw new TypeError('a bug')
    }
    await t.rejects(life.committer.commit({}, wrong, never), /a bug/)
    await write(life, 'one')
    t.same(names(life), ['one'])
  },
)

void t.test('batches are committed one after the other, in their order', async t => {
  const life = openLife(t, t.testdir())
  const wanted = Array.from({ length: 30 }, (_, i) => `n${i}`)
  await Promise.all(wanted.map(name => write(life, name)))
  t.same(names(life), wanted)
})
