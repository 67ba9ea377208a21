/** Tests that a log of which nothing is understood is reported once, and again each day. */
import t from 'tap'
import { notUnderstoodAgainMs, notUnderstoodLinesMin, shownBytesMax } from '../limits.js'
import { advance, emptyFingerprint } from '../model/checkpoint.js'
import { createReducer } from '../names/psl.js'
import type { Input } from '../tail/source.js'
import { NotUnderstood, outcomeOf, shownOf } from './not-understood.js'
import { QuestionReader } from './reader.js'

/** One log that is read in pieces. */
const open = (format: Input['format'] = 'auto', path = '/logs/dns.log', offset = 0) => {
  const reader = new QuestionReader({ sources: new Set(['dns']), reducer: createReducer([]) })
  const inVain = new NotUnderstood()
  const world = { now: 1e12, file: 1, after: { ...emptyFingerprint, offset } }
  const input = { path, format, sensor: undefined, start: 'beginning' } as const
  const feed = (text: string, tooLong = 0) => {
    const [bytes, { offset }] = [Buffer.from(text, 'latin1'), world.after]
    world.after = advance(world.after, bytes)
    const place = {
      inode: '1:2',
      path,
      input: path,
      statSignature: '',
      changed: 5,
      size: 0,
      finished: 0 as const,
      header: '',
    }
    const checkpoint = { ...world.after, file: world.file, ...place }
    const chunk = { bytes, offset, after: world.after, tooLong, input, checkpoint, before: Buffer.alloc(0) }
    const batch = reader.begin(0)
    const before = outcomeOf(batch.tally)
    reader.read(chunk, batch, world.now)
    return inVain.note(chunk, before, outcomeOf(batch.tally, tooLong), world.now)
  }
  return {
    ...{ world, feed },
    /** Another file takes the path. */
    rotate: () => Object.assign(world, { file: world.file + 1, after: emptyFingerprint }),
    told: () => [...inVain].map(({ text }) => text),
  }
}

const row = (n: number): string => `179560000${n % 10}.5\tCab${n}\t::1\t5\twww.shop.com\n`
const rows = (count: number): string => Array.from({ length: count }, (_, n) => row(n)).join('')
const flow = '{"timestamp":"2026-11-21T08:00:00.000001+0000","flow_id":1,"event_type":"flow"}\n'
const dns = '{"ts":1795600000.5,"uid":"C1","id.resp_p":53,"query":"www.shop.com"}\n'
const min = notUnderstoodLinesMin

void t.test('no line of the first fifty is understood: path, reason, first line, remedy', t => {
  const { feed, told } = open()
  t.equal(feed(rows(min - 1)), undefined)
  t.same(told(), [])
  t.strictSame(feed(row(0)), {
    kind: 'input-not-understood',
    path: '/logs/dns.log',
    reason: 'no-header',
    lines: min,
    looksLike: 'Zeek TSV without its header',
    remedy:
      'its `#fields` line says what the columns are: read it from its first line, or put the header of another dns.log of this Zeek before it',
    first: '1795600000.5\\x09Cab0\\x09::1\\x095\\x09www.shop.com',
  })
  t.match(told(), [
    /^\/logs\/dns\.log: none of its first 50 lines is understood \(no-header\); it looks like Zeek TSV/,
  ])
  t.end()
})

void t.test('it is reported once, and again each day, over rotations and clock steps', t => {
  const { feed, told, rotate, world } = open()
  t.ok(feed(rows(min)))
  t.equal(feed(rows(500)), undefined)
  rotate()
  t.equal(feed(rows(500)), undefined, 'rotated')
  world.now += notUnderstoodAgainMs
  t.match(feed(row(1)), { kind: 'input-not-understood', lines: 501 })
  world.now -= 5 * notUnderstoodAgainMs
  t.match(feed(row(1)), { kind: 'input-not-understood' })
  t.equal(told().length, 1)
  t.end()
})

void t.test('a line that is understood ends it, which is reported', t => {
  const { feed, told, rotate } = open()
  feed(rows(min))
  t.strictSame(feed(dns), { kind: 'input-understood', path: '/logs/dns.log' })
  t.same(told(), [])
  t.equal(feed(rows(500)), undefined, 'the first lines count')
  rotate()
  t.match(feed(rows(min)), { kind: 'input-not-understood' }, 'and those of what comes next')
  t.end()
})

void t.test('one line among many is enough, wherever it stands; header lines and empty ones are none', t => {
  t.equal(open().feed(rows(min - 1) + dns + rows(min)), undefined)
  const { feed } = open()
  t.equal(feed(`#separator \\x09\n#path\tdns\n${'#x\n'.repeat(min)}${'\n'.repeat(min)}`), undefined)
  t.match(feed(`#fields\tts\tquery\n${rows(min)}`), {
    reason: 'malformed',
    lines: min,
    first: /^1795600000\.5/,
  })
  t.end()
})

void t.test('only other records of the sensor', t => {
  const { feed, rotate } = open()
  t.match(feed(flow.repeat(min)), { reason: 'not-dns', looksLike: 'Suricata without DNS' })
  feed(dns)
  rotate()
  t.equal(feed(flow.repeat(500)), undefined, 'a quiet hour where DNS was seen before')
  t.equal(
    open('auto', '/logs/eve.json', 99).feed(flow.repeat(500)),
    undefined,
    'a log whose start was read before a restart',
  )
  t.match(
    open('auto', '/x', 99).feed(rows(min)),
    { reason: 'no-header' },
    'a log of which nothing is understood after a restart',
  )
  t.end()
})

void t.test('the report names the other sensor', t => {
  t.match(open('zeek').feed(flow.repeat(min)), { looksLike: 'Suricata', remedy: /--suricata/ })
  t.match(open('suricata').feed(`#separator \\x09\n${rows(min)}`), { looksLike: 'Zeek', remedy: /--zeek/ })
  t.end()
})

void t.test('lines that are too long are no evidence', t => {
  const { feed } = open()
  t.equal(feed(rows(min - 1), 7), undefined)
  t.match(feed(row(1), 7), { lines: min })
  t.end()
})

void t.test('the quoted line is short, and cannot forge output', t => {
  t.equal(shownOf(Buffer.from('#a\n\x1b[2J"\\\u202e\n')), '\\x1b[2J"\\x5c\\xe2\\x80\\xae')
  t.equal(shownOf(Buffer.from('x'.repeat(500))).length, shownBytesMax)
  t.equal(shownOf(Buffer.from('#only\n#comments')), '#comments')
  t.equal(shownOf(Buffer.alloc(0)), '')
  t.end()
})
