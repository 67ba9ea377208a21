/** Tests that a Zeek log without a header is read with the columns of its last header. */
import t from 'tap'
import { advance, emptyFingerprint, type Checkpoint } from '../model/checkpoint.js'
import type { Chunk } from '../tail/tail.js'
import { Parsers } from './parsers.js'

const header = '#separator \\x09\n#path\tdns\n#fields\tts\tuid\tquery\n'
const swapped = '#separator \\x09\n#path\tdns\n#fields\tts\tquery\tuid\n'
const row = (query: string) => `1.5\tC1\t${query}\n`

const checkpointOf = (file: number, path: string, stored = ''): Checkpoint => ({
  ...{
    ...emptyFingerprint,
    file,
    inode: '1:2',
    path,
    input: '/logs',
    changed: 5,
    statSignature: '',
    header: stored,
  },
  ...{ size: 0, finished: 0 },
})

/** The first lines of a file, perhaps behind a hole. */
const chunkOf = (text: string, file: number, path = '/logs/dns.log', stored = '', offset = 0): Chunk => {
  const input = { path: '/logs', format: 'auto', sensor: undefined, start: 'beginning' } as const
  const bytes = Buffer.from(text)
  const after = advance({ ...emptyFingerprint, offset }, bytes)
  const checkpoint = { ...checkpointOf(file, path, stored), ...after }
  return { bytes, offset, after, tooLong: 0, input, checkpoint, before: Buffer.alloc(0) }
}

const open = () => new Parsers({ sources: new Set(['dns']), records: false, onReplayed: () => true })

/** For each line of a chunk its names, or why it has none. */
const read = (parsers: Parsers, chunk: Chunk): string[] => {
  const parser = parsers.of(chunk)
  const lines = chunk.bytes.toString().split('\n').slice(0, -1)
  const found = lines.map(line => parser.parse(Buffer.from(line)))
  parsers.headerOf(chunk)
  return found.map(events => (typeof events === 'string' ? events : events.map(({ query }) => query).join()))
}

void t.test('truncated in place: the columns hold until a new header comes', t => {
  for (const offset of [0, 5_000_000]) {
    const parsers = open()
    read(parsers, chunkOf(header + row('a.org'), 1))
    t.same(read(parsers, chunkOf(row('b.org'), 2, '/logs/dns.log', '', offset)), ['b.org'])
    t.same(read(parsers, chunkOf(row('c.org'), 3)), ['c.org'], 'truncated twice')
    t.same(read(parsers, chunkOf(`${swapped}1.5\td.org\tC1\n`, 4)).at(-1), 'd.org')
    t.same(read(parsers, chunkOf('1.5\te.org\tC1\n', 5)), ['e.org'])
  }
  t.end()
})

void t.test('after a restart the columns come from the checkpoints', t => {
  const first = open()
  const chunk = chunkOf(header + row('a.org'), 1)
  read(first, chunk)
  const stored = { ...chunk.checkpoint, header: first.headerOf(chunk) }
  const parsers = open()
  parsers.restoreHeaders([
    checkpointOf(7, '/logs/conn.log', swapped),
    stored,
    checkpointOf(8, '/logs/dns.log'),
  ])
  t.same(read(parsers, chunkOf(row('b.org'), 2)), ['b.org'])
  t.same(read(parsers, chunkOf(row('c.org'), 3, '/logs/dns.log.1')), ['c.org'], 'its copy, rotated since')
  t.same(read(parsers, chunkOf(row('d.org'), 8)), ['d.org'], 'read by a version that did not know them')
  t.end()
})

void t.test('the columns of another log are not used', t => {
  const parsers = open()
  read(parsers, chunkOf(header + row('a.org'), 1, '/logs/dns-lan.log'))
  parsers.restoreHeaders([{ ...checkpointOf(2, '/elsewhere/dns.log', header), input: '/elsewhere' }])
  t.same(read(parsers, chunkOf(row('b.org'), 3)), ['no-header'])
  t.end()
})

void t.test(
  'truncated before it was read, in a new folder: the columns of the same log in the input are used',
  t => {
    const parsers = open()
    read(parsers, chunkOf(header + row('a.org'), 1, '/logs/2026-11-20/dns.log'))
    read(parsers, chunkOf(swapped, 2, '/logs/2026-11-20/dns-lan.log'))
    t.same(read(parsers, chunkOf(row('b.org'), 3, '/logs/2026-11-21/dns.log')), ['b.org'])
    t.end()
  },
)

void t.test('the log goes on as JSON, with or without a prefix', t => {
  const json = '{"_path":"dns","ts":1.5,"uid":"C1","query":"b.org"}\n'
  for (const line of [json, `@cee: ${json}`, `<13>Nov 21 04:00:00 sensor zeek: ${json}`]) {
    const parsers = open()
    read(parsers, chunkOf(header + row('a.org'), 1))
    t.same(read(parsers, chunkOf(line + row('c.org') + 'torn.org\n', 2)), ['b.org', 'c.org', 'malformed'])
  }
  t.end()
})
