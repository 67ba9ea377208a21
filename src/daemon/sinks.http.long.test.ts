/** Records over HTTP, from the program itself: to each kind of receiver, and past kills of both sides. */
import { spawn } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import t from 'tap'
import { certificateFor } from '../testing/certificate.js'
import {
  asElasticsearch,
  asJson,
  asLoki,
  asNdjson,
  asSplunk,
  receiveHttp,
} from '../testing/http-receivers.js'
import { start, started } from '../testing/process.js'
import { readinessOf, sumOf } from '../testing/ready.js'
import { openWithSinks } from '../testing/with-sinks.js'

const line = (name: string, type: string, url: string, more = '') =>
  `  - { name: ${name}, type: ${type}, url: '${url}'${more} }\n`

void t.test('each record reaches each kind of receiver; a token is replaced in passing', async t => {
  const localhost = certificateFor('localhost')
  let token = 'first'
  const all = {
    json: await receiveHttp(t, asJson),
    ndjson: await receiveHttp(t, asNdjson),
    es: await receiveHttp(t, asElasticsearch(), { certificate: localhost }),
    splunk: await receiveHttp(
      t,
      asSplunk(() => token),
    ),
    loki: await receiveHttp(t, asLoki),
  }
  const { data, run, ask, ids } = openWithSinks(t, [
    line('json', 'http', all.json.url),
    line('ndjson', 'http', all.ndjson.url, ', as: ndjson, gzip: true, basic_auth_file: basic'),
    line('es', 'elasticsearch', all.es.url, ', ca_file: ca.pem, token_file: key'),
    line('splunk', 'splunk-hec', all.splunk.url, ', token_file: token, host: sensor1'),
    line('loki', 'loki', all.loki.url, ', gzip: true, tenant: soc, labels: { job: dns, site: hq }'),
  ])
  writeFileSync(join(data, 'ca.pem'), localhost.cert)
  writeFileSync(join(data, 'key'), 'a2V5\n')
  writeFileSync(join(data, 'basic'), 'sensor:geheim ü\n')
  writeFileSync(join(data, 'token'), `${token}\n`)
  const daemon = run('--http', '0')
  ask(0, 1_000)
  for (const { got } of Object.values(all)) await got(1_000)
  token = 'second'
  writeFileSync(join(data, 'token.new'), token)
  renameSync(join(data, 'token.new'), join(data, 'token'))
  ask(1_000, 1_000)
  for (const { got } of Object.values(all)) await got(2_000)
  for (const [name, receiver] of Object.entries(all)) {
    t.same(new Set(receiver.ids), ids(), name)
    t.same(receiver.faults, [], name)
  }
  const { untilMetrics, ready } = readinessOf(daemon)
  const metrics = await untilMetrics(found => sumOf(found, 'sink_records_total') === 10_000)
  t.equal(metrics.get('sink_records_total{sink="splunk",result="sent"}'), 2_000)
  t.equal((await ready()).text, 'ready\n', 'a token that was replaced is no failure')
  t.equal(await daemon.end('SIGTERM'), 0)
  t.equal(all.es.posts[0]?.headers.authorization, 'ApiKey a2V5')
  const basic = Buffer.from('sensor:geheim ü').toString('base64')
  t.equal(all.ndjson.posts[0]?.headers.authorization, `Basic ${basic}`)
  t.equal(all.json.posts[0]?.headers.authorization, undefined)
  t.match(all.loki.posts[0], {
    headers: { 'x-scope-orgid': 'soc' },
    body: /"stream":\{"job":"dns","site":"hq"/,
  })
})

void t.test('both sides are killed in the middle: each record is indexed, once', async t => {
  const file = join(t.testdir({}), 'index')
  const receive = async (port: number) => {
    const script = resolve('build/src/testing/http-receiver-process.js')
    const child = spawn(execPath, [script, String(port), file], { stdio: ['ignore', 'pipe', 'pipe'] })
    const receiver = started(child)
    const said = await receiver.says(/listens on \d+/)
    return { receiver, port: Number(/listens on (\d+)/.exec(said)?.[1]) }
  }
  let { receiver, port } = await receive(0)
  const { run, ask, written, ids } = openWithSinks(t, [
    line('es', 'elasticsearch', `http://127.0.0.1:${port}`),
  ])
  let daemon = run()
  for (let life = 0; life < 4; life++) {
    ask(life * 1_000, 1_000)
    await written(life * 1_000 + 1 + 200 * life)
    await (life % 2 === 0 ? receiver : daemon).end('SIGKILL')
    if (life % 2 === 0) ({ receiver, port } = await receive(port))
    else daemon = run('--http', '0')
  }
  await written(4_000)
  await readinessOf(daemon).untilMetrics(found => sumOf(found, 'sink_records_total') >= 1_000)
  const indexed = () => readFileSync(file, 'utf8').split('\n').slice(0, -1)
  t.equal(await daemon.end('SIGTERM'), 0)
  // What was not sent by then is sent by the next pass.
  const rest = run('--once')
  t.equal(await rest.ended, 0)
  t.equal(indexed().length, 4_000)
  t.same(new Set(indexed()), ids())
  await receiver.end('SIGKILL')
})

void t.test('a receiver that is dead or stalls delays neither the log nor the end', async t => {
  const dead = await receiveHttp(t, asJson)
  await dead.close()
  const stalled = await receiveHttp(t, asJson, { instead: () => 'stall' })
  const { run, ask, written } = openWithSinks(t, [
    line('dead', 'http', dead.url),
    line('stalled', 'http', stalled.url),
  ])
  const daemon = run('--http', '0')
  ask(0, 2_000)
  await written(2_000)
  await daemon.says(/"kind":"sink-down","sink":"dead","error":"Error: connect ECONNREFUSED 127/)
  const began = performance.now()
  t.equal(await daemon.end('SIGTERM'), 0)
  t.ok(performance.now() - began < 10_000)
})

void t.test('a token that is not there, or is none, ends the start, and check says so', async t => {
  const { run, data } = openWithSinks(t, [
    line('es', 'elasticsearch', 'https://localhost', ', token_file: key'),
  ])
  t.equal(await run().ended, 1)
  for (const [token, said] of [
    [undefined, /token_file of sink es: .*key: no such file/],
    ['two words\n', /token_file of sink es: key: not one word/],
  ] as const) {
    if (token !== undefined) writeFileSync(join(data, 'key'), token)
    const check = start('check', '--data', data)
    t.match(await check.says(said), said)
    t.equal(await check.ended, 1)
  }
})
