/** Inputs that are no files, by the real program: a list and a stream of Redis, and a socket; and who writes to them. */
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { pcapOf } from '../testing/pcap.js'
import { start } from '../testing/process.js'
import { socketFolder } from '../testing/receivers.js'
import { followRecords } from '../testing/record-log.js'
import { startRedis, type RedisServer } from '../testing/redis.js'
import { runSuricata } from '../testing/suricata.js'
import { zeekLine } from '../testing/zeek-lines.js'

const redisSkip = needs('redis-server')
const suricataSkip = redisSkip === false ? needs('suricata') : redisSkip

/** A data folder with these inputs. */
const open = (t: Test, inputs: readonly string[], more = '') => {
  const dir = socketFolder(t)
  writeFileSync(
    join(dir, 'domainstats.yaml'),
    `mode: off\nemit: every\npoll_seconds: 0.1\n${more}inputs:\n${inputs.map(input => `  - ${input}\n`).join('')}`,
  )
  const { look, until } = followRecords(t, join(dir, 'domainstats.log'))
  const queries = () => look().map(({ query }) => query)
  /** Resolves when all these names have a record. */
  const recorded = (names: readonly string[]) =>
    until(records => {
      const seen = new Set(records.map(({ query }) => query))
      return names.every(name => seen.has(name))
    })
  return { queries, recorded, until, run: () => start('run', '--data', dir) }
}

const namesOf = (prefix: string, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}.example.com`)

/** Writes a line for each name, as Suricata and a shipper would. */
const push = async (redis: RedisServer, names: readonly string[], second: number): Promise<void> => {
  for (const [i, name] of names.entries()) {
    const line = zeekLine(second + i, name).trimEnd()
    await redis.do('LPUSH', 'suricata', line)
    await redis.do('XADD', 'eve', '*', 'record', line.replace(name, `s${name}`))
  }
}
const withStream = (names: readonly string[]): string[] => names.flatMap(name => [name, `s${name}`])

void t.test(
  'kill -9 of the program and of Redis: each entry has one record',
  { skip: redisSkip },
  async t => {
    const redis = await startRedis(t)
    const { run, queries, recorded, until } = open(t, [
      `{ redis: '${redis.to}', list: suricata, sensor: one }`,
      `{ redis: '${redis.to}', stream: eve }`,
    ])
    const all: string[] = []
    for (let round = 0; round < 6; round += 1) {
      const names = namesOf(`r${round}n`, 0, 150)
      all.push(...names)
      const daemon = run()
      const pushing = push(redis, names, 1_000 * round)
      // In another place in each round: while entries are taken, committed, removed.
      const before = queries().length
      await until(records => records.length > before + 40 * round)
      await daemon.end('SIGKILL')
      await pushing
      if (round % 2 === 1) {
        await redis.kill()
        await redis.start()
      }
    }
    const last = run()
    await recorded(withStream(all))
    t.same(queries().toSorted(), withStream(all).toSorted())
    // What a killed program had committed is removed by the next one; each command waits for an answer.
    while ((await redis.do('LLEN', 'suricata:taken:one')) !== 0) await redis.do('PING')
    await last.says('"kind":"input-opened"')
    t.equal(await last.end('SIGTERM'), 0)
    t.equal(await redis.do('LLEN', 'suricata'), 0)
    t.same(await redis.do('XLEN', 'eve'), all.length, 'the entries of a stream stay')
  },
)

void t.test('a Redis that is away stops no other input, and is told once', { skip: redisSkip }, async t => {
  const redis = await startRedis(t)
  await redis.kill()
  const socket = join(socketFolder(t), 'eve.sock')
  const { run, recorded } = open(t, [
    `{ redis: '${redis.to}', list: suricata, sensor: one }`,
    `{ socket: '${socket}' }`,
  ])
  const daemon = run()
  const said = await daemon.says(new RegExp(`"kind":"input-missing","path":"[^"]*suricata`))
  t.match(said, /ECONNREFUSED/)
  await daemon.says(new RegExp(`"kind":"input-opened","path":"${socket}"`))
  const client = connect({ path: socket })
  for (const [i, name] of namesOf('sock', 0, 50).entries()) client.write(zeekLine(i, name))
  await recorded(namesOf('sock', 0, 50))
  await redis.start()
  await push(redis, namesOf('late', 0, 5), 0)
  await recorded(namesOf('late', 0, 5))
  const text = await daemon.says('')
  t.equal(text.split('"kind":"input-missing"').length, 2, 'told once')
  client.end()
  t.equal(await daemon.end('SIGTERM'), 0)
})

void t.test('Suricata writes to the socket and to the list', { skip: suricataSkip }, async t => {
  const redis = await startRedis(t)
  const dir = t.testdir()
  const socket = join(socketFolder(t), 'eve.sock')
  const { run, recorded, queries } = open(t, [
    `{ redis: '${redis.to}', list: suricata }`,
    `{ socket: '${socket}', format: suricata }`,
  ])
  const daemon = run()
  await daemon.says(new RegExp(`"kind":"input-opened","path":"${socket}"`))
  const capture = (prefix: string): string => {
    const path = join(dir, `${prefix}.pcap`)
    writeFileSync(path, pcapOf(namesOf(prefix, 0, 20).map(name => ['dns', name] as const), 1_700_000_000)) // prettier-ignore
    return path
  }
  await runSuricata(join(dir, 'socket'), capture('sock'), {
    change: text =>
      text
        .replace('filetype: regular', 'filetype: unix_stream')
        .replace('filename: eve.json', `filename: ${socket}`),
  })
  await recorded(namesOf('sock', 0, 20))
  await runSuricata(join(dir, 'redis'), capture('list'), {
    change: text =>
      text.replace(
        'filetype: regular',
        `filetype: redis\n    redis: { server: 127.0.0.1, port: ${redis.port}, mode: list, key: suricata }`,
      ),
  })
  await recorded(namesOf('list', 0, 20))
  t.same(queries().toSorted(), [...namesOf('sock', 0, 20), ...namesOf('list', 0, 20)].toSorted())
  t.equal(await daemon.end('SIGTERM'), 0)
})
