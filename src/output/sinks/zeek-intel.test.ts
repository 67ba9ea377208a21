/** The file for Zeek's Intel framework, read as Zeek's ASCII reader reads it. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { handClock } from '../../testing/hand-clock.js'
import type { SinkRecord } from './sink.js'
import { openZeekIntel, type ZeekIntelOptions } from './zeek-intel.js'

const live = () => new AbortController().signal

/**
 * The rows as Zeek has them: comments passed over, columns found by `#fields`, `\xHH` undone, `-` as unset.
 * https://github.com/zeek/zeek/blob/master/src/input/readers/ascii/Ascii.cc
 */
const asZeek = (text: string): Record<string, string | undefined>[] => {
  const lines = text.split('\n').slice(0, -1)
  const names = lines.shift()?.split('\t').slice(1) ?? []
  return lines
    .filter(line => !line.startsWith('#'))
    .map(line => {
      const values = line.split('\t')
      if (values.length !== names.length) throw new Error(`not enough fields: ${line}`)
      const bytes = (value: string) =>
        Buffer.from(
          Buffer.from(value)
            .toString('latin1')
            .replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
          'latin1',
        ).toString()
      return Object.fromEntries(
        names.map((name, at) => [name, values[at] === '-' ? undefined : bytes(values[at] ?? '')]),
      )
    })
}

const open = (t: Test, more: Partial<ZeekIntelOptions> = {}) => {
  const path = more.path ?? join(t.testdir({}), 'intel.dat')
  const clock = handClock(1_000_000)
  const options = {
    ...{ path, source: 'domainstats', alerts: ['YOUNG', 'RE-REGISTERED', 'TAGGED-THREAT'] },
    ...{ rowsMax: 100, everyMs: 5_000, ...more },
  }
  const sink = openZeekIntel(options, clock)(() => undefined)
  return {
    path,
    clock,
    sink,
    text: () => readFileSync(path, 'utf8'),
    rows: () => asZeek(readFileSync(path, 'utf8')),
  }
}

const recordOf = (
  query: string,
  alerts: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): SinkRecord => {
  const domain = query.split('.').slice(-2).join('.')
  const fields = { query, domain, category: 'NEW', alerts, record_id: query, ...more }
  return { line: JSON.stringify(fields), fields }
}

void t.test('a young domain and its name are in the file, in the format of Zeek', async t => {
  const { sink, text, rows } = open(t)
  const records = [
    recordOf('Shop.Invoice-3481.top', ['YOUR-FIRST-CONTACT', 'YOUNG:3d']),
    recordOf('old.example', ['YOUR-FIRST-CONTACT'], { category: 'ESTABLISHED' }),
    recordOf('cdn.big.example', ['TAGGED-THREAT'], { category: 'ESTABLISHED' }),
    recordOf('new.example', []),
  ]
  t.same(await sink.send(records, live()), [])
  t.equal(
    text(),
    [
      '#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url\n',
      'shop.invoice-3481.top\tIntel::DOMAIN\tdomainstats\tNEW, YOUNG:3d\t-\n',
      'invoice-3481.top\tIntel::DOMAIN\tdomainstats\tNEW, YOUNG:3d\t-\n',
      'cdn.big.example\tIntel::DOMAIN\tdomainstats\tESTABLISHED, TAGGED-THREAT\t-\n',
    ].join(''),
  )
  t.match(rows()[0], {
    indicator: 'shop.invoice-3481.top',
    indicator_type: 'Intel::DOMAIN',
    'meta.url': undefined,
  })
  await sink.close(live())
})

void t.test('the category NEW can be a reason, too', async t => {
  const { sink, rows } = open(t, { alerts: ['NEW'] })
  await sink.send([recordOf('a.example', []), recordOf('b.example', [], { category: 'UNKNOWN' })], live())
  t.same(
    rows().map(row => [row['indicator'], row['meta.desc']]),
    [['a.example', 'NEW']],
  )
})

void t.test('there is a file before the first record', async t => {
  const { sink, rows } = open(t)
  await sink.close(live())
  t.same(rows(), [])
})

