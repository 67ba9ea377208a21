/** Records in Redis, from the program itself: past kills of both sides, and all the way from Suricata to each kind of sink. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listIn, type RedisReply } from '../redis/client.js'
import { needs } from '../testing/external-programs.js'
import { asElasticsearch, asJson, receiveHttp } from '../testing/http-receivers.js'
import { pcapOf } from '../testing/pcap.js'
import { start } from '../testing/process.js'
import { readinessOf, sumOf } from '../testing/ready.js'
import { receiveTcp, recordOf, socketFolder } from '../testing/receivers.js'
import { followRecords } from '../testing/record-log.js'
import { startRedis, type RedisServer } from '../testing/redis.js'
import { runSuricata } from '../testing/suricata.js'
import { openWithSinks } from '../testing/with-sinks.js'

const redisSkip = needs('redis-server')
const suricataSkip = redisSkip === false ? needs('suricata') : redisSkip

/** The records of the list `queue`. */
const inList = async (redis: RedisServer): Promise<string[]> =>
  listIn(await redis.do('LRANGE', 'queue', '0', '-1')).map(line =>
    String(recordOf(String(line))['record_id']),
  )

const fieldsOf = (entry: RedisReply): string[] => listIn(listIn(entry)[1]).map(String)

/** The ids in the stream `records`, which stand in each record, too. */
const inStream = async (redis: RedisServer): Promise<string[]> =>
  listIn(await redis.do('XRANGE', 'records', '-', '+')).map(entry => {
    const [, id = '', , line = '{}'] = fieldsOf(entry)
    if (recordOf(line)['record_id'] !== id) throw new Error(`the entry of ${id} has another record`)
    return id
  })

void t.test('both sides are killed in the middle: no record is missing', { skip: redisSkip }, async t => {
  const redis = await startRedis(t)
  const { run, ask, written, ids } = openWithSinks(t, [
    `  - { name: stream, type: redis, to: '${redis.to}', stream: records }\n`,
    `  - { name: list, type: redis, to: '${redis.to}', list: queue }\n`,
  ])
  let daemon = run()
  for (let life = 0; life < 4; life++) {
    ask(life * 1_000, 1_000)
    await written(life * 1_000 + 1 + 200 * life)
    if (life % 2 === 0) {
      await redis.kill()
      await redis.start()
    } else {
      await daemon.end('SIGKILL')
      daemon = run('--http', '0')
    }
  }
  await written(4_000)
  await readinessOf(daemon).untilMetrics(found => sumOf(found, 'sink_records_total') >= 1_000)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.equal(await run('--once').ended, 0)
  for (const found of [await inStream(redis), await inList(redis)]) t.same(new Set(found), ids())
})

void t.test(
  'from Suricata through a list to the log and each kind of sink',
  { skip: suricataSkip },
  async t => {
    const redis = await startRedis(t)
    const [json, es, syslog] = [
      await receiveHttp(t, asJson),
      await receiveHttp(t, asElasticsearch()),
      await receiveTcp(),
    ]
    t.teardown(syslog.close)
    const dir = socketFolder(t)
    writeFileSync(
      join(dir, 'domainstats.yaml'),
      `mode: off
emit: every
poll_seconds: 0.1
inputs: [{ redis: '${redis.to}', list: suricata }]
sinks:
  - { name: syslog, to: '${syslog.to}' }
  - { name: json, type: http, url: '${json.url}' }
  - { name: es, type: elasticsearch, url: '${es.url}' }
  - { name: stream, type: redis, to: '${redis.to}', stream: records }
  - { name: list, type: redis, to: '${redis.to}', list: queue }
`,
    )
    const daemon = start('run', '--data', dir)
    t.teardown(() => daemon.end('SIGKILL'))
    const names = Array.from({ length: 50 }, (_, i) => `host${i}.example.com`)
    const capture = join(dir, 'sent.pcap')
    writeFileSync(capture, pcapOf(names.map(name => ['dns', name] as const), 1_700_000_000)) // prettier-ignore
    await runSuricata(join(dir, 'suricata'), capture, {
      change: text =>
        text.replace(
          'filetype: regular',
          `filetype: redis\n    redis: { server: 127.0.0.1, port: ${redis.port}, mode: list, key: suricata }`,
        ),
    })
    const log = join(dir, 'domainstats.log')
    await followRecords(t, log).until(records => records.length >= names.length)
    await Promise.all([json.got(names.length), es.got(names.length), syslog.got(names.length)])
    t.equal(await daemon.end('SIGTERM'), 0)
    const records = readFileSync(log, 'utf8').split('\n').slice(0, -1).map(recordOf)
    // Threads of Suricata write in any order.
    t.same(records.map(({ query }) => String(query)).sort(), names.toSorted())
    const ids = new Set(records.map(({ record_id }) => record_id))
    t.equal(ids.size, names.length)
    const found = { json: json.ids, es: es.ids, syslog: syslog.ids(), stream: await inStream(redis), list: await inList(redis) } // prettier-ignore
    for (const [name, some] of Object.entries(found)) t.same(new Set(some), ids, name)
  },
)
