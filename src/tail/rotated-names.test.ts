import t from 'tap'
import { firstTime } from './gaps.js'
import { begunAt, logAt, logNameOf, nodeOf } from './rotated-names.js'

const day = '2026-11-21'
const four = '2026-11-21T04:00:00Z'

/** Name in a folder of that day, the log that it is a part of, when it was begun, the node that wrote it. */
const names: readonly (readonly [name: string, log: string, begun?: string, node?: string])[] = [
  ['dns.log', 'dns.log'],
  // zeekctl, its archive, with several loggers, and with another make-archive-name
  ['dns.2026-11-21-04-00-00.log', 'dns.log', four],
  ['dns.04:00:00-05:00:00.log', 'dns.log', four],
  ['dns.04:00:00-05:00:00.log.gz', 'dns.log', four],
  ['dns.23:00:00-00:00:00.log.gz', 'dns.log', '2026-11-21T23:00:00Z'],
  ['dns.04:00:00-05:00:00-logger-1.log.gz', 'dns.log', four, 'logger-1'],
  ['dns.04:00:00-05:00:00-sensor_b.log.gz', 'dns.log', four, 'sensor_b'],
  ['dns.04_00_00-05_00_00.log.gz', 'dns.log', four],
  // Zeek's Supervisor
  ['dns__2026-11-21-04-00-00__2026-11-21-05-00-00__.log', 'dns.log', four],
  ['dns__2026-11-21-04-00-00__2026-11-21-05-00-00__.log.gz', 'dns.log', four],
  [
    'dns__2026-11-21-04-00-00__2026-11-21-05-00-00__log_suffix=logger-1__.log',
    'dns.log',
    four,
    'log_suffix=logger-1__',
  ],
  // Corelight
  ['dns_20261121_04:00:00-05:00:00-0000.log.gz', 'dns.log', four],
  // logrotate, with and without dateext
  ['dns.log.1', 'dns.log'],
  ['eve.json.2.gz', 'eve.json'],
  ['eve.json-20261121.gz', 'eve.json', '2026-11-21T00:00:00Z'],
  ['eve.json-20261121-1795233600.gz', 'eve.json', '2026-11-21T00:00:00Z'],
  ['eve.1.json', 'eve.1.json'],
  ['eve.1.json.3.gz', 'eve.1.json'],
  // Suricata's own intervals
  ['eve-2026-11-21-04:00.json', 'eve.json', four],
  ['eve-2026-11-21T04:00:00.json.gz', 'eve.json', four],
  ['eve-20261121040000.json', 'eve.json', four],
  ['eve-1795233600.json', 'eve.json'],
  // others, that only look like it
  ['dns-internal.04:00:00-05:00:00.log.gz', 'dns-internal.log', four],
  ['conn.04:00:00-05:00:00.log.gz', 'conn.log', four],
  ['json_streaming_dns.1.log', 'json_streaming_dns.1.log'],
  ['dns-99999999.log', 'dns.log'],
]

void t.test('the name of a rotated log gives its log, node and time', t => {
  for (const [name, log, begun, node = ''] of names) {
    t.equal(logNameOf(name), log, name)
    t.equal(
      begunAt(`/logs/${day}/${name}`),
      begun === undefined ? undefined : Date.parse(begun),
      `${name}: begun`,
    )
    t.equal(nodeOf(`/logs/${name}`), node, `${name}: node`)
  }
  t.equal(begunAt('/logs/dns.04:00:00-05:00:00.log.gz'), undefined, 'an hour of no day')
  t.equal(logAt('/logs/current/dns.log.1'), '/logs/current/dns.log')
  t.end()
})

void t.test('the time of the first line is found in each format', t => {
  const at = Date.parse('2026-11-21T04:00:00.5Z')
  const lines: readonly (readonly [text: string, time: number | undefined])[] = [
    [`#separator \\x09\n#open\t2026-11-21-04-00-00\n${at / 1000}\tCuid\t10.0.0.7\n`, at],
    [`{"_path":"dns","ts":${at / 1000},"uid":"C1"}\n`, at],
    [`{"ts":${at},"uid":"C1"}\n`, at],
    ['{"ts":"2026-11-21T04:00:00.500000Z"}\n', at],
    ['<13>Feb 26 10:36:32 pfSense suricata: {"timestamp":"2026-11-21T06:00:00.500000+0200"}\n', at],
    ['{"timestamp":"a long time ago"}\n', undefined],
    ['{"ts":99999999999999}\n', 99999999999999],
    ['a1\n', undefined],
    ['', undefined],
  ]
  for (const [text, time] of lines) t.equal(firstTime(Buffer.from(text)), time, text)
  t.end()
})
