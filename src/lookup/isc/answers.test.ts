import t from 'tap'
import { iscErrorKeptMsMax, iscMessageCharsMax } from '../../limits.js'
import type { Registration } from '../../model/domain.js'
import { parseJson } from '../rdap/response.js'
import { readConfig, readQuery, readIscStatus } from './responses.js'

const hour = 60 * 60_000
const minute = 60_000
const malformed: Registration = { kind: 'failed', reason: 'malformed-answer' }
const nested = '['.repeat(500_000) + ']'.repeat(500_000)

/** Bodies that are none of the three answers. */
const nonsense = [
  ...['', 'null', 'true', '7', '1e400', '"config"', '[]', '[{}]', '<html>', '{', '{"a":}', nested],
  ...[`{"prohibited_tlds":${nested},"deny_client":${nested},"seen_by_web":${nested}}`],
]

void t.test('malformed bodies are none of the three answers', t => {
  for (const text of nonsense) {
    const body = parseJson(text)
    t.equal(readConfig(body), undefined, `config ${text.slice(0, 30)}`)
    t.equal(readIscStatus(body), undefined, `status ${text.slice(0, 30)}`)
    t.strictSame(readQuery(body), malformed, `query ${text.slice(0, 30)}`)
  }
  t.end()
})

void t.test('answers to CONFIG are read', t => {
  const table: [
    text: string,
    expected: [software: string, database: string, prohibited: string] | undefined,
  ][] = [
    [
      '{"min_software_version":"1.2","min_database_version":"3.4","prohibited_tlds":[".local","arpa"]}',
      ['1.2', '3.4', 'local arpa'],
    ],
    // as the documentation of domain_stats spells it; and both
    [
      '{"min_software_version":"1.2","min_database_version":"3","prohitited_tlds":["arpa"]}',
      ['1.2', '3.0', 'arpa'],
    ],
    ['{"prohibited_tlds":["a"],"prohitited_tlds":["b"]}', ['0.0', '0.0', 'a b']],
    ['{"min_software_version":1.5,"min_database_version":null,"prohibited_tlds":[]}', ['1.5', '0.0', '']],
    ['{"prohibited_tlds":[],"prohitited_tlds":null,"more":1}', ['0.0', '0.0', '']],
    // without a list of prohibited TLDs it is no CONFIG
    ['{}', undefined],
    ['{"error":"no"}', undefined],
    ['{"min_software_version":"1.2","min_database_version":"3.4"}', undefined],
    ['{"prohibited_tlds":null}', undefined],
    ['{"prohibited_tlds":".local"}', undefined],
    ['{"prohibited_tlds":{"0":".local"}}', undefined],
    ['{"prohibited_tlds":[".local",7]}', undefined],
    ['{"__proto__":{"prohibited_tlds":[]}}', undefined],
    ['{"min_software_version":"latest","prohibited_tlds":[]}', undefined],
    ['{"min_software_version":1e400,"prohibited_tlds":[]}', undefined],
    ['{"min_software_version":-1,"prohibited_tlds":[]}', undefined],
    ['{"min_database_version":["1.0"],"prohibited_tlds":[]}', undefined],
    ['{"min_database_version":{},"prohibited_tlds":[]}', undefined],
  ]
  for (const [text, expected] of table) {
    const config = readConfig(parseJson(text))
    const read = config && [
      config.software.join('.'),
      config.database.join('.'),
      [...config.prohibited].join(' '),
    ]
    t.strictSame(read, expected, text)
  }
  t.end()
})

void t.test('answers to STATUS are read', t => {
  const table: [text: string, intervalMs: number, denied?: string][] = [
    ['{"interval":30,"deny_client":""}', 30 * minute],
    ['{"interval":30,"deny_client":null}', 30 * minute],
    ['{"interval":30}', 30 * minute],
    ['{"interval":30,"deny_client":"update first"}', 30 * minute, 'update first'],
    ['{"interval":30,"deny_client":"a\\nb\\u001b[31m"}', 30 * minute, 'a b [31m'],
    [`{"interval":30,"deny_client":"${'x'.repeat(9999)}"}`, 30 * minute, 'x'.repeat(iscMessageCharsMax)],
    ['{"interval":30,"deny_client":"\\u0000"}', 30 * minute, ''],
    // the bounds of the interval, and malformed ones
    ['{"interval":0}', minute],
    ['{"interval":-5}', minute],
    ['{"interval":1e9}', 24 * hour],
    ['{"interval":1e400}', 24 * hour],
    ['{"interval":-1e400}', minute],
    ['{"interval":"30"}', hour],
    ['{"interval":[]}', hour],
    ['{}', hour],
    ['{"__proto__":{"interval":5,"deny_client":"no"}}', hour],
  ]
  for (const [text, intervalMs, denied] of table)
    t.strictSame(readIscStatus(parseJson(text)), { intervalMs, denied }, text.slice(0, 80))
  for (const denied of ['true', '7', '["no"]', '{}'])
    t.equal(
      readIscStatus({ interval: 30, deny_client: parseJson(denied) }),
      undefined,
      `deny_client ${denied}`,
    )
  t.end()
})

