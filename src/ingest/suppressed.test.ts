/** Tests that a skimmed log gives the same records and counts as one parsed in full. */
import t, { type Test } from 'tap'
import type { Policy } from '../detect/policy.js'
import { emptyFingerprint, advance, type Checkpoint } from '../model/checkpoint.js'
import type { Domain } from '../model/domain.js'
import { createReducer } from '../names/psl.js'
import { hasFewClients } from '../sightings/clients.js'
import { batchQuestionsMax, recallsMax } from '../limits.js'
import { clientsIn } from '../model/client-sketch.js'
import { readTagValue } from '../names/tag-value.js'
import { storedSuppressionBy } from '../sightings/suppressed.js'
import type { Store } from '../store/store.js'
import type { Chunk } from '../tail/tail.js'
import {
  day,
  hour,
  never,
  now,
  openLife,
  registered,
  policy,
  putRegistration,
} from '../testing/pipeline-kit.js'
import { createWake } from '../time/wake.js'
import { ingest } from './ingest.js'
import { NotUnderstood } from './not-understood.js'
import { QuestionReader } from './reader.js'

const clientsOf = (domain: Domain): number =>
  hasFewClients(domain) ? clientsIn(domain.clients).count : Infinity

/** A daemon whose input comes in chunks: one batch for each, or all at once. */
const setUp = (t: Test, skims: boolean, use: Partial<Policy> = {}) => {
  const life = openLife(t, t.testdir({}))
  const recalled: string[] = []
  const read = (names: Parameters<Store['read']>[0]) => life.store.read(names)
  const stored = storedSuppressionBy({ read, tagTable: life.store.tagTable }, { ...policy, ...use })
  const reader = new QuestionReader({
    sources: new Set(['dns']),
    reducer: createReducer(['ignored.com']),
    skims,
    countsClients: true,
    suppressionOf: (asked, at) => {
      const suppression = stored(asked, at)
      if (suppression) recalled.push(asked.name)
      return suppression
    },
  })
  const file = life.store.newFile()
  let offset = 0
  const feed = async (...texts: readonly string[]): Promise<void> => {
    const chunks = texts.map((text): Chunk => {
      const bytes = Buffer.from(text, 'latin1')
      const after = advance({ ...emptyFingerprint, offset }, bytes)
      const place = {
        file,
        inode: '1:2',
        path: '/log',
        input: '/log',
        statSignature: '',
        changed: 1,
        header: '',
        size: 0,
      }
      const checkpoint: Checkpoint = { ...after, ...place, finished: 0 }
      const input = { path: '/log', format: 'auto', sensor: undefined, start: 'beginning' } as const
      const chunk = { bytes, offset, after, tooLong: 0, input, checkpoint, before: Buffer.alloc(0) }
      offset += bytes.length
      return chunk
    })
    const source = {
      mayWait: false,
      look: () => Promise.resolve(),
      read: () => Promise.resolve(chunks.splice(0, 1)),
    }
    const ends = { onWaiting: () => undefined, onEfficiency: () => undefined, wake: createWake() }
    const notUnderstood = new NotUnderstood()
    await ingest(
      { ...life, ...ends, notUnderstood, source, reader, policy: { ...policy, ...use } },
      true,
      never,
    )
  }
  const tallies = () => {
    const sums = new Map<string, number>()
    const add = (key: string, more: number) => sums.set(key, (sums.get(key) ?? 0) + more)
    for (const report of life.reports) {
      if (report.kind !== 'batch') continue
      add('lines', report.lines)
      add('questions', report.questions)
      for (const [skip, count] of report.skips) add(skip, count)
    }
    return Object.fromEntries([...sums].sort())
  }
  /** All results, with ids, which depend on every byte before. */
  const end = () => ({
    written: life.written(),
    // Each store has its own salt for the hashes of clients.
    domains: [...life.store.pages()].flat().map(one => ({ ...one, clients: clientsOf(one) })),
    tallies: tallies(),
  })
  return { ...life, reader, recalled, feed, end }
}

const zeek = (query: string, ts: number, more = {}) =>
  `${JSON.stringify({ ts: ts / 1000, uid: 'C1', 'id.orig_p': 5, 'id.resp_p': 53, query, ...more })}\n`
const eve = (
  rrname: string,
  ts: number,
  flow: number,
  id: number,
  dns: object = { version: 2, type: 'query' },
  src_ip = '10.0.0.1',
) =>
  `${JSON.stringify({ timestamp: new Date(ts).toISOString().replace('Z', '000+0000'), flow_id: flow, event_type: 'dns', src_ip, src_port: 9, dest_ip: '10.0.0.2', dest_port: 53, dns: { ...dns, id, rrname, rrtype: 'A' } })}\n`

