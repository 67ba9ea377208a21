import { createHash } from 'node:crypto'
import t from 'tap'
import { lineBytesMax, dedupTransactionsMax } from '../limits.js'
import { emptyFingerprint } from '../model/checkpoint.js'
import { sources } from '../model/event.js'
import { createReducer } from '../names/psl.js'
import { idOf } from '../sightings/question.js'
import type { Chunk } from '../tail/tail.js'
import { chunkOf } from '../testing/growing.js'
import { QuestionReader } from './reader.js'

const now = Date.UTC(2026, 10, 21, 12)

/** A chunk as the tail hands it on: lines at an offset, with the lines read before a restart. */
const chunk = (
  text: string,
  { offset = 0, ...more }: { readonly offset?: number } & Parameters<typeof chunkOf>[2] = {},
): Chunk => chunkOf(Buffer.from(text, 'latin1'), { ...emptyFingerprint, offset }, { sensor: 'dmz', ...more })

const reader = (ignore: string[] = []) =>
  new QuestionReader({ sources: new Set(['dns']), reducer: createReducer(ignore) })
const read = (from: QuestionReader, what: Chunk) => {
  const batch = from.begin(now)
  from.read(what, batch, now)
  const { questions, tally } = batch
  return {
    questions,
    queries: questions.map(({ event }) => event.query),
    skips: Object.fromEntries(tally.skips),
    tally,
  }
}

const zeek = (query: string, more = {}) =>
  `${JSON.stringify({ ts: 1.5e9, uid: 'C1', 'id.orig_p': 5, 'id.resp_p': 53, query, ...more })}\n`
const eve = (flow: number, rrname = 'a.com', type = 'query') =>
  `${JSON.stringify({ timestamp: '2023-03-08T22:05:16.231213+0000', flow_id: flow, event_type: 'dns', src_ip: '10.0.0.1', src_port: 9, dest_ip: '10.0.0.2', dest_port: 53, proto: 'UDP', dns: { version: 2, type, id: 7, rrname, rrtype: 'A' } })}\n`

void t.test('a question has its domain and its sensor', t => {
  const { questions, tally } = read(reader(), chunk(zeek('www.Foo.github.io')))
  t.match(questions, [
    { domain: 'foo.github.io', registrable: 'github.io', sensor: 'dmz', unicode: undefined },
  ])
  t.match(tally, { lines: 1, questions: 1 })
  t.end()
})

const skipped: [string, string][] = [
  ['\n', 'empty'],
  ['{"broken\n', 'malformed'],
  ['{"event_type":"flow"}\n', 'not-dns'],
  [zeek('-'.repeat(3)), 'single-label'],
  [zeek('10.0.0.1'), 'ip-literal'],
  [zeek('1.0.0.10.in-addr.arpa'), 'reverse-zone'],
  [zeek('printer.local'), 'special-use'],
  [zeek('x.notatld'), 'no-public-suffix'],
  [zeek('www.ours.com'), 'ignored'],
  [zeek('a.com', { opcode: 5 }), 'opcode'],
  [zeek('a.com', { 'id.resp_p': 5353 }), 'not-unicast-dns'],
]

void t.test('skipped lines are counted by reason', t => {
  for (const [line, reason] of skipped) {
    const { questions, skips } = read(reader(['ours.com']), chunk(zeek('ok.com') + line))
    t.same(skips, { [reason]: 1 }, line)
    t.equal(questions.length, 1)
  }
  const long = read(reader(), chunk('', { tooLong: 3 }))
  t.same(long.skips, { 'line-too-long': 3 })
  t.end()
})

// The skim passes over records of other types: those that are wanted must reach the parser.
void t.test('each type of record in names_from is read behind records that are skimmed', t => {
  const host = (type: string) => ({ [type]: { sni: `www.${type}.com`, hostname: `www.${type}.com` } })
  const line = (type: string) => `${JSON.stringify({ event_type: type, ...host(type) })}\n`
  const lines =
    eve(1) +
    eve(2) +
    sources
      .filter(type => type !== 'dns')
      .map(line)
      .join('')
  for (const wanted of [...sources.map(type => new Set(['dns', type] as const)), new Set(sources)]) {
    const one = new QuestionReader({ sources: wanted, reducer: createReducer([]) })
    const { queries, skips } = read(one, chunk(lines))
    const others = [...wanted].filter(type => type !== 'dns')
    t.same(
      queries.slice(2),
      others.map(type => `www.${type}.com`),
      [...wanted].join(),
    )
    t.equal(skips['not-dns'] ?? 0, sources.length - 1 - others.length)
  }
  t.end()
})

