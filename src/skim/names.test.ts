/** Tests the table of suppressed names: the last `put` of a name wins, and the oldest names are evicted first. */
import t from 'tap'
import { queryCharsMax, suppressedBytesMax, suppressedNamesMax } from '../limits.js'
import { Skimmer } from './skimmer.js'

const now = Date.UTC(2026, 10, 21)
const suppressed = (around = now) => ({ around, until: Infinity, since: -Infinity })
const nameOf = (n: number, domain = 'example.com') => `n${n}.${domain}`

/** A skimmer for lines of a time and a name. */
const open = (random = () => 0.3) => {
  const skimmer = new Skimmer({ skims: true, random })
  const none = { origPort: -1, respPort: -1, opcode: -1, qclass: -1 }
  const passive = { client: -1, qtype: -1, rcode: -1, answers: -1, ttls: -1 }
  skimmer.use({ kind: 'zeek-tsv', time: 0, query: 1, all: 2, ...none, ...passive })
  let batch = 0
  const begin = () => skimmer.begin((batch += 1), now)
  begin()
  /** `counted`, the reason why the name is skipped, or '' if the line needs a full parse. */
  const find = (written: string, ts = now): string => {
    const bytes = Buffer.from(`${(ts / 1000).toFixed(6)}\t${written}\n`, 'latin1')
    skimmer.beginChunk()
    if (skimmer.next(bytes, 0, bytes.length) === 0) return ''
    const { skips, questions } = skimmer.skipped() ?? { skips: [], questions: 0 }
    return questions === 0 ? (skips[0]?.[0] ?? '') : 'counted'
  }
  return { skimmer, begin, find }
}

/** A name as a log may write it: in upper case, or with a final dot. */
const dressed = (name: string, n: number): string =>
  `${n % 3 === 0 ? name.toUpperCase() : name}${n % 2 === 0 ? '.' : ''}`

void t.test('a name is found in any case, and its last put wins', t => {
  const { skimmer, find } = open()
  t.equal(skimmer.size, 0)
  for (let n = 0; n < 100; n += 1) skimmer.put(nameOf(n), 'example.com', suppressed())
  skimmer.putSkip(nameOf(7), 'ignored')
  skimmer.putSkip(nameOf(8), 'ignored')
  skimmer.put(nameOf(8), 'n8.example.com', suppressed())
  for (let n = 0; n < 100; n += 1)
    t.equal(find(dressed(nameOf(n), n)), n === 7 ? 'ignored' : 'counted', nameOf(n))
  const counted = skimmer.counted()
  t.equal(counted.length, 99)
  t.equal(counted.filter(({ domain }) => domain === 'n8.example.com').length, 1)
  t.equal(find(nameOf(100)), '')
  skimmer.expire(nameOf(1))
  t.equal(find(nameOf(1)), '')
  skimmer.clear()
  t.equal(skimmer.size, 0)
  t.equal(find(nameOf(2)), '')
  t.end()
})

void t.test('a name is counted while its window, its registration and its first contact allow it', t => {
  const { skimmer, find } = open()
  const hour = 3_600_000
  skimmer.put('a.com', 'a.com', { around: now, until: now + 1, since: now - hour })
  t.equal(find('a.com', now - hour), 'counted')
  t.equal(find('a.com', now - hour - 1), '', 'before its first contact')
  skimmer.put('a.com', 'a.com', { around: now - 24 * hour, until: now + 1, since: 0 })
  t.equal(find('a.com', now - 1), 'counted')
  t.equal(find('a.com'), '', 'in another window')
  skimmer.put('a.com', 'a.com', { around: now, until: now, since: 0 })
  t.equal(find('a.com'), '', 'its registration must be asked for')
  skimmer.put('a.com', 'a.com', { around: now + 24 * hour, until: Infinity, since: 0 })
  t.equal(find('a.com', now + 24 * hour), 'counted')
  t.equal(find('a.com', now + 24 * hour + 1), '', 'more than a day ahead of the clock')
  t.end()
})

void t.test('names are collected once a batch; a put or a clear in its middle loses no count', t => {
  const { skimmer, find, begin } = open()
  skimmer.put('www.a.com', 'a.com', suppressed())
  for (const ts of [now, now + 5, now + 2]) t.equal(find('www.a.com', ts), 'counted')
  skimmer.put('www.a.com', 'a.com', suppressed())
  find('www.a.com', now + 1)
  t.equal(skimmer.countedNames, 1)
  skimmer.clear()
  skimmer.put('www.a.com', 'a.com', suppressed())
  find('www.a.com', now + 3)
  t.same(skimmer.counted(), [
    { domain: 'a.com', count: 4, last: now + 5 },
    { domain: 'a.com', count: 1, last: now + 3 },
  ])
  t.same(skimmer.counted(), [])
  begin()
  find('www.a.com')
  t.same(skimmer.counted(), [{ domain: 'a.com', count: 1, last: now }])
  t.end()
})

void t.test('the oldest names are evicted, except those in use', t => {
  const { skimmer, find } = open()
  skimmer.put('asked.com', 'asked.com', suppressed())
  skimmer.put('quiet.com', 'quiet.com', suppressed())
  let lost = 0
  for (let n = 0; n < 3 * suppressedNamesMax; n += 1) {
    skimmer.put(nameOf(n), 'example.com', suppressed())
    if (n % 1_000 === 0) t.equal(find('asked.com'), 'counted')
    const earlier = Math.max(0, n - ((n * 7_919) % suppressedNamesMax))
    if (find(dressed(nameOf(earlier), n)) === '') lost += 1
  }
  t.ok(lost < (3 * suppressedNamesMax) / 1_000, `${lost} of the last names were lost`)
  t.equal(find('quiet.com'), '')
  const counted = skimmer.counted()
  const sum = (domain: string) =>
    counted.filter(one => one.domain === domain).reduce((all, { count }) => all + count, 0)
  t.equal(sum('asked.com'), Math.ceil((3 * suppressedNamesMax) / 1_000))
  t.equal(
    sum('example.com'),
    3 * suppressedNamesMax - lost,
    'each line is counted, even if its name was evicted since',
  )
  t.end()
})

