/** Lists of tags in the forms in which others publish them, and what cannot be read of them. */
import fc from 'fast-check'
import t from 'tap'
import { importElementBytesMax, jsonDepthMax, tagNoteCharsMax } from '../limits.js'
import { openTagList } from './tag-lists.js'
import { chunked, now, tagsIn } from './testing/tag-lists.js'

void t.test('a table with a header, in any order of columns', async t => {
  t.same(await tagsIn('note,value,tag\n"a, b",Evil[.]com,THREAT\n,192.0.2.0/24,interest\n'), [
    'threat | evil.com | a, b',
    'interest | 192.0.2.0/24',
  ])
  t.same(await tagsIn('ip;comment\n192.0.2.7;c2\n'), ['? | 192.0.2.7 | c2'])
  t.same(await tagsIn('value,tag\na.com,bad\n,threat\n"b.com,threat\n'), [
    '! the tag bad is none of trust, interest and threat',
    '! "": it is empty',
    '! a quote that is not closed, or closed in the midst of a cell',
  ])
})

void t.test('a plain list: values, hosts, ad blockers, ranks', async t => {
  const list =
    '# a list\nevil.com\n\n*.bad.net\n192.0.2.7\n2001:db8::/32\n1,google.com\n0.0.0.0 ads.com\n||x.org^\nhxxp://y.org/p\n'
  t.same(
    await tagsIn(list),
    ['evil.com', 'bad.net', '192.0.2.7', '2001:db8::/32', 'google.com', 'ads.com', 'x.org', 'y.org'].map(
      value => `? | ${value}`,
    ),
  )
  t.same(await tagsIn('evil.com\nhello\n1.2.3\n192.0.2.1-192.0.2.9\n'), [
    '? | evil.com',
    '! "hello": it is a single label',
    '! "1.2.3": it ends in a number',
    '! "192.0.2.1-192.0.2.9": a range that is no network: write it as networks, such as 192.0.2.0/24',
  ])
})

const indicator = (pattern: string, more = {}) => ({
  ...{ type: 'indicator', spec_version: '2.1', id: 'indicator--1', created: '2026-01-01T00:00:00.000Z' },
  ...{
    modified: '2026-01-01T00:00:00.000Z',
    valid_from: '2026-01-01T00:00:00Z',
    pattern,
    pattern_type: 'stix',
    ...more,
  },
})
const bundle = (
  ...objects: readonly (object & {
    readonly type?: string
    readonly id?: string
    readonly value?: string
    readonly objects?: object
    readonly name?: string
    readonly spec_version?: string
  })[]
) => ({
  type: 'bundle',
  id: 'bundle--1',
  objects,
})

void t.test('a plain list: what accuses no whole name is refused, and told', async t => {
  const list = [
    ...['@@||good.com^$document', 'good.com##.ad', 'good.com#@#.ad', '/regex\\.com/', '||good.com/path^'],
    ...['phisher@mail.com', '0.0.0.0/0', '::/0', '||bad.com^'],
  ].join('\n')
  const read = await tagsIn(list)
  t.same(
    read.filter(line => !line.startsWith('!')),
    ['? | bad.com'],
  )
  t.equal(read.length, 9)
})

void t.test('STIX 2.1: indicators and observables', async t => {
  const list = bundle(
    { type: 'identity', id: 'identity--1', name: 'evil.com' },
    indicator("[domain-name:value = 'evil.com']", { name: 'C2', labels: ['x'] }),
    indicator(
      "[ipv4-addr:value = '192.0.2.1' OR ipv6-addr:value='2001:db8::1'] OR ([domain-name:value IN ('a.com', 'b.com')])",
    ),
    indicator("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", { indicator_types: ['anomalous-activity'] }),
    indicator("[domain-name:value = 'good.com']", { indicator_types: ['benign'], description: 'ours' }),
    indicator("[url:value = 'http://shared.com/evil.exe']"),
    { type: 'domain-name', spec_version: '2.1', id: 'domain-name--1', value: 'seen.com' },
    { type: 'ipv4-addr', id: 'ipv4-addr--1', value: '192.0.2.9' },
    { type: 'observed-data', objects: { 0: { type: 'domain-name', value: 'old.com' }, 1: { type: 'file' } } },
    { type: 'malware', id: 'malware--1', name: 'x' },
  )
  const read = [
    'threat | evil.com | C2',
    'threat | 192.0.2.1',
    'threat | 2001:db8::1',
    'threat | a.com',
    'threat | b.com',
    'interest | 198.51.100.0/24',
    'trust | good.com | ours',
    'interest | shared.com',
    'interest | seen.com',
    'interest | 192.0.2.9',
    'interest | old.com',
  ]
  t.same(await tagsIn(list), read)
  const bare = list.objects.filter(({ type }: { readonly type?: string }) => type !== 'observed-data')
  const seen = read.filter(line => !line.includes('old.com'))
  t.same(await tagsIn(bare), seen, 'without the bundle')
  t.same(await tagsIn(bare.map(one => JSON.stringify(one)).join('\n')), seen, 'one object a line')
  t.same(await tagsIn(JSON.stringify(list, undefined, 2), 1), read, 'a byte at a time')
})

