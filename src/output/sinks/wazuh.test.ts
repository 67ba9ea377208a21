/** The file for Wazuh: its lines, and that a reader with the habits of Wazuh's logcollector gets each one. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { wazuhLineBytesMax, wazuhRotationMs } from '../../limits.js'
import { handClock } from '../../testing/hand-clock.js'
import { LogCollector } from '../../testing/siem/logcollector.js'
import { openSmallDisk } from '../../testing/small-disk.js'
import { RetryLater, type SinkRecord } from './sink.js'
import { openWazuh, wazuhLine } from './wazuh.js'

const live = () => new AbortController().signal

const recordOf = (fields: Readonly<Record<string, unknown>>): SinkRecord => ({
  line: JSON.stringify(fields),
  fields,
})

/** A record with an alert. */
const first = (query: string, more: Readonly<Record<string, unknown>> = {}): SinkRecord =>
  recordOf({ query, alerts: ['YOUR-FIRST-CONTACT'], category: 'UNKNOWN', record_id: query, ...more })

const open = (t: Test, more: { readonly path?: string; readonly bytesMax?: number } = {}) => {
  const path = more.path ?? join(t.testdir({}), 'wazuh.json')
  // The time of a rename is that of the machine.
  const clock = handClock(Date.now())
  const sink = openWazuh({ path, bytesMax: more.bytesMax ?? 2 ** 20 }, clock)(() => undefined)
  return {
    ...{ path, clock },
    send: (...records: readonly SinkRecord[]) => sink.send(records, live()),
    close: () => sink.close(live()),
    text: () => readFileSync(path, 'utf8'),
  }
}

const queriesIn = (text: string): unknown[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map(line => (JSON.parse(line) as { dnsstat: { query: unknown } }).dnsstat.query)

const samples = readFileSync('samples/expected/domainstats.log', 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => recordOf(JSON.parse(line) as SinkRecord['fields']))

const sampleOf = (query: string): SinkRecord =>
  samples.find(({ fields }) => fields['query'] === query) ?? recordOf({})

const web = '2026-11-17T22:48:05.000000Z'

/** What becomes of a record: what is in `dnsstat`, or nothing. */
const table: readonly (readonly [what: string, record: SinkRecord, dnsstat: object | undefined])[] = [
  [
    'a young domain, in full',
    sampleOf('login.northwind-parts-support.com'),
    {
      ...{ query: 'login.northwind-parts-support.com', alerts: ['YOUR-FIRST-CONTACT', 'YOUNG:3d'] },
      ...{ category: 'NEW', freq_score: [5.6147, 5.5899], seen_by_isc: 'RDAP' },
      ...{ seen_by_web: 'Tue, 17 Nov 2026 22:48:05 GMT', seen_by_you: 'Sat, 21 Nov 2026 08:00:09 GMT' },
      ...{ ts: '2026-11-21T08:00:09.118334Z', 'id.orig_h': '10.20.1.37' },
      record_id: '2ae429aa4557fa9a5db3fb014d85dc51',
    },
  ],
  [
    'the category stands for the dates that are not known',
    sampleOf('harbor-notes.github.io'),
    {
      ...{ query: 'harbor-notes.github.io', alerts: ['YOUR-FIRST-CONTACT'], category: 'UNKNOWN' },
      ...{ freq_score: [6.089, 6.543], seen_by_isc: 'UNKNOWN', seen_by_web: 'UNKNOWN' },
      ...{ seen_by_you: 'Sat, 21 Nov 2026 08:00:12 GMT', ts: '2026-11-21T08:00:12.250007Z' },
      ...{ 'id.orig_h': '10.20.1.52', record_id: '15b0abd2ce9bb1a2085b81f02a1d8374' },
    },
  ],
  [
    'no scores, no client',
    first('a.com'),
    {
      ...{ query: 'a.com', alerts: ['YOUR-FIRST-CONTACT'], category: 'UNKNOWN', freq_score: 'disabled' },
      ...{ seen_by_isc: 'UNKNOWN', seen_by_web: 'UNKNOWN', seen_by_you: 'UNKNOWN', record_id: 'a.com' },
    },
  ],
  [
    'a date of the ISC',
    first('a.com', { category: 'NEW', seen_by_web: web, seen_by_isc: '2026-11-19T00:00:00.000000Z' }),
    { ...{ category: 'NEW', seen_by_isc: 'Thu, 19 Nov 2026 00:00:00 GMT' } },
  ],
  ['a pending one', first('a.com', { category: 'PENDING' }), { category: 'UNKNOWN', seen_by_web: 'UNKNOWN' }],
  ['new, without an alert', first('a.com', { alerts: [], category: 'NEW' }), { alerts: [], category: 'NEW' }],
  ['an error', first('a.com', { alerts: [], category: 'ERROR' }), { alerts: [], category: 'ERROR' }],
  ['established, without an alert', first('a.com', { alerts: [], category: 'ESTABLISHED' }), undefined],
  ['unknown, without an alert', first('a.com', { alerts: [] }), undefined],
]

void t.test('a record becomes what the integration of domain_stats sends, or nothing', t => {
  for (const [what, record, dnsstat] of table) {
    const line = wazuhLine(record)
    const sent = line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>)
    if (dnsstat === undefined) t.equal(line, undefined, what)
    else t.match(sent, { dnsstat, integration: 'dnsstat' }, what)
  }
  const whole = table.slice(0, 3).map(([, record]) => JSON.parse(wazuhLine(record) ?? '') as object)
  t.same(
    whole,
    table.slice(0, 3).map(([, , dnsstat]) => ({ dnsstat, integration: 'dnsstat' })),
    'and no more than that',
  )
  const keys = Object.keys((whole[0] as { dnsstat: object }).dnsstat)
  t.same(
    keys.slice(0, 7),
    ['query', 'alerts', 'category', 'freq_score', 'seen_by_isc', 'seen_by_web', 'seen_by_you'],
    'the seven keys of the integration, in its order, before ours',
  )
  t.end()
})

