/** Names that attackers ask for, through the whole program: each is one line in every format, and nothing else. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runCommandLine } from '../commands/command-line.js'
import { nameOfBytes } from '../names/canonical.js'
import { readZeek } from '../output/testing/zeek-cut.js'
import { testIo } from '../testing/io.js'

/** What stands in the first label; each gets a domain of its own. */
const labels: readonly (readonly [what: string, bytes: string])[] = [
  ['a newline, and a line behind it', 'a\n{"query":"forged.com"}'],
  ['a carriage return', 'a\rb'],
  ['a tab', 'a\tforged'],
  ['NUL', 'a\0b'],
  ['a terminal sequence', '\x1b[2J\x1b]0;owned\x07'],
  ['a terminal sequence in one byte', '\x9b31m'],
  ['no UTF-8', '\xff\xfe\xc3'],
  ['UTF-8 in part', 'b\xc3\xbccher\x80'],
  ['a mark that turns text around', Buffer.from('\u202emoc.evil').toString('latin1')],
  ['a line separator', Buffer.from('a\u2028b').toString('latin1')],
  ['a byte order mark', Buffer.from('\ufeffa').toString('latin1')],
  ['an escape of its own', 'a\\x0ab\\'],
  ['quotes and braces', '"},{"a":"'],
  ['what Zeek writes for nothing', '-'],
  ['what Zeek writes for empty', '(empty)'],
  ['a header line', '#close'],
  ['a separator of sets', 'a,b'],
  ['a member of the prototype', '__proto__'],
  ['markup', '<script>alert(1)</script>'],
  ['a formula', '=cmd|calc'],
]
const domain = (n: number) => `hostile-${n}.com`
const names = labels.map(([, bytes], n) => Buffer.from(`${bytes}.${domain(n)}`, 'latin1'))