void t.test('a new ignore list applies from the next line on', t => {
  const one = reader()
  t.same(read(one, chunk(zeek('a.com'))).queries, ['a.com'])
  one.use(createReducer(['a.com']))
  t.same(read(one, chunk(zeek('a.com'), { offset: 9 })).skips, { ignored: 1 })
  t.end()
})

void t.test('the copies of a transaction count once, in one batch, over batches and over files', t => {
  const one = reader()
  t.same(read(one, chunk(eve(1) + eve(1, 'a.com', 'answer') + eve(2))).skips, { duplicate: 1 })
  t.same(read(one, chunk(eve(1, 'a.com', 'answer'), { offset: 500 })).skips, { duplicate: 1 })
  t.same(read(one, chunk(eve(2), { file: 2 })).skips, { duplicate: 1 })
  t.equal(read(one, chunk(eve(3), { offset: 900 })).questions.length, 1)
  t.end()
})

void t.test('the copies of a transaction count once across a restart', t => {
  const again = chunk(eve(1, 'a.com', 'answer') + eve(2), { offset: 500, before: eve(9) + eve(1) })
  const { skips, questions } = read(reader(), again)
  t.same([skips, questions.length], [{ duplicate: 1 }, 1])
  t.end()
})

void t.test('what was read before a restart ends without a newline', t => {
  const { skips } = read(reader(), chunk(eve(1), { offset: 500, before: eve(2) + eve(1).trimEnd() }))
  t.same(skips, { duplicate: 1 })
  t.end()
})

void t.test('copies are recognised among the last transactions only', t => {
  const one = reader()
  const flows = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => eve(from + i)).join('')
  read(one, chunk(flows(0, dedupTransactionsMax)))
  t.same(read(one, chunk(eve(0), { offset: 1 })).skips, { duplicate: 1 })
  read(one, chunk(flows(dedupTransactionsMax, 3 * dedupTransactionsMax), { offset: 1 }))
  t.equal(read(one, chunk(eve(0), { offset: 1 })).questions.length, 1)
  t.end()
})

void t.test('an id depends on offset, bytes and index alone', t => {
  const line = zeek('a.com')
  const ids = (what: Chunk) => read(reader(), what).questions.map(question => question.id())
  const [first, second] = ids(chunk(line + line))
  t.match(first, /^[0-9a-f]{32}$/)
  t.not(first, second, 'equal lines at different places')
  t.same(ids(chunk(line, { offset: line.length, file: 77 })), [second], 'another file, another batch')
  const expected = createHash('sha256').update(`0\n${line.trimEnd()}\n0`).digest('hex').slice(0, 32)
  t.equal(first, expected)
  t.not(idOf(0, Buffer.from('x'), 0), idOf(0, Buffer.from('x'), 1))
  t.end()
})

void t.test('a line begins behind the NULs before it: they count neither in its id nor in its length', t => {
  const line = zeek('a.com')
  const idAt = (offset: number) => read(reader(), chunk(line, { offset })).questions[0]?.id()
  for (const nuls of [1, 900, 1025, lineBytesMax]) {
    const { questions, skips } = read(reader(), chunk(`${zeek('b.com')}${'\0'.repeat(nuls)}${line}\0\n`))
    t.same(skips, { empty: 1 })
    t.equal(questions[1]?.id(), idAt(zeek('b.com').length + nuls))
  }
  const before = `${eve(9)}${'\0'.repeat(9)}${eve(1)}`
  t.same(read(reader(), chunk(eve(1, 'a.com', 'answer'), { offset: 500, before })).skips, { duplicate: 1 })
  t.end()
})

void t.test('a last line without newline is read, and has the same id as with one', t => {
  const one = read(reader(), chunk(zeek('a.com').trimEnd())).questions[0]
  t.equal(one?.id(), read(reader(), chunk(zeek('a.com'))).questions[0]?.id())
  t.end()
})

const header =
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#fields\tts\tuid\tid.resp_p\tquery\n#types\ttime\tstring\tport\tstring\n'
const tsv = (query: string) => `1500000000.5\tC1\t53\t${query}\n`

void t.test('the header of a Zeek log is kept in the checkpoint, and needed in mid-file', t => {
  const one = reader()
  const start = chunk(header + tsv('a.com'))
  t.same(read(one, start).queries, ['a.com'])
  const kept = one.headerOf(start)
  t.ok(kept.includes('#fields\tts\tuid\tid.resp_p\tquery'))
  const later = chunk(tsv('b.com'), { offset: 500, header: kept })
  t.same(read(reader(), later).queries, ['b.com'])
  t.same(read(reader(), chunk(tsv('b.com'), { offset: 500 })).questions, [])
  const unread = chunk('', { offset: 500, header: kept, file: 5 })
  t.equal(reader().headerOf(unread), kept)
  t.end()
})