void t.test('long names fill the table before it has many of them', t => {
  const { skimmer, find } = open()
  const long = 'x'.repeat(queryCharsMax - 20)
  const count = Math.ceil((3 * suppressedBytesMax) / queryCharsMax)
  for (let n = 0; n < count; n += 1) skimmer.putSkip(`${long}${n}`, 'not-a-hostname')
  t.equal(find(`${long}0`), '')
  t.equal(find(`${long}${count - 1}`), 'not-a-hostname')
  t.end()
})

void t.test('names of every length are told apart, to the last byte', t => {
  const { skimmer, find } = open()
  const lengths = [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 253, queryCharsMax]
  const named = (length: number, last: string) =>
    `${'abcdefghijklmnop'.repeat(64).slice(0, length - 1)}${last}`
  for (const length of lengths) skimmer.put(named(length, 'x'), named(length, 'x'), suppressed())
  for (const length of lengths) {
    t.equal(find(named(length, 'x')), 'counted', `${length}`)
    t.equal(find(named(length, 'X')), 'counted', `${length}`)
    for (const other of [
      named(length, 'y'),
      named(length, 'xx'),
      `b${named(length, 'x')}`,
      named(length, '['),
    ])
      t.equal(find(other), '', `${length}: ${other.length}`)
  }
  t.same(
    skimmer.counted().map(({ domain }) => domain),
    lengths.map(length => named(length, 'x')),
  )
  t.end()
})

for (const [what, name] of [
  ['longer than any query', 'x'.repeat(queryCharsMax + 1)],
  ['not plain', 'šaš.com'],
  ['with a backslash', 'a\\.com'],
  ['empty', ''],
] as const)
  void t.test(`${what}: not entered`, t => {
    const { skimmer } = open()
    skimmer.putSkip(name, 'ignored')
    skimmer.put(name, 'com', suppressed())
    t.equal(skimmer.size, 0)
    t.end()
  })

void t.test('a domain that is not the end of its name is not entered', t => {
  const { skimmer } = open()
  skimmer.put('a.com', 'b.com', suppressed())
  t.equal(skimmer.size, 0)
  t.end()
})

void t.test('a domain that has used up its names is found below each of them, and only there', t => {
  const { skimmer, find } = open()
  t.equal(find('a.tunnel.com'), '')
  skimmer.put('tunnel.com', 'tunnel.com', suppressed(), true)
  skimmer.put('x.co.uk', 'x.co.uk', suppressed(), true)
  for (const name of [
    'tunnel.com',
    'A.Tunnel.com.',
    'a.b.c.d.e.f.g.tunnel.com',
    '_a-1.tunnel.com',
    'y.x.co.uk',
  ])
    t.equal(find(name), 'counted', name)
  const long = `${'a.'.repeat(121)}tunnel.com`
  t.equal(find(long), 'counted')
  t.equal(find(`a${long}b`), '')
  t.equal(find(`aa${long}`), '', 'too long for a name')
  for (const name of [
    'tunnel.co',
    'nottunnel.com',
    'com',
    'a..tunnel.com',
    '.tunnel.com',
    'co.uk',
    'x.co.uk.com',
  ])
    t.equal(find(name), '', name)
  for (const name of [
    'a b.tunnel.com',
    'fe80::1%a.tunnel.com',
    'a\\x2e.tunnel.com',
    'é.tunnel.com',
    'a/b.tunnel.com',
  ])
    t.equal(find(name), '', 'no hostname')
  skimmer.putSkip('ours.tunnel.com', 'ignored')
  t.equal(find('ours.tunnel.com'), 'ignored', 'what is known of the name itself counts more')
  t.same(new Set(skimmer.counted().map(({ domain }) => domain)), new Set(['tunnel.com', 'x.co.uk']))
  skimmer.expire('tunnel.com', true)
  t.equal(find('a.tunnel.com'), '')
  t.equal(find('y.x.co.uk'), 'counted')
  t.end()
})

void t.test('without a skim, or without SIMD, each line comes back, and copies are still recognised', t => {
  const event = {
    ...{ ts: now, query: 'a.com', uid: '7', transaction: 9, origHost: undefined },
    proto: undefined,
  }
  const ends = { origPort: undefined, respHost: undefined, respPort: undefined, qtypeName: undefined }
  const copy = { ...event, ...ends, rcodeName: undefined, communityId: undefined }
  for (const options of [{ skims: false }, { skims: true, isSimd: false }]) {
    const skimmer = new Skimmer({ ...options, random: () => 0.2 })
    const bytes = Buffer.from('1792000000.5\ta.com\n')
    skimmer.begin(1, now)
    skimmer.put('a.com', 'a.com', suppressed())
    skimmer.use({ kind: 'zeek-json', hasPrefixes: false, sources: new Set() })
    t.equal(skimmer.next(bytes, 0, bytes.length), 0)
    t.equal(skimmer.rooms.lend(), undefined)
    t.same(
      [copy, copy, { ...copy, query: 'b.com' }, { ...copy, uid: 'text' }, { ...copy, uid: 'text' }].map(one =>
        skimmer.isNew(one),
      ),
      [true, false, true, true, false],
    )
    t.same([skimmer.counted(), skimmer.skipped(), skimmer.size], [[], undefined, 0])
  }
  t.end()
})
