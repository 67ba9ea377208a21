import fc from 'fast-check'
import t from 'tap'
import { openParser } from './parser.js'
import { flow } from './testing/eve.js'
import { eventsOfLines, faultOfEvents } from './testing/records.js'

const eve = (dns: object): string =>
  JSON.stringify({ ...flow, dns: { version: 2, type: 'answer', rrname: 'a.example', rrtype: 'A', ...dns } })

void t.test('nobody has records who does not ask for them', t => {
  const parser = openParser({ stated: 'auto', sources: new Set(['dns']), header: '' })
  const answers = [{ rrname: 'a.example', rrtype: 'A', rdata: '192.0.2.1' }]
  for (const line of [
    eve({ answers }),
    '{"_path":"dns","ts":1,"uid":"C1","query":"a.example","qtype_name":"A","answers":["192.0.2.1"]}',
    '#separator \\x09\n#fields\tts\tquery\tqtype_name\tanswers\n1.0\ta.example\tA\t192.0.2.1',
  ].flatMap(text => text.split('\n'))) {
    const result = parser.parse(Buffer.from(line))
    if (typeof result !== 'string') t.equal(result[0]?.records, undefined, line)
  }
  t.end()
})

const types = [
  'A',
  'AAAA',
  'CNAME',
  'MX',
  'NS',
  'PTR',
  'TXT',
  'SPF',
  'NULL',
  'SOA',
  'SRV',
  'SSHFP',
  'NAPTR',
  '65',
  '*',
  'ANY',
]
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ maxLength: 80 }),
  fc.constantFrom(
    '192.0.2.1',
    '2001:DB8::1',
    'a.example',
    'b.example',
    '',
    '.',
    '::',
    '192.0.2',
    '\ud800',
    '\u202e',
  ),
  fc.constantFrom('\\x1b', '"', '\\', '\u001b[2J', '\n').map(unit => unit.repeat(5_000)),
)
const any = fc.oneof({ weight: 8, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) })
const type = fc.oneof(fc.constantFrom(...types), text)
const ttl = fc.oneof(fc.integer(), fc.double(), text)
const object = (keys: readonly string[]) =>
  fc.record(Object.fromEntries(keys.map(key => [key, fc.oneof(text, fc.nat())])), { requiredKeys: [] })
const answer = fc.record(
  {
    rrname: any,
    rrtype: type,
    ttl,
    rdata: any,
    soa: object(['mname', 'rname', 'serial', 'refresh', 'retry', 'expire', 'minimum']),
    srv: object(['priority', 'weight', 'port', 'name']),
    sshfp: object(['fingerprint', 'algo', 'type']),
  },
  { requiredKeys: [] },
)
const grouped = fc.dictionary(type, fc.array(any, { maxLength: 4 }))

void t.test('whatever Suricata logs, each record is printable and bounded', t => {
  const message = fc.record(
    { rrname: any, answers: fc.array(answer), grouped, rdata: any, ttl },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(message, dns => {
      t.equal(faultOfEvents(eventsOfLines([eve(dns)])), undefined)
    }),
    { numRuns: 150 },
  )
  t.end()
})

void t.test('whatever Zeek logs, each record is printable and bounded', t => {
  const marks = [
    'TXT 3 ',
    'TXT 255 ',
    'TXT 0 ',
    'SPF 1 ',
    'NAPTR 1 2 a b !',
    'SSHFP: ',
    'DS ',
    'DNSKEY ',
    'NSEC ',
    '',
  ]
  const logged = fc.tuple(fc.constantFrom(...marks), text).map(parts => parts.join(''))
  const line = fc.record({
    query: text,
    qtype_name: fc.option(type, { nil: undefined }),
    answers: fc.array(fc.oneof({ weight: 9, arbitrary: logged }, { weight: 1, arbitrary: any })),
    TTLs: fc.array(ttl),
  })
  fc.assert(
    fc.property(line, record => {
      const events = eventsOfLines([JSON.stringify({ _path: 'dns', ts: 1, ...record })])
      t.equal(faultOfEvents(events), undefined)
    }),
    { numRuns: 150 },
  )
  t.end()
})