/** Random numbers from 0 to 1, the same in each run. */
const random = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

/** Realistic traffic: repeated names, a tunnel, internal names, odd times, random case. */
const traffic = (seed: number, lines: number): string => {
  const next = random(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] ?? (items[0] as T)
  const names = [
    ...['a.com', 'www.a.com', 'b.org', 'x.github.io', 'deep.www.b.org', 'unknown.net', 'xn--bcher-kva.de'],
    ...[
      'printer.local',
      '1.0.0.10.in-addr.arpa',
      'ignored.com',
      'www.ignored.com',
      'x.notatld',
      'a\\x01.com',
      '-',
      '',
    ],
  ]
  const mixed = (name: string) => Array.from(name, c => (next() < 0.5 ? c.toUpperCase() : c)).join('')
  // Few ask often. IPv6 in the forms of Zeek and of Suricata, and what is no address.
  const clients = Array.from({ length: 40 }, (_, n) => `10.0.${n % 2}.${n}`)
  const odd = ['fd00::1', 'fd00:0000:0000:0000:0000:0000:0000:0001', 'b\\"ad', '-', '', 'caf\u00e9']
  const client = () => pick([...clients.slice(0, 3), pick(clients), pick(odd)])
  const times = () => now - day + next() * pick([hour, 2 * day, 40 * day]) - pick([0, 0, 0, 30 * 365 * day])
  return Array.from({ length: lines }, () => {
    const kind = next()
    if (kind < 0.3) return zeek(`${Math.floor(next() * 1e6)}.tunnel.com`, times(), { 'id.orig_h': client() })
    if (kind < 0.4) return zeek(mixed(pick(names)), times(), { 'id.orig_h': client() })
    if (kind < 0.5)
      return zeek(pick(names), times(), pick([{ 'id.resp_p': 5353 }, { qclass: 3 }, { opcode: 5 }]))
    if (kind < 0.6)
      return eve(pick(names), pick([now, now - day]), Math.floor(next() * 5), 1, { type: 'answer' })
    if (kind < 0.8)
      return eve(pick(names), times(), Math.floor(next() * 5), Math.floor(next() * 5), undefined, client())
    return zeek(pick(names), times(), pick([{}, { 'id.orig_h': client() }]))
  }).join('')
}

const settings: Readonly<Record<string, Partial<Policy>>> = {
  'look-ups are off': { lookups: false },
  'look-ups are on': {},
  'each event is written': { emit: 'every', lookups: false },
  'only alerts are written': { emit: 'alerts', lookups: false },
  'one domain has few names': { lookups: false, maxNamesPerDomain: 3 },
}

for (const [name, use] of Object.entries(settings))
  void t.test(`skim and full parse give the same: ${name}`, async t => {
    for (const seed of [1, 2, 3]) {
      const ends = []
      for (const skims of [false, true]) {
        const { feed, end, store, clock, reader, recalled } = setUp(t, skims, use)
        putRegistration(store, 'a.com', registered())
        putRegistration(store, 'b.org', registered(100, now + hour))
        for (let batch = 0; batch < 12; batch += 1) {
          await feed(traffic(100 * seed + batch, 150))
          // The answer about b.org expires in the middle of it.
          clock.pass(hour / 6)
          // As after a start: the store knows the names, and the skim none.
          if (batch % 3 === 2) reader.clear()
        }
        t.equal(recalled.length > 0, skims && use.emit !== 'every')
        ends.push(end())
      }
      const [slow, fast] = ends
      t.ok(slow?.written.includes('a.com'))
      t.strictSame(fast, slow, `seed ${seed}`)
    }
  })

void t.test('lines of a recorded name are not parsed again', async t => {
  const { feed, end, reader, store } = setUp(t, true)
  putRegistration(store, 'a.com', registered())
  await feed(zeek('a.com', now))
  const before = end().written
  reader.reduce = () => t.fail('it was parsed') as never
  await feed(zeek('a.com', now + 5).repeat(7), zeek('A.Com.', now + 5).replace('.."', '."'))
  t.equal(end().written, before)
  t.match(store.domain('a.com'), { queries: 9, firstSeen: now, lastSeen: now + 5 })
})