void t.test('STIX: the worst type of an indicator counts, and only while it is valid', async t => {
  const pattern = "[domain-name:value = 'a.com']"
  const of = async (more: object) => tagsIn(bundle(indicator(pattern, more)))
  t.same(await of({ indicator_types: ['benign', 'malicious-activity'] }), ['threat | a.com'])
  t.same(await of({ indicator_types: ['benign', 'anomalous-activity'] }), ['interest | a.com'])
  t.same(await of({ labels: ['benign', 'of-ours'] }), ['trust | a.com'])
  t.match(await of({ valid_from: '2100-01-01T00:00:00Z' }), [/^! an indicator that is not valid yet/])
})

void t.test('STIX: what accuses no single value is refused, and told', async t => {
  const refused = [
    "[domain-name:value = 'a.com' AND ipv4-addr:value = '192.0.2.1']",
    "[domain-name:value = 'a.com'] FOLLOWEDBY [domain-name:value = 'b.com']",
    "[domain-name:value = 'a.com'] AND [domain-name:value = 'b.com']",
    "[domain-name:value != 'a.com']",
    "[domain-name:value NOT = 'a.com']",
    "[domain-name:value LIKE '%.a.com']",
    "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']",
    "[domain-name:value = 'a.com'",
    '[]',
    '',
    "[domain-name:value = 'a.com'] WITHIN 5 SECONDS",
  ]
  for (const pattern of refused)
    t.match(await tagsIn(bundle(indicator(pattern))), [/^! a pattern that is more/], pattern)
  t.match(await tagsIn(bundle(indicator('alert', { pattern_type: 'snort' }))), ['! a pattern of snort'])
  const good = "[domain-name:value = 'a.com']"
  t.match(await tagsIn(bundle(indicator(good, { revoked: true }))), ['! an indicator that was revoked'])
  t.match(await tagsIn(bundle(indicator(good, { valid_until: '2026-02-01T00:00:00Z' }))), [
    '! an indicator that is no longer valid',
  ])
  t.match(await tagsIn(bundle(indicator("[domain-name:value = 'not a name']"))), [/^! "not a name": /])
  t.match(
    await tagsIn(bundle(indicator(String.raw`[domain-name:value = 'a\'b.com']`))),
    [/^! "a'b.com": /],
    'unescaped',
  )
})

const attribute = (type: string, value: string, to_ids: boolean, more = {}) => ({
  ...{
    id: '1',
    type,
    category: 'Network activity',
    value,
    to_ids,
    uuid: 'x',
    timestamp: '1600000000',
    comment: '',
  },
  ...{ deleted: false, ...more },
})
const attributes = [
  attribute('domain', 'evil.com', true, { comment: 'C2' }),
  attribute('hostname', 'www.seen.com', false),
  attribute('ip-dst', '192.0.2.1', true),
  attribute('ip-src', '2001:db8::1', true),
  attribute('domain|ip', 'pair.com|192.0.2.2', true),
  attribute('ip-dst|port', '192.0.2.3|443', true),
  attribute('url', 'http://shared.com/evil.exe', true),
  attribute('url', 'http://whole.com/', true),
  attribute('md5', 'd41d8cd98f00b204e9800998ecf8427e', true),
  attribute('domain', 'gone.com', true, { deleted: true }),
  attribute('domain', 'fine.com', true, { Sighting: [{ type: '0' }, { type: '1' }] }),
  attribute('domain', 'again.com', true, { Sighting: [{ type: '0' }] }),
]
const ofAttributes = (info: string) => [
  'threat | evil.com | C2',
  ...[
    ...['interest | www.seen.com', 'threat | 192.0.2.1', 'threat | 2001:db8::1', 'threat | pair.com'],
    ...['threat | 192.0.2.2', 'threat | 192.0.2.3', 'interest | shared.com', 'threat | whole.com'],
  ].map(line => line + info),
  '! the type md5 holds no name or address',
  '! an attribute that was deleted',
  '! "fine.com": a sighting calls it a false positive',
  `threat | again.com${info}`,
]

void t.test('MISP: events, attributes, objects', async t => {
  const [first, ...others] = attributes
  const event = {
    Event: {
      id: '1',
      info: 'Campaign',
      Attribute: [first],
      Object: [{ name: 'domain-ip', Attribute: others }],
    },
  }
  const read = ofAttributes(' | Campaign')
  t.same(await tagsIn(event), read)
  t.same(await tagsIn({ response: [event] }), read, 'the answer of restSearch')
  t.same(await tagsIn([event]), read)
  t.same(await tagsIn(JSON.stringify(event), 7), read, 'in small chunks')
  t.same(await tagsIn({ response: { Attribute: attributes } }), ofAttributes(''), 'attributes')
  t.same(await tagsIn({ Attribute: first }), ['threat | evil.com | C2'])
})