void t.test('whatever a name holds, its record is one line that Wazuh can read', t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), query => {
      const line = wazuhLine(first(query)) ?? ''
      t.notMatch(line, /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/u)
      t.same((JSON.parse(line) as { dnsstat: { query: unknown } }).dnsstat.query, query)
    }),
  )
  t.end()
})

void t.test('lines are appended; a record that is not for Wazuh makes no line and no file', async t => {
  const { send, path, text, close } = open(t)
  t.same(await send(first('quiet.com', { alerts: [] })), [])
  t.equal(statSync(path, { throwIfNoEntry: false }), undefined)
  t.same(await send(first('a.com'), first('quiet.com', { alerts: [] }), first('b.com')), [])
  t.same(await send(first('c.com')), [])
  t.same(queriesIn(text()), ['a.com', 'b.com', 'c.com'])
  t.equal(statSync(path).mode & 0o137, 0, 'others may not read it')
  await close()
})

void t.test('a record that is too long for Wazuh is skipped and told', async t => {
  const { send, text } = open(t)
  const long = first('a'.repeat(wazuhLineBytesMax))
  t.match(await send(first('a.com'), long), [{ records: 1, reason: /^longer than/ }])
  t.same(queriesIn(text()), ['a.com'])
})

void t.test('half a line that a crash has left is overwritten', async t => {
  const whole = `${wazuhLine(first('a.com')) ?? ''}\n`
  for (const half of [whole.slice(0, 1), whole.slice(0, -1), `{"dnsstat":${'x'.repeat(100_000)}`]) {
    const path = join(t.testdir({ 'wazuh.json': whole + half }), 'wazuh.json')
    const { send, text } = open(t, { path })
    await send(first('b.com'))
    t.same(queriesIn(text()), ['a.com', 'b.com'], `after ${half.length} bytes`)
  }
  const path = join(t.testdir({ 'wazuh.json': whole.slice(0, 20) }), 'wazuh.json')
  const { send, text } = open(t, { path })
  await send(first('b.com'))
  t.same(queriesIn(text()), ['b.com'], 'a file of half a line only')
})

void t.test('a full file is renamed once Wazuh can have seen it; the next has its rights', async t => {
  const { send, path, text, clock } = open(t, { bytesMax: 600 })
  await send(first('a.com'), first('b.com'))
  chmodSync(path, 0o604)
  await send(first('c.com'))
  t.same([queriesIn(text()), queriesIn(readFileSync(`${path}.1`, 'utf8'))], [['c.com'], ['a.com', 'b.com']])
  t.equal(statSync(path).mode & 0o777, 0o604)
  await send(first('d.com'))
  const refused = await send(first('e.com')).catch((error: unknown) => error)
  t.type(refused, RetryLater)
  t.ok(refused instanceof RetryLater && refused.afterMs <= wazuhRotationMs && refused.afterMs > 0)
  t.same(queriesIn(text()), ['c.com', 'd.com'])
  clock.pass(wazuhRotationMs + 1_000)
  await send(first('e.com'))
  t.same([queriesIn(text()), queriesIn(readFileSync(`${path}.1`, 'utf8'))], [['e.com'], ['c.com', 'd.com']])
})

