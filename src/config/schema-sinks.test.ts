import t from 'tap'
import { backlogBytesDefault } from '../limits.js'
import { parseConfig } from './parse.js'
import { keysAt, settingAt, settings } from './settings.js'
import { readSinkAddress } from './sinks/syslog.js'

void t.test('a sink needs a name and an address; the rest has its defaults', t => {
  const result = parseConfig(`sinks: [{ name: siem, to: 'tcp://10.0.0.1:601' }]`, 'f.yaml')
  t.same('config' in result && result.config.sinks, [
    {
      ...{
        name: 'siem',
        type: 'syslog',
        to: 'tcp://10.0.0.1:601',
        facility: 'daemon',
        app_name: 'domainstats',
      },
      backlog_bytes: backlogBytesDefault,
    },
  ])
  t.end()
})

void t.test('addresses', t => {
  t.same(readSinkAddress('udp://10.0.0.1:514'), { scheme: 'udp', host: '10.0.0.1', port: 514 })
  t.same(readSinkAddress('tls://[2001:db8::1]:6514'), { scheme: 'tls', host: '2001:db8::1', port: 6514 })
  t.same(readSinkAddress('tcp://siem.example:601'), { scheme: 'tcp', host: 'siem.example', port: 601 })
  t.same(readSinkAddress('unix:///run/siem.sock'), { scheme: 'unix', path: '/run/siem.sock' })
  for (const wrong of [
    '',
    'tcp://siem',
    'tcp://siem:0',
    'tcp://siem:65536',
    'http://siem:80',
    'tcp://a b:1',
    'unix://run/x',
    'unix:///',
    'tcp://:601',
    'tcp://siem:601/x',
  ])
    t.equal(readSinkAddress(wrong), undefined, wrong)
  t.end()
})