void t.test('MISP: sightings', async t => {
  const list = {
    response: [
      { Sighting: { id: '1', type: '0', value: 'evil.com' } },
      { Sighting: { id: '2', type: '1', value: 'fine.com' } },
      { Sighting: { id: '3', type: '2', value: 'late.com' } },
      { Sighting: { id: '4', type: '0', Attribute: attribute('domain', 'more.com', true) } },
      { Sighting: { id: '5', type: '0', attribute_id: '7' } },
    ],
  }
  t.same(await tagsIn(list), [
    'interest | evil.com',
    '! a sighting that calls its value a false positive',
    '! a sighting that lets its value expire',
    'threat | more.com',
    '! a sighting without its value: export it with its attribute',
  ])
  t.same(await tagsIn({ values: ['a.com', '192.0.2.1'], timestamp: 1 }), [
    'interest | a.com',
    'interest | 192.0.2.1',
  ])
})

void t.test('MISP warninglists are trust, wherever their type stands', async t => {
  const list = ['.example.com', '192.0.2.0/24', 'word']
  const read = ['trust | example.com | Ours', 'trust | 192.0.2.0/24 | Ours', '! "word": it is a single label']
  const rest = { name: 'Ours', description: 'x', version: 1, matching_attributes: ['domain'] }
  t.same(await tagsIn({ list, ...rest, type: 'hostname' }), read)
  t.same(await tagsIn({ type: 'cidr', ...rest, list }), read)
  t.match(await tagsIn({ list: ['^a\\.com$'], ...rest, type: 'regex' }), [
    /a warninglist of the type "regex"/,
  ])
  t.match(await tagsIn({ list: ['a.com'], ...rest, type: 'substring' }), [
    /a warninglist of the type "substring"/,
  ])
  t.match(await tagsIn({ list: ['a.com'], ...rest }), [/a warninglist of the type "none"/])
})

void t.test('our own JSON lines', async t => {
  t.same(
    await tagsIn(
      '{"value":"a.com","tag":"threat","source":"s"}\n{"value":"b.com","tag":"trust","note":"n"}\n',
    ),
    ['threat | a.com | s', 'trust | b.com | n'],
  )
  t.same(await tagsIn('["a.com", 7]'), ['? | a.com', '! neither a value nor an object'])
})

void t.test('broken and hostile JSON ends the list with a reason, or costs one element', async t => {
  const good = JSON.stringify(indicator("[domain-name:value = 'a.com']"))
  const list = (rest: string) => `{"type":"bundle","objects":[${good},${rest}`
  for (const rest of ['', '{', '{"type":"indicator', ']]', '}', '{]', `{"a":${'['.repeat(jsonDepthMax + 1)}`])
    t.match(await tagsIn(list(rest)), ['threat | a.com', /^! .*\(broken\)$/], rest.slice(0, 20))
  const long = `{"type":"indicator","pattern":"${'x'.repeat(importElementBytesMax)}"}`
  t.same(await tagsIn(list(`${long},${good}]}`)), [
    'threat | a.com',
    '! the element is too long',
    'threat | a.com',
  ])
  t.same(await tagsIn(list(`{"type":tru},${good}]}`)), ['threat | a.com', '! not JSON', 'threat | a.com'])
  t.same(
    await tagsIn(list('{"__proto__":{"type":"x"},"type":"indicator","pattern":7}]}')).then(([one]) => one),
    'threat | a.com',
  )
})

void t.test('control bytes and length of a note', async t => {
  const note = `x\u001b[31m\u0000\n\u202e${'y'.repeat(500)}`
  const [line = ''] = await tagsIn(bundle(indicator("[domain-name:value = 'a.com']", { description: note })))
  t.match(line, /^threat \| a\.com \| x \[31m y{20}/)
  t.equal(line.length, 'threat | a.com | '.length + tagNoteCharsMax)
})

void t.test('what is no text, or empty, is refused as a whole', async t => {
  const open = (bytes: Buffer) => openTagList(chunked(bytes), { name: 'list', now })
  await t.rejects(open(Buffer.from(' \n')), /is empty/)
  await t.rejects(open(Buffer.from('a.com\0')), /holds bytes that are no text/)
})

void t.test('property: JSON is walked the same in chunks of any size', async t => {
  const list = {
    Event: { info: 'é "x" \\', Attribute: attributes, junk: [[{ list: [1, 'a"]'] }], null, true, -1.5e3] },
  }
  const whole = await tagsIn(list)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async size => {
      t.same(await tagsIn(list, size), whole)
    }),
    { numRuns: 50 },
  )
})

void t.test('property: any text ends, without a throw', async t => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    'a.com',
    'type',
    'objects',
    'Attribute',
    '\\',
    ' ',
    '\n',
    '1',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (pieces, size) => {
        const text = pieces.join('')
        if (text.trim() !== '') t.ok(Array.isArray(await tagsIn(text, size)))
      },
    ),
  )
})