/** Longer than a name can be. They count for nothing. */
const tooLong = [
  'a'.repeat(64 * 1024) + '.long.com',
  `${'a'.repeat(64)}.`.repeat(1024) + 'com',
  `${'\x1b'.repeat(300)}.long.com`,
].map(name => Buffer.from(name, 'latin1'))

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`
/** As Zeek's ASCII writer: a backslash twice, what is no printable ASCII as \xHH. */
const tsv = (name: Buffer): string =>
  Array.from(name, byte =>
    byte === 0x5c ? '\\\\' : byte < 0x20 || byte > 0x7e ? hex(byte) : String.fromCharCode(byte),
  ).join('')
/** As Zeek and Suricata in JSON: what is no printable ASCII as the text \xHH. */
const json = (name: Buffer): string =>
  JSON.stringify(
    Array.from(name, byte =>
      byte < 0x20 || byte > 0x7e || byte === 0x5c ? hex(byte) : String.fromCharCode(byte),
    ).join(''),
  )

const ts = 1_795_248_000
const logs: Readonly<Record<string, (name: Buffer, n: number) => string>> = {
  'dns.log': (name, n) => `${ts + n}\tC${n}\t${tsv(name)}\tF`,
  'dns.json.log': (name, n) => `{"_path":"dns","ts":${ts + n},"uid":"C${n}","query":${json(name)}}`,
  'eve.json': (name, n) =>
    `{"timestamp":"2026-11-21T08:00:00Z","flow_id":${n + 1},"event_type":"dns","dns":{"version":3,"type":"request","id":1,"queries":[{"rrname":${json(name)}}]}}`,
}
const headers: Readonly<Record<string, string>> = {
  'dns.log': '#separator \\x09\n#path\tdns\n#fields\tts\tuid\tquery\trejected\n',
}

/** One pass over the log of one sensor, on a terminal or not. */
const scan = async (
  t: Test,
  log: string,
  use: { readonly config?: string; readonly isTTY?: boolean } = {},
) => {
  const dir = t.testdir({})
  const data = join(dir, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'domainstats.yaml'), `emit: every\n${use.config ?? ''}`)
  const line = logs[log] ?? (() => '')
  const text = [...names, ...tooLong].map(line).join('\n')
  writeFileSync(join(dir, log), Buffer.from(`${headers[log] ?? ''}${text}\n`, 'latin1'))
  const io = testIo()
  const stdout = use.isTTY === true ? Object.assign(io.stdout, { isTTY: true }) : io.stdout
  t.equal(
    await runCommandLine(['scan', '--no-lookup', '--data', data, join(dir, log)], { ...io, stdout }),
    0,
    io.err(),
  )
  t.match(io.err(), new RegExp(`${tooLong.length} not-a-hostname`), log)
  return io.out()
}

const unseen = /[\p{C}\p{Zl}\p{Zp}]/u
const canonical = names.map(nameOfBytes)

for (const log of Object.keys(logs)) {
  void t.test(`${log}: each hostile name is one line of JSON, and comes back as it was`, async t => {
    const out = await scan(t, log)
    t.notMatch(out.replaceAll('\n', ''), unseen)
    const records = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { query: string; domain: string })
    t.strictSame(
      records.map(({ query }) => query),
      canonical,
    )
    t.strictSame(
      records.map(({ domain }) => domain),
      names.map((_, n) => domain(n)),
    )
  })

  void t.test(`${log}: each hostile name is one line of Zeek TSV with every column`, async t => {
    const out = await scan(t, log, { config: 'format: zeek\n' })
    t.notMatch(out.replaceAll(/[\n\t]/g, ''), unseen)
    const { rows } = readZeek(out)
    t.strictSame(
      rows.map(({ fields }) => fields['query']),
      canonical,
    )
    t.strictSame(
      rows.map(({ fields }) => fields['domain']),
      names.map((_, n) => domain(n)),
    )
  })

  void t.test(`${log}: on a terminal each hostile name is one row, without a sequence`, async t => {
    const out = await scan(t, log, { isTTY: true })
    t.notMatch(out.replaceAll('\n', ''), unseen)
    // A row begins with its time; what has no room in it stands below, set in.
    const [, ...lines] = out.trimEnd().split('\n')
    t.equal(lines.filter(line => /^\d{4}-\d\d-\d\d \d\d:/.test(line)).length, names.length)
    t.ok(lines.every(line => /^(\d{4}-| {2})/.test(line)))
  })
}

void t.test('bytes that no sensor writes, in a followed log, do no harm', async t => {
  const dir = t.testdir({})
  const eve = logs['eve.json'] ?? (() => '')
  const raw = [
    Buffer.from('{"event_type":"dns","dns":{"rrname":"a\xff\x80b.raw.com"}}', 'latin1'),
    Buffer.from('{"event_type":"dns","dns":{"rrname":"a\x1b[2Jb.raw.com"}}'), // a raw control is no JSON
    Buffer.from('{"event_type":"dns","event_type":"tls","dns":{"rrname":"a.com"}}'), // the last one counts
    Buffer.from('{"event_type":"dns","dns":{"rrname":"first.com","rrname":"last.com"}}'),
    Buffer.from('{"__proto__":{"event_type":"dns","dns":{"rrname":"proto.com"}}}'),
    Buffer.from('{"event_type":"dns","__proto__":{"dns":{"rrname":"proto.com"}}}'),
    Buffer.from(
      '{"event_type":"dns","src_port":1e999,"flow_id":-1e400,"timestamp":1e308,"dns":{"id":9e99,"rrname":"numbers.com"}}',
    ),
    Buffer.from(`{"event_type":"dns","dns":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
    Buffer.from(eve(Buffer.from('after.com'), 7)),
  ]
  writeFileSync(join(dir, 'eve.json'), Buffer.concat(raw.flatMap(line => [line, Buffer.from('\n')])))
  const io = testIo()
  t.equal(await runCommandLine(['scan', '--no-lookup', join(dir, 'eve.json')], io), 0, io.err())
  t.notMatch(io.out().replaceAll('\n', ''), unseen)
  const records = io
    .out()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  t.strictSame(
    records.map(record => record['query']),
    ['a\\xff\\x80b.raw.com', 'last.com', 'numbers.com', 'after.com'],
  )
  t.notOk(records.some(record => 'id.orig_p' in record && !Number.isSafeInteger(record['id.orig_p'])))
  t.match(io.err(), /impossible times count as now/)
})