void t.test('a file that was moved, deleted or emptied is begun anew', async t => {
  const { send, path, text } = open(t)
  await send(first('a.com'), first('b.com'))
  truncateSync(path)
  await send(first('c.com'))
  t.same(queriesIn(text()), ['c.com'])
})

void t.test('a missing folder and what is no file are failures, until they are put right', async t => {
  const dir = t.testdir({ 'wazuh.json': {} })
  await t.rejects(open(t, { path: join(dir, 'wazuh.json') }).send(first('a.com')), /is no regular file/)
  const { send, text } = open(t, { path: join(dir, 'none', 'wazuh.json') })
  await t.rejects(send(first('a.com')), /ENOENT/)
  mkdirSync(join(dir, 'none'))
  await send(first('a.com'))
  t.same(queriesIn(text()), ['a.com'])
})

void t.test('on a full disk it fails, and goes on behind the last whole line when there is room', async t => {
  const disk = openSmallDisk(t, 64)
  if (!disk) return
  const { send, text, path } = open(t, { path: join(disk.path, 'wazuh.json') })
  await send(first('a.com'))
  const reader = new LogCollector(path)
  disk.fill()
  const some = Array.from({ length: 40 }, (_, n) => first(`shop-${n}.com`))
  await t.rejects(send(...some), /ENOSPC/)
  reader.read()
  disk.clear()
  await send(...some)
  t.equal(queriesIn(text()).at(-1), 'shop-39.com')
  reader.check()
  reader.read()
  const got = queriesIn(reader.lines.map(line => `${line}\n`).join(''))
  t.same(new Set(got), new Set(['a.com', ...some.map(({ fields }) => fields['query'])]))
})

/** Steps of the sink and of the reader, in any order. */
const step = fc.oneof(
  fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constantFrom('half' as const, 'read' as const, 'check' as const) }),
)

void t.test('through rotation and crashes, Wazuh gets each record', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
      const path = join(t.testdir({ 'wazuh.json': '' }), 'wazuh.json')
      const { send, clock } = open(t, { path, bytesMax: 1_500 })
      const reader = new LogCollector(path)
      let count = 0
      for (const step of steps) {
        if (step.do === 'send') {
          const some = Array.from({ length: step.count }, (_, n) => first(`shop-${count + n}.com`))
          const wait = await send(...some).then(
            () => false,
            (error: unknown) => error instanceof RetryLater,
          )
          if (wait) {
            // So much time passes that Wazuh checks the file and reads all of it, as it does every two seconds.
            reader.read()
            reader.check()
            reader.read()
            clock.pass(wazuhRotationMs + 1_000)
            await send(...some)
            // The rename has the machine's time.
            clock.pass(-wazuhRotationMs - 1_000)
          }
          count += step.count
        } else if (step.do === 'half') appendFileSync(path, '{"dnsstat":{"qu')
        else if (step.do === 'read') reader.read()
        else {
          reader.read()
          reader.check()
        }
      }
      await send(first('last.com')).catch(() => undefined)
      reader.read()
      reader.check()
      reader.read()
      const got = new Set(
        reader.lines.map(line => (JSON.parse(line) as { dnsstat: { query: string } }).dnsstat.query),
      )
      for (let n = 0; n < count; n++) if (!got.has(`shop-${n}.com`)) t.fail(`shop-${n}.com is missing`)
    }),
    { numRuns: 30 },
  )
})

void t.test('the reader of this test begins anew where the file became shorter', t => {
  const path = join(t.testdir({ 'wazuh.json': '{"a":1}\n{"b":2}\n' }), 'wazuh.json')
  const reader = new LogCollector(path)
  reader.read()
  writeFileSync(path, '{"c":3}\n')
  reader.check()
  reader.read()
  t.same(reader.lines, ['{"a":1}', '{"b":2}', '{"c":3}'], 'a shorter file is read from its beginning')
  t.end()
})