void t.test('answers to QUERY are read, with dates and with ERROR', t => {
  t.strictSame(
    readQuery({
      seen_by_web: '1995-08-14 04:00:00',
      expires: '2030-08-13 04:00:00',
      seen_by_isc: '2020-05-06 07:08:09',
      alerts: ['ISC-FIRST-CONTACT', 'seen in phishing'],
    }),
    {
      kind: 'registered',
      registered: Date.UTC(1995, 7, 14, 4),
      expires: Date.UTC(2030, 7, 13, 4),
      isc: { seen: Date.UTC(2020, 4, 6, 7, 8, 9), firstContact: true, alerts: ['seen in phishing'] },
    },
  )
  t.strictSame(
    readQuery({
      seen_by_web: 'ERROR',
      expires: 'ERROR',
      seen_by_isc: 24,
      alerts: ['no such domain', 'ISC-FIRST-CONTACT', 'YOUR-FIRST-CONTACT'],
    }),
    {
      kind: 'failed',
      reason: 'isc-error',
      keptMs: 24 * hour,
      isc: { seen: undefined, firstContact: false, alerts: ['no such domain'] },
    },
  )
  t.end()
})

void t.test('an answer with odd members is read as far as possible', t => {
  const registered = Date.UTC(1995, 7, 14, 4)
  const isc = { seen: undefined, firstContact: false, alerts: [] }
  const plain: Registration = { kind: 'registered', registered, expires: undefined, isc }
  const table: [members: string, expected: Registration][] = [
    ['', plain],
    [',"expires":"NA","seen_by_isc":"NA","alerts":[]', plain],
    [',"expires":"ERROR","seen_by_isc":-1,"alerts":null', plain],
    [',"expires":1e400,"seen_by_isc":{},"alerts":"ISC-FIRST-CONTACT"', plain],
    [',"expires":["2030-08-13 04:00:00"],"alerts":{"0":"x"}', plain],
    [',"__proto__":{"expires":"2030-08-13 04:00:00"}', plain],
    [',"alerts":["x",7,null,["y"]]', { ...plain, isc: { ...isc, alerts: ['x'] } }],
  ]
  for (const [members, expected] of table)
    t.strictSame(readQuery(parseJson(`{"seen_by_web":"1995-08-14 04:00:00"${members}}`)), expected, members)
  t.end()
})

void t.test('a seen_by_web that is neither a date nor ERROR is malformed', t => {
  const table = [
    '"NA"',
    '""',
    '"error"',
    '"1995-13-14 04:00:00"',
    '808372800',
    '1e400',
    'null',
    '["ERROR"]',
    '{}',
  ]
  for (const web of table)
    t.strictSame(readQuery(parseJson(`{"seen_by_web":${web},"seen_by_isc":1}`)), malformed, web)
  t.strictSame(readQuery(parseJson('{"expires":"ERROR","seen_by_isc":1}')), malformed, 'missing')
  t.strictSame(readQuery(parseJson('{"__proto__":{"seen_by_web":"1995-08-14 04:00:00"}}')), malformed)
  t.end()
})

void t.test('error lifetimes', t => {
  const table: [hours: string, keptMs: number | undefined][] = [
    ['1', hour],
    ['720', 720 * hour],
    ['0', 0],
    ['-0', 0],
    ['-1', Infinity],
    ['-2', Infinity],
    ['999999999', iscErrorKeptMsMax],
    ['9007199254740993', iscErrorKeptMsMax],
    // malformed: not given
    ['-3', undefined],
    ['1.5', undefined],
    ['1e400', undefined],
    ['-1e400', undefined],
    ['"24"', undefined],
    ['"NA"', undefined],
    ['true', undefined],
    ['null', undefined],
    ['[24]', undefined],
    ['{}', undefined],
  ]
  const isc = { seen: undefined, firstContact: false, alerts: [] }
  for (const [hours, keptMs] of table) {
    const answer = readQuery(parseJson(`{"seen_by_web":"ERROR","expires":"ERROR","seen_by_isc":${hours}}`))
    t.strictSame(answer, { kind: 'failed', reason: 'isc-error', keptMs, isc }, hours)
  }
  t.match(readQuery({ seen_by_web: 'ERROR' }), { reason: 'isc-error', keptMs: undefined }, 'missing')
  t.end()
})