void t.test(
  'after a start names that the store knows are counted before a transaction has ended',
  async t => {
    const { feed, end, reader, store, recalled } = setUp(t, true)
    putRegistration(store, 'a.com', registered())
    await feed(zeek('a.com', now) + zeek('www.a.com', now))
    const before = end().written
    reader.clear()
    const lines = [zeek('a.com', now + 1), zeek('www.a.com', now + 2), zeek('new.com', now + 3)]
    await feed(lines.join('').repeat(5))
    t.strictSame(recalled, ['a.com', 'www.a.com'])
    t.match(store.domain('a.com'), { queries: 12, lastSeen: now + 2 })
    t.match(store.domain('new.com'), { queries: 5 })
    t.equal(end().written.replace(before, '').trim().split('\n').length, 1, 'one record, of new.com')
    // A line outside the window of the record is decided on as ever.
    reader.clear()
    await feed(zeek('a.com', now - 2 * day))
    t.strictSame(recalled, ['a.com', 'www.a.com', 'a.com'])
    t.match(end().written, /"ts":"2026-11-19T12:00:00.000000Z","uid":"C1","query":"a.com"/)
  },
)

void t.test('the store is asked for so many names after a start, and no more', async t => {
  const { feed, reader, store } = setUp(t, true)
  let asked = 0
  const read = store.read
  store.read = domains => {
    asked += 1
    return read(domains)
  }
  const names = Array.from({ length: recallsMax + 50 }, (_, n) => zeek(`n${n}.com`, now)).join('')
  await feed(names)
  t.equal(asked, recallsMax)
  reader.clear()
  await feed(zeek('one-more.com', now))
  t.equal(asked, recallsMax + 1)
})

void t.test(
  'a store that cannot be read for a moment only costs a parse, and is not asked again',
  async t => {
    const { feed, store } = setUp(t, true)
    let asked = 0
    store.read = () => {
      asked += 1
      throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
    }
    await feed(zeek('a.com', now).repeat(3) + zeek('b.org', now))
    t.match(store.domain('a.com'), { queries: 3 })
    t.equal(asked, 1)
  },
)

/** Tags a name or an address as a threat. */
const tag = (store: Store, value: string): void => {
  const target = readTagValue(value)
  if (typeof target === 'string') throw new Error(target)
  store.putTags([{ target, tag: 'threat', source: 'test', at: now, note: undefined }])
}

/** What a start between two parts of a log changes: nothing, whether lines are skimmed or not. */
const tagged: Readonly<Record<string, (life: ReturnType<typeof setUp>) => Promise<void>>> = {
  'a tagged name, whose domain has too many names': async ({ store, feed, reader }) => {
    tag(store, 'bad.a.com')
    await feed(zeek('1.a.com', now), zeek('2.a.com', now))
    reader.clear()
    await feed(zeek('bad.a.com', now + 1))
  },
  'a domain that is tagged once it has too many names': async ({ store, feed, reader }) => {
    await feed(zeek('1.a.com', now), zeek('2.a.com', now))
    tag(store, 'a.com')
    reader.clear()
    await feed(zeek('3.a.com', now + 1), zeek('4.a.com', now + 2))
  },
  'a tagged address': async ({ store, feed, reader }) => {
    tag(store, '198.51.100.1')
    await feed(zeek('a.com', now))
    reader.clear()
    const answered = (address: string) => zeek('a.com', now + 1, { answers: [address], TTLs: [60] })
    await feed(answered('192.0.2.1') + answered('198.51.100.1'))
  },
}

for (const [name, run] of Object.entries(tagged))
  void t.test(`skim and full parse give the same after a start: ${name}`, async t => {
    const ends = []
    for (const skims of [false, true]) {
      const life = setUp(t, skims, { lookups: false, maxNamesPerDomain: 1 })
      await run(life)
      ends.push(life.end())
    }
    t.match(ends[0]?.written, /TAGGED-THREAT/)
    t.strictSame(ends[1], ends[0])
  })

void t.test('where NEW-ANSWER is on, or each event is written, the store is not asked', async t => {
  for (const use of [{ newAnswerMs: hour }, { emit: 'every' }] as const) {
    const { feed, reader, store } = setUp(t, true, use)
    await feed(zeek('a.com', now))
    reader.clear()
    store.read = () => t.fail('it was asked') as never
    await feed(zeek('a.com', now + 1))
    t.match(store.domain('a.com'), { queries: 2 })
  }
})

void t.test('names that the store knows fill a batch, as questions do', async t => {
  const { feed, reader, reports } = setUp(t, true, { lookups: false })
  const names = Array.from({ length: 3 * batchQuestionsMax }, (_, n) => zeek(`n${n}.com`, now)).join('')
  await feed(names)
  reader.clear()
  const before = reports.length
  await feed(names)
  const batches = reports.slice(before).filter(({ kind }) => kind === 'batch')
  t.ok(batches.length >= 3, `${batches.length} batches`)
})
