/** What becomes of the records for sinks when the program is killed between any two steps of a commit. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { jsonFormat } from '../output/json.js'
import type { OutputFormat } from '../output/output.js'
import { openLogFile } from '../output/log-file.js'
import type { SinkOutbox } from '../model/segment.js'
import { Segments } from '../output/sinks/segments.js'
import { Sinks } from '../output/sinks/sinks.js'
import { zeekFormat } from '../output/zeek.js'
import { askedBy } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import { handClock } from '../testing/hand-clock.js'
import {
  never,
  now,
  question,
  registered,
  policy,
  storeIn,
  putRegistration,
} from '../testing/pipeline-kit.js'
import { Committer } from './committer.js'

/** Where the process dies: before or in the middle of the append to the log or to the segments, or after both. */
type Death = 'log' | 'log, half' | 'segments' | 'segments, half' | 'behind'

const killed = () => Promise.reject(new Error('kill -9'))

const openLife = async (t: Test, dir: string, format: OutputFormat, death?: Death) => {
  const clock = handClock(now)
  const path = join(dir, 'domainstats.log')
  const store = storeIn(t, dir, path)
  const telemetry = () => undefined
  const log = openLogFile({ path, durable: false, footer: format.footer, clock, telemetry })
  const segments = await Segments.open(
    { dir: join(dir, 'sinks'), durable: false, bytesMax: 2_000 },
    store.sinks.outbox(),
  )
  const sinks = new Sinks(segments, [], telemetry)
  t.teardown(async () => {
    await log.close()
    await segments.close()
  })
  const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)
  const output = {
    ...log,
    append: async (bytes: Buffer, signal: AbortSignal) => {
      if (bytes.length > 0 && death === 'log, half') await log.append(half(bytes), signal)
      return bytes.length > 0 && death?.startsWith('log') === true ? killed() : log.append(bytes, signal)
    },
  }
  const feed = {
    place: () => sinks.place(),
    write: async (outbox: SinkOutbox) => {
      if (death === 'segments, half') await segments.write({ ...outbox, lines: half(outbox.lines) })
      if (death === 'behind') await segments.write(outbox)
      return death === undefined ? segments.write(outbox) : killed()
    },
  }
  const committer = new Committer({ store, output, format, sinks: feed, clock, telemetry })
  const write = async (...names: readonly string[]) => {
    putRegistration(store, 'a.com', registered())
    const questions = names.map(name => question(`${name}.a.com`))
    await committer.commit(askedBy(questions), (known, at) => sightings(questions, known, policy, at), never)
  }
  return { committer, write, store }
}

const queriesIn = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line =>
      String((JSON.parse(line) as Readonly<Record<string, unknown>>)['query']).replace('.a.com', ''),
    )

const inSegments = (dir: string): string[] =>
  readdirSync(join(dir, 'sinks'))
    .sort()
    .flatMap(name => queriesIn(readFileSync(join(dir, 'sinks', name), 'utf8')))

const deaths: readonly Death[] = ['log', 'log, half', 'segments', 'segments, half', 'behind']

for (const format of [jsonFormat, zeekFormat])
  for (const death of deaths)
    void t.test(`${format === jsonFormat ? 'json' : 'zeek'}, killed at: ${death}`, async t => {
      const dir = t.testdir()
      const first = await openLife(t, dir, format)
      await first.committer.recover(never)
      await first.write('one', 'two')
      const dying = await openLife(t, dir, format, death)
      await t.rejects(dying.write('three', 'four', 'five', 'six'), /kill -9/)
      // Killed once more, as soon as it is there again.
      await openLife(t, dir, format)
      const last = await openLife(t, dir, format)
      await last.committer.recover(never)
      await last.write('seven')
      await last.committer.close(never)
      t.same(
        inSegments(dir),
        ['one', 'two', 'three', 'four', 'five', 'six', 'seven'],
        'each once, whatever the format',
      )
      if (format === jsonFormat)
        t.same(queriesIn(readFileSync(join(dir, 'domainstats.log'), 'utf8')), inSegments(dir))
      t.equal(last.store.sinks.outbox()?.lines.length, 0, 'nothing of them stays in the store')
    })

void t.test(
  'after a crash and a change of the output the sinks get the records of the old output',
  async t => {
    const dir = t.testdir()
    const dying = await openLife(t, dir, jsonFormat, 'log')
    await t.rejects(dying.write('one'), /kill -9/)
    const { store } = await openLife(t, dir, jsonFormat)
    t.same(inSegments(dir), ['one'])
    t.equal(store.outbox(join(dir, 'domainstats.log'))?.bytes.length !== 0, true)
  },
)

void t.test('without sinks nothing is written for them', async t => {
  const dir = t.testdir()
  const clock = handClock(now)
  const path = join(dir, 'domainstats.log')
  const store = storeIn(t, dir, path)
  const telemetry = () => undefined
  const output = openLogFile({ path, durable: false, footer: jsonFormat.footer, clock, telemetry })
  t.teardown(() => output.close())
  const committer = new Committer({ store, output, format: jsonFormat, clock, telemetry })
  const questions = [question('one.a.com')]
  putRegistration(store, 'a.com', registered())
  await committer.commit(askedBy(questions), (known, at) => sightings(questions, known, policy, at), never)
  t.equal(store.sinks.outbox(), undefined)
  t.equal(existsSync(join(dir, 'sinks')), false)
})