void t.test('an invalid value is named, with the allowed values', t => {
  const cases: readonly (readonly [yaml: string, key: string, message: RegExp, remedy: RegExp])[] = [
    ['{ name: siem }', 'sinks[0].to', /^required$/, /^Give an address like udp:\/\/10\.0\.0\.1:514/],
    [`{ name: siem, to: 'tcp://10.0.0.1' }`, 'sinks[0].to', /is not such an address/, /tcp:\/\//],
    [
      `{ name: a, to: 'unix:///${'x'.repeat(107)}' }`,
      'sinks[0].to',
      /longer than the path of a socket/,
      /unix/,
    ],
    [`{ name: 'a b', to: 'tcp://10.0.0.1:1' }`, 'sinks[0].name', /is not a name/, /letters, digits/],
    [
      `{ name: a, to: 'tcp://a:1', facility: local9 }`,
      'sinks[0].facility',
      /'local9' is not possible/,
      /daemon/,
    ],
    [`{ name: a, to: 'tcp://a:1', typ: syslog }`, 'sinks[0].typ', /unknown key/, /Did you mean type\?/],
    [
      `{ name: a, to: 'tcp://a:1', ca_file: ca.pem }`,
      'sinks[0].ca_file',
      /'ca\.pem' needs tls:\/\/… in to/,
      /PEM/,
    ],
    [`{ name: a, to: 'tls://a:1', cert_file: c.pem }`, 'sinks[0].key_file', /^required$/, /PEM/],
    [`{ name: a, to: 'tcp://a:1', backlog_bytes: 5 }`, 'sinks[0].backlog_bytes', /too small/, /bytes from/],
    [`{ name: a, to: 'tcp://a:1', app_name: 'a b' }`, 'sinks[0].app_name', /holds a blank/, /word/],
    [`{ name: a, type: sylog, to: 'tcp://a:1' }`, 'sinks[0].type', /'sylog' is not possible/, /syslog/],
    [`{ name: a, type: [], to: 'tcp://a:1' }`, 'sinks[0].type', /a list is not possible/, /syslog/],
    [`siem`, 'sinks[0]', /'siem' is not a mapping/, /a list of sinks/],
    [`{ name: a, to: 'tcp://a:1' }, { name: a, to: 'tcp://b:1' }`, 'sinks[1].name', /another sink/, /name/],
  ]
  for (const [yaml, key, message, remedy] of cases) {
    const result = parseConfig(`sinks: [${yaml}]`, 'f.yaml')
    t.match('problems' in result && result.problems, [{ key, message, remedy }], yaml)
  }
  t.end()
})

const secret = '{ name: a, type: http, url: "http://10.0.0.1:80", token_file: t }'

void t.test('each type has its own keys, and its mistakes are told in its words', t => {
  const cases: readonly (readonly [yaml: string, key: string, message: RegExp, remedy: RegExp])[] = [
    ['{ name: a, type: http }', 'sinks[0].url', /^required$/, /an address like https:/],
    ['{ name: a, type: http, url: "ftp://a" }', 'sinks[0].url', /is not an http or https/, /https:/],
    ['{ name: a, type: http, url: "https://u:p@a" }', 'sinks[0].url', /without user, password/, /https:/],
    ['{ name: a, type: http, url: "https://a", to: x }', 'sinks[0].to', /unknown key/, /Remove it|docs/],
    [
      '{ name: a, type: loki, url: "https://a", lables: {} }',
      'sinks[0].lables',
      /unknown key/,
      /mean labels\?/,
    ],
    ['{ name: a, type: http, url: "https://a", as: xml }', 'sinks[0].as', /'xml' is not/, /json or ndjson/],
    [secret, 'sinks[0].token_file', /'t' needs https:/, /a file with one line/],
    ['{ name: a, type: http, url: "http://a", ca_file: c }', 'sinks[0].ca_file', /needs https:/, /PEM/],
    ['{ name: a, type: http, url: "https://a", key_file: c }', 'sinks[0].cert_file', /^required$/, /PEM/],
    [
      '{ name: a, type: http, url: "https://a", token_file: t, basic_auth_file: b }',
      'sinks[0].basic_auth_file',
      /beside token_file/,
      /user:password/,
    ],
    ['{ name: a, type: splunk-hec, url: "https://a" }', 'sinks[0].token_file', /^required$/, /one line/],
    [
      '{ name: a, type: elasticsearch, url: "https://a", index: A }',
      'sinks[0].index',
      /name of an index/,
      /small/,
    ],
    [
      '{ name: a, type: elasticsearch, url: "https://a", under: a.b }',
      'sinks[0].under',
      /name of a field/,
      /letters/,
    ],
    [
      '{ name: a, type: loki, url: "https://a", labels: {} }',
      'sinks[0].labels',
      /no label/,
      /job: domainstats/,
    ],
    [
      '{ name: a, type: loki, url: "https://a", labels: { a-b: c } }',
      'sinks[0].labels.a-b',
      /./,
      /at most 10/,
    ],
  ]
  for (const [yaml, key, message, remedy] of cases) {
    const result = parseConfig(`sinks: [${yaml}]`, 'f.yaml')
    t.match('problems' in result && result.problems, [{ key, message, remedy }], yaml)
  }
  const local = parseConfig(`sinks: [${secret.replace('10.0.0.1', '127.0.0.1')}]`, 'f.yaml')
  t.match('config' in local && local.config.sinks, [{ type: 'http', as: 'json', gzip: false }])
  t.end()
})

void t.test('a setting of a sink is that of its type', t => {
  const root = { sinks: [{ name: 'a' }, { name: 'b', type: 'syslog' }, { name: 'c', type: 'none' }, 'text'] }
  for (const at of [0, 1]) {
    t.match(settingAt(['sinks', at, 'facility'], root), { key: 'sinks[].facility', types: ['syslog'] })
    t.match(keysAt(['sinks', at], root), ['name', 'type', 'backlog_bytes', 'to', 'facility'])
  }
  const loki = { sinks: [{ type: 'loki' }] }
  t.match(settingAt(['sinks', 0, 'url'], loki)?.types, ['http', 'elasticsearch', 'splunk-hec', 'loki'])
  t.equal(settingAt(['sinks', 0, 'facility'], loki)?.key, 'sinks')
  t.match(settingAt(['sinks', 2, 'facility'], root), { key: 'sinks' })
  t.same(keysAt(['sinks', 2], root), ['name', 'type', 'backlog_bytes'])
  t.match(settingAt(['sinks', 3, 'name'], root), { key: 'sinks[].name' })
  t.equal(settings.find(({ key }) => key === 'sinks[].name')?.types, undefined)
  t.end()
})
