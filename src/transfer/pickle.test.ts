import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { cachedBytesMax } from '../limits.js'
import { readPickle } from './pickle.js'

const read = (text: string) => readPickle(Buffer.from(text, 'latin1'))

/** Written by hand after `pickletools.dis`; STOP is added. */
const data: readonly (readonly [pickle: string, value: unknown])[] = [
  ['N', null],
  ['\x88', true],
  ['I01\n', true],
  ['I00\n', false],
  ['I-2\n', -2],
  ['L12L\n', 12],
  ['\x80\x02J\xfe\xff\xff\xff', -2],
  ['K\xff', 255],
  ['M\x01\x02', 513],
  ['\x8a\x00', 0],
  ['\x8a\x02\x00\xff', -256],
  ['F-1.5e3\n', -1500],
  ['G?\xf8\x00\x00\x00\x00\x00\x00', 1.5],
  ['Va\\u00fc\\U0001f98a\n', 'a\u00fc\u{1f98a}'],
  ['X\x02\x00\x00\x00\xc3\xbc', '\u00fc'],
  ['\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94', 'a'],
  ['\x8d\x01\x00\x00\x00\x00\x00\x00\x00a', 'a'],
  ['U\x01\xfc', '\u00fc'],
  [']', []],
  ['(lp0\nI1\naI2\na', [1, 2]],
  ['](K\x01K\x02e', [1, 2]],
  [')', []],
  ['(K\x01K\x02t', [1, 2]],
  ['K\x01K\x02\x86', [1, 2]],
  ['}', new Map()],
  ['(Va\nK\x01d', new Map([['a', 1]])],
  ['}q\x00(X\x01\x00\x00\x00aq\x01K\x01X\x01\x00\x00\x00bh\x01u', new Map<string, unknown>([['a', 1], ['b', 'a']])], // prettier-ignore
  ['}Va\nNs', new Map([['a', null]])],
  ['K\x01K\x020', 1],
]

void t.test('plain data is read, in the opcodes of every protocol', t => {
  for (const [pickle, value] of data) t.strictSame(read(`${pickle}.`), { value }, JSON.stringify(pickle))
  t.end()
})

const hostile: readonly string[] = [
  '',
  '.',
  'K',
  'K\x01',
  '0.',
  's.',
  'e.',
  't.',
  'u.',
  '(.',
  '(0.',
  'K\x01(0.',
  'h\x00.',
  'g7\n.',
  'a.',
  'K\x01(K\x02e.',
  '}K\x01a.',
  ']K\x01K\x02s.',
  'I1e5\n.',
  'I99999999999999999999\n.',
  'L\n.',
  'Fnan1\n.',
  'X\xff\xff\xff\xff.',
  '\x8d\xff\xff\xff\xff\xff\xff\xff\xff.',
  '\x8a\xff\x01.',
  // What runs in Python: os.system('id'), eval, an instance, a persistent id, an extension, BUILD.
  'cos\nsystem\n(Vid\ntR.',
  'c__builtin__\neval\n(V1\ntR.',
  '\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.',
  '(ios\nsystem\nVid\no.',
  'P1\n.',
  '\x82\x01.',
  '}}b.',
  'cdatetime\ndatetime\n)\x81.',
  'cdatetime\ndatetime\n)R.',
  'cdatetime\ndatetime\n(K\x01tR.',
  'cdatetime\ndatetime\n(C\x0a\x07\xe4\x0d\x02\x03\x04\x05\x00\x00\x06tR.',
  'cdatetime\ndatetime\n(C\x0a\x07\xe4\x01\x02\x03\x04\x05\x00\x00\x06K\x01tR.',
  'cdatetime\ntimezone\n(K\x01tR.',
  'cdatetime\ntimedelta\n(Vx\ntR.',
  'c_codecs\nencode\n(VA\nVhex\ntR.',
  'Vdatetime\n(Vx\ntR.',
  ']]\x93.',
]

void t.test('anything but plain data makes the pickle unreadable, and nothing is run', t => {
  for (const pickle of hostile)
    t.type((read(pickle) as { why?: unknown }).why, 'string', JSON.stringify(pickle))
  t.end()
})

void t.test('recursive lists, and names made of lists, cost nothing', t => {
  t.ok('value' in read(']q\x00h\x00a.'))
  // Each list holds the one before it twice: 2 ^ 60 entries if walked through.
  const laughs = `]q\x00${Array.from({ length: 60 }, () => '(h\x00h\x00lq\x00').join('')}`
  t.ok('value' in read(`${laughs}.`))
  t.ok('why' in read(`${laughs}h\x00\x93.`))
  t.ok('why' in read('('.repeat(cachedBytesMax)))
  t.ok('why' in read(']'.repeat(cachedBytesMax)))
  t.end()
})

void t.test('any bytes are read or refused, and no error escapes', t => {
  const codes = fc.constantFrom(...Buffer.from('(0N]})tdlaseu.qhpg\x94R\x93\x85K\x01', 'latin1'))
  fc.assert(
    fc.property(fc.oneof(fc.array(codes), fc.uint8Array()), bytes => void readPickle(Buffer.from(bytes))),
  )
  t.end()
})

const script = `
import pickle, datetime as d, json, sys
zone = d.timezone(d.timedelta(hours=2))
value = {'t': d.datetime(2020, 1, 2, 3, 4, 5, 678000), 'u': d.datetime(2020, 1, 2, tzinfo=d.timezone.utc),
  'z': d.datetime(2020, 1, 2, 3, tzinfo=zone), 'f': 1.5, 'n': -70000, 'l': [None, True, (1, 2, 3, 4)], 's': 'b\\u00fc\\n'}
value['t2'] = value['t']
print(json.dumps([pickle.dumps(value, p).hex() for p in range(6)]))
`
const python = spawnSync('python3', ['-c', script], { encoding: 'utf8' })

void t.test('what Python writes is read, in every protocol', { skip: python.status !== 0 }, t => {
  const time = new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 678))
  const value = new Map<string, unknown>([
    ['t', time],
    ['u', new Date(Date.UTC(2020, 0, 2))],
    ['z', new Date(Date.UTC(2020, 0, 2, 1))],
    ['f', 1.5],
    ['n', -70000],
    ['l', [null, true, [1, 2, 3, 4]]],
    ['s', 'b\u00fc\n'],
    ['t2', time],
  ])
  for (const hex of JSON.parse(python.stdout) as string[])
    t.strictSame(readPickle(Buffer.from(hex, 'hex')), { value })
  t.end()
})
