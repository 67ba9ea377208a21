import { createServer, type Server } from 'node:net'
import t, { type Test } from 'tap'
import { loadConfig } from '../../config/load.js'
import { mockAgent, networkBy, realServer } from '../../lookup/testing/network.js'
import { systemClock } from '../../time/clock.js'
import { examineRun, examineSinks } from './running.js'
import type { Site } from './site.js'

const siteOf = async (t: Test, settings: string, isLive = true): Promise<Site> => {
  const dir = t.testdir({ 'domainstats.yaml': settings, token: 'a-token-of-16-by\n' })
  const { config } = await loadConfig(dir)
  const signal = new AbortController().signal
  return { config, dir, isLive, network: networkBy(mockAgent(t)), clock: systemClock, signal }
}

void t.test('what the run says of itself', async t => {
  let answer = { status: 200, text: 'ready\n' }
  const asked: (string | undefined)[] = []
  const { base } = await realServer(t, ({ headers }, response) => {
    asked.push(headers.authorization)
    response.writeHead(answer.status).end(answer.text)
  })
  const said = async () => examineRun(await siteOf(t, `metrics_port: ${base.host}\nhttp_token_file: token\n`))
  t.match(await said(), [{ state: 'ok', found: /live, and ready/ }])
  t.same(asked, ['Bearer a-token-of-16-by'])
  answer = { status: 503, text: 'dns.log is read 90 s late\nwarning: sink siem takes no records\n' }
  t.match(await said(), [
    { state: 'wrong', found: 'dns.log is read 90 s late', remedy: /docs\/failures\.md/ },
    { state: 'warning', found: 'sink siem takes no records' },
  ])
  answer = { status: 401, text: 'no\n' }
  t.match(await said(), [{ state: 'warning', found: /status 401/, remedy: /http_token_file/ }])
})

void t.test('a run without a port, one that hangs, and none', async t => {
  t.match(await examineRun(await siteOf(t, 'mode: off\n')), [{ state: 'ok', found: /with metrics_port/ }])
  const { base } = await realServer(t, request => request.socket.destroy())
  t.match(await examineRun(await siteOf(t, `http: true\nlocal_port: ${base.port}\n`)), [
    { state: 'wrong', found: /live, but its port 127\.0\.0\.1:\d+ does not answer/ },
  ])
  t.match(await examineRun(await siteOf(t, '', false)), [{ state: 'wrong', found: /none is live/ }])
})

const listening = async (t: Test, at: object): Promise<Server> => {
  const server = createServer(socket => socket.destroy())
  await new Promise<void>(done => server.listen(at, done))
  t.teardown(() => server.close())
  return server
}

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

void t.test('sinks that answer, and sinks that do not', async t => {
  const up = portOf(await listening(t, { port: 0, host: '127.0.0.1' }))
  const gone = await listening(t, { port: 0, host: '127.0.0.1' })
  const down = portOf(gone)
  await new Promise(done => gone.close(done))
  const lines = [
    `{name: a, to: "tcp://127.0.0.1:${up}"}`,
    `{name: b, to: "tcp://127.0.0.1:${down}"}`,
    '{name: c, to: "udp://127.0.0.1:514"}',
    `{name: d, type: elasticsearch, url: "http://127.0.0.1:${up}"}`,
    `{name: e, type: redis, to: "redis://127.0.0.1:${down}", stream: records}`,
    '{name: f, type: zeek-intel, path: intel.dat}',
    '{name: g, to: "unix:///nowhere/none.sock"}',
  ]
  const found = await examineSinks(await siteOf(t, `sinks:\n${lines.map(line => `  - ${line}\n`).join('')}`))
  t.match(found, [
    { state: 'ok', found: 'a (syslog): answers' },
    { state: 'wrong', found: /^b \(syslog\): .*ECONNREFUSED/, remedy: /backlog_bytes/ },
    { state: 'ok', found: /UDP/ },
    { state: 'ok', found: 'd (elasticsearch): answers' },
    { state: 'wrong', found: /^e \(redis\)/ },
    { state: 'ok', found: 'f (zeek-intel): can be written' },
    { state: 'wrong', found: /^g \(syslog\): .*ENOENT/ },
  ])
})