void t.test('it is written when something has changed, and then not too often', async t => {
  const { sink, path, clock, rows } = open(t)
  const inode = () => statSync(path).ino
  await sink.close(live())
  clock.pass(5_000)
  await sink.send([recordOf('a.example', ['YOUNG:3d'])], live())
  const first = inode()
  await sink.send([recordOf('a.example', ['YOUNG:3d']), recordOf('b.example', ['MANY-NAMES'])], live())
  t.equal(inode(), first, 'nothing new')
  const sending = sink.send(
    [recordOf('a.example', ['YOUNG:4d']), recordOf('c.example', ['YOUNG:0d'])],
    live(),
  )
  let isDone = false
  void sending.then(() => (isDone = true))
  clock.pass(4_999)
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
  t.same([isDone, inode()], [false, first])
  clock.pass(1)
  await sending
  t.not(inode(), first, 'replaced, not written in place')
  t.same(
    rows().map(row => [row['indicator'], row['meta.desc']]),
    [
      ['a.example', 'NEW, YOUNG:4d'],
      ['c.example', 'NEW, YOUNG:0d'],
    ],
    'each name once',
  )
  t.same(readdirSync(join(path, '..')), ['intel.dat'])
})

void t.test('what waits to be written when the program ends comes again', async t => {
  const { sink, path } = open(t)
  await sink.send([recordOf('a.example', ['YOUNG:3d'])], live())
  const life = new AbortController()
  const sending = sink.send([recordOf('b.example', ['YOUNG:3d'])], life.signal)
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
  life.abort()
  await t.rejects(sending)
  const again = open(t, { path })
  await again.sink.send([recordOf('b.example', ['YOUNG:3d'])], live())
  t.equal(again.rows().length, 2)
})

void t.test('a restart goes on with the rows of the file; the oldest leave', async t => {
  const first = open(t, { rowsMax: 3 })
  await first.sink.send([recordOf('a.example', ['YOUNG:1d']), recordOf('b.example', ['YOUNG:1d'])], live())
  const second = open(t, { path: first.path, rowsMax: 3 })
  const some = [recordOf('a.example', ['YOUNG:2d']), recordOf('c.example', ['YOUNG:1d'])]
  await second.sink.send(some, live())
  second.clock.pass(5_000)
  await second.sink.send([recordOf('d.example', ['YOUNG:1d'])], live())
  t.same(
    second.rows().map(row => row['indicator']),
    ['a.example', 'c.example', 'd.example'],
    'b is the oldest: a was renewed',
  )
})

void t.test('a file of somebody else is not touched', async t => {
  for (const text of [
    'evil.example\n',
    '#fields\tindicator\tindicator_type\tmeta.source\n',
    '#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url\n192.0.2.1\tIntel::ADDR\tme\t-\t-\n',
    '#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url\na.example\tIntel::DOMAIN\tme\t-\t-\n',
  ]) {
    const path = join(t.testdir({ 'intel.dat': text }), 'intel.dat')
    const { sink, text: now } = open(t, { path })
    await t.rejects(sink.send([recordOf('a.example', ['YOUNG:1d'])], live()), /is not a file of this sink/)
    t.equal(now(), text)
  }
  const path = join(t.testdir({ 'intel.dat': '' }), 'intel.dat')
  const { sink, rows } = open(t, { path })
  await sink.send([recordOf('a.example', ['YOUNG:1d'])], live())
  t.equal(rows().length, 1, 'an empty one may be made before, with the rights that Zeek needs')
})

void t.test('a file that cannot be written is a failure, and written when it can be', async t => {
  const dir = t.testdir({ 'intel.dat': {} })
  const { sink } = open(t, { path: join(dir, 'intel.dat') })
  await t.rejects(sink.send([recordOf('a.example', ['YOUNG:1d'])], live()))
  const later = open(t, { path: join(dir, 'none', 'intel.dat') })
  await t.rejects(later.sink.send([recordOf('a.example', ['YOUNG:1d'])], live()), /ENOENT|no such/)
})

void t.test('whatever a name or an alert holds, Zeek gets it back, and no other row', async t => {
  const hostile = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('-', '#', '(empty)', '\t', '\n', '\\x41', 'a'),
      hostile,
      async (head, tail) => {
        const { sink, rows, path } = open(t)
        const query = `${head}${tail}`
        await sink.send([recordOf(query, [`YOUNG:${tail}`], { domain: head })], live())
        t.same(
          rows().map(row => row['indicator']),
          [...new Set([query.toLowerCase(), head.toLowerCase()])].map(name => Buffer.from(name).toString()),
        )
        const again = open(t, { path })
        await again.sink.send([], live())
      },
    ),
    { numRuns: 50 },
  )
})
