/** Sinks over HTTP against receivers that check what they get, and that fail in the ways that receivers do. */
import { env } from 'node:process'
import t, { type Test } from 'tap'
import { sinkAnswerBytesMax, sinkPostRecordsMax, sinkRefusedMax } from '../../limits.js'
import { certificateFor } from '../../testing/certificate.js'
import { handClock } from '../../testing/hand-clock.js'
import {
  asElasticsearch,
  asJson,
  asLoki,
  asNdjson,
  asSplunk,
  receiveHttp,
  type HttpApi,
  type HttpReceiverOptions,
  type Instead,
} from '../../testing/http-receivers.js'
import { openProxy } from '../../testing/proxy.js'
import {
  elasticsearchProtocol,
  jsonProtocol,
  lokiProtocol,
  ndjsonProtocol,
  splunkProtocol,
  type HttpProtocol,
} from './http-protocols.js'
import { endpointOf, openHttpSink, type HttpTarget } from './http.js'
import type { SinkRecord } from './sink.js'

const live = () => new AbortController().signal
const noFiles = { ca: undefined, cert: undefined, key: undefined }

const recordOf = (id: string, more: Readonly<Record<string, unknown>> = {}): SinkRecord => {
  const head = { _path: 'domainstats', ts: '2026-11-21T08:00:00.412801Z', query: `bücher-${id}.例え.jp` }
  const fields = { ...head, category: 'NEW', record_id: id, ...more }
  return { line: JSON.stringify(fields), fields }
}
const records = (...ids: readonly string[]) => ids.map(id => recordOf(id))
const many = (count: number) => Array.from({ length: count }, (_, n) => recordOf(`r${n}`))

const open = async (
  t: Test,
  api: HttpApi,
  protocol: HttpProtocol,
  options: HttpReceiverOptions = {},
  more: Partial<HttpTarget> = {},
) => {
  const receiver = await receiveHttp(t, api, options)
  const target = { url: receiver.url, files: noFiles, readAuthorization: undefined, gzip: false, ...more }
  const sink = openHttpSink(target, protocol, handClock(Date.UTC(2026, 10, 21, 12)))(() => undefined)
  t.teardown(() => sink.close(live()))
  return { receiver, sink }
}

const splunk = splunkProtocol({
  host: 'sensor1',
  source: 'domainstats',
  sourcetype: 'domainstats',
  index: undefined,
})
const lokiWith = (tenant?: string) => lokiProtocol({ labels: { job: 'domainstats' }, tenant })
const authorized = { readAuthorization: () => Promise.resolve('Splunk secret') }

void t.test('each protocol sends what its receiver takes, plain and compressed', async t => {
  const all: readonly (readonly [name: string, api: () => HttpApi, protocol: HttpProtocol])[] = [
    ['json', () => asJson, jsonProtocol],
    ['ndjson', () => asNdjson, ndjsonProtocol],
    ['elasticsearch', () => asElasticsearch(), elasticsearchProtocol('domainstats')],
    ['splunk', () => asSplunk(() => 'secret'), splunk],
    ['loki', () => asLoki, lokiWith()],
  ]
  for (const [name, api, protocol] of all)
    for (const gzip of [false, true]) {
      const { receiver, sink } = await open(t, api(), protocol, {}, { gzip, ...authorized })
      t.same(await sink.send(records('a', 'b', 'c'), live()), [], name)
      t.same([receiver.ids, receiver.faults], [['a', 'b', 'c'], []], name)
      t.equal(receiver.posts[0]?.headers['content-encoding'], gzip ? 'gzip' : undefined)
      t.equal(receiver.posts[0]?.headers.authorization, 'Splunk secret')
    }
})

void t.test('the bodies, byte for byte', t => {
  const [a, b] = [recordOf('a'), recordOf('b', { category: 'ESTABLISHED', sensor: 'dmz' })]
  const now = Date.UTC(2026, 10, 21, 12)
  t.equal(jsonProtocol.body([a, b], now), `[${a.line},\n${b.line}]`)
  t.equal(ndjsonProtocol.body([a, b], now), `${a.line}\n${b.line}\n`)
  t.equal(
    elasticsearchProtocol('x').body([a], now),
    `{"create":{"_id":"a"}}\n{"@timestamp":"2026-11-21T08:00:00.412801Z",${a.line.slice(1)}\n`,
  )
  t.equal(
    elasticsearchProtocol('x', 'dns').body([a], now),
    `{"create":{"_id":"a"}}\n{"@timestamp":"2026-11-21T08:00:00.412801Z","dns":${a.line}}\n`,
  )
  t.equal(
    splunk.body([a], now),
    `{"time":1795248000.412801,"host":"sensor1","source":"domainstats","sourcetype":"domainstats","event":${a.line}}\n`,
  )
  t.same(JSON.parse(lokiWith().body([a, b, a], now)), {
    streams: [
      {
        stream: { job: 'domainstats', category: 'NEW' },
        values: [
          ['1795262400000000000', a.line],
          ['1795262400000000002', a.line],
        ],
      },
      {
        stream: { job: 'domainstats', category: 'ESTABLISHED', sensor: 'dmz' },
        values: [['1795262400000000001', b.line]],
      },
    ],
  })
  t.match(lokiWith('soc').headers, { 'x-scope-orgid': 'soc' })
  t.end()
})

void t.test('the path of the API may stand in the URL or not', t => {
  const at = (url: string, protocol: HttpProtocol) => endpointOf(url, protocol).href
  t.equal(at('https://loki.example', lokiWith()), 'https://loki.example/loki/api/v1/push')
  t.equal(at('https://loki.example/loki/api/v1/push', lokiWith()), 'https://loki.example/loki/api/v1/push')
  t.equal(at('https://a.example/behind/', lokiWith()), 'https://a.example/behind/loki/api/v1/push')
  t.equal(at('https://a.example/in?key=1', jsonProtocol), 'https://a.example/in?key=1')
  t.match(
    at('https://es.example:9200', elasticsearchProtocol('dns')),
    /^https:\/\/es\.example:9200\/dns\/_bulk\?filter_path=/,
  )
  t.end()
})

void t.test('a batch is bounded in records', async t => {
  const { receiver, sink } = await open(t, asNdjson, ndjsonProtocol)
  await sink.send(many(sinkPostRecordsMax + 1), live())
  t.same(
    receiver.posts.map(({ body }) => body.split('\n').length - 1),
    [sinkPostRecordsMax, 1],
  )
})

void t.test('what a receiver may do instead of taking records is a failure, and told', async t => {
  const cases: readonly (readonly [instead: Instead, protocol: HttpProtocol, error: RegExp])[] = [
    [{ status: 500, body: 'out\nof\torder\u0000' }, jsonProtocol, /^Error: 500 out of order/],
    [{ status: 404, body: '{"text":"no"}' }, jsonProtocol, /^Error: 404 \{"text":"no"\}$/],
    [{ status: 401, body: 'x'.repeat(5_000) }, jsonProtocol, /^Error: 401 x{296}$/],
    [
      { status: 302, headers: { location: 'https://other.example/' } },
      jsonProtocol,
      /302, a redirect to https:\/\/other/,
    ],
    [{ status: 307 }, jsonProtocol, /307, a redirect to nowhere/],
    [{ status: 429, headers: { 'retry-after': '7' } }, jsonProtocol, /^RetryLater: 429/],
    [{ status: 503, headers: { 'retry-after': 'soon' } }, jsonProtocol, /^Error: 503/],
    ['hang-up', jsonProtocol, /other side closed/],
    [
      response => response.writeHead(200, { 'content-length': 10 }).write('{', () => response.destroy()),
      jsonProtocol,
      /aborted|closed|terminated/,
    ],
    [{ status: 200, body: '<html>' }, elasticsearchProtocol('domainstats'), /the answer is no JSON: <html>/],
    [{ status: 200, body: '[]' }, elasticsearchProtocol('domainstats'), /none of _bulk/],
    [{ status: 200, body: '{"errors":true}' }, elasticsearchProtocol('domainstats'), /0 items for 1 records/],
    [{ status: 200, body: '{"errors":true,"items":[1]}' }, elasticsearchProtocol('domainstats'), /no status/],
    [
      { status: 200, body: ' '.repeat(sinkAnswerBytesMax + 1) },
      elasticsearchProtocol('domainstats'),
      /longer than/,
    ],
  ]
  for (const [first, protocol, error] of cases) {
    const api = protocol === jsonProtocol ? asJson : asElasticsearch()
    const { receiver, sink } = await open(t, api, protocol, {
      instead: nth => (nth === 1 ? first : undefined),
    })
    const thrown: unknown = await sink.send(records('a'), live()).catch((reason: unknown) => reason)
    t.match(String(thrown), error)
    t.same(await sink.send(records('a'), live()), [], 'and the next try sends it')
    t.same([receiver.ids, receiver.faults], [['a'], []])
  }
})

void t.test('a long answer to a good post is not read to its end', async t => {
  const instead = (): Instead => response => {
    response.writeHead(200)
    const more = (): void => void response.write('x'.repeat(65_536), error => (error ? undefined : more()))
    more()
  }
  const { sink } = await open(t, asJson, jsonProtocol, { instead })
  t.same(await sink.send(records('a'), live()), [])
})

void t.test('a receiver that stalls is given up with the signal', async t => {
  const { receiver, sink } = await open(t, asJson, jsonProtocol, { instead: () => 'stall' })
  const life = new AbortController()
  const sending = sink.send(records('a'), life.signal)
  await receiver.asked(1)
  life.abort()
  await t.rejects(sending)
})

void t.test('a receiver that does not listen is told by its address', async t => {
  const { receiver, sink } = await open(t, asJson, jsonProtocol)
  await receiver.close()
  await t.rejects(sink.send(records('a'), live()), /ECONNREFUSED 127\.0\.0\.1/)
  const { sink: named } = await open(
    t,
    asJson,
    jsonProtocol,
    {},
    { url: `http://localhost:${receiver.port}` },
  )
  await t.rejects(named.send(records('a'), live()), /ECONNREFUSED/)
})

const mapping = (id: string) => ({
  status: 400,
  error: { type: 'document_parsing_exception', reason: `[1:5] failed to parse field [age_days] of ${id}` },
})

void t.test(
  'Elasticsearch takes a part: the rest is sent again, and what it cannot index is skipped',
  async t => {
    let isFull = true
    const api = asElasticsearch(id => {
      if (id === 'bad') return mapping(id)
      if (id === 'later' && isFull) return { status: 429, error: { type: 'es_rejected_execution_exception' } }
      return undefined
    })
    const { receiver, sink } = await open(t, api, elasticsearchProtocol('domainstats'))
    const batch = records('a', 'bad', 'later', 'b')
    await t.rejects(sink.send(batch, live()), { message: '429 es_rejected_execution_exception' })
    t.same(receiver.ids, ['a', 'b'])
    isFull = false
    const reason = '400 document_parsing_exception [1:5] failed to parse field [age_days] of bad'
    t.same(await sink.send(batch, live()), [{ records: 1, reason }])
    const sent = receiver.posts.map(({ body }) => body.match(/"_id":"\w+"/g)?.length)
    t.same(sent, [4, 2], 'the second post has only what was not taken')
    // As after a crash of ours: it comes again, and is refused as a duplicate, which is fine.
    t.match(await sink.send(batch, live()), [{ records: 1 }])
    t.same([receiver.ids, receiver.faults], [['a', 'b', 'later'], []])
  },
)

void t.test('many records that cannot be indexed are skipped for one that can', async t => {
  const api = asElasticsearch(id => (id === 'r40' ? undefined : mapping('one')))
  const { receiver, sink } = await open(t, api, elasticsearchProtocol('domainstats'))
  t.match(await sink.send(many(50), live()), [{ records: 49, reason: /^400 document_parsing_exception/ }])
  t.same(receiver.ids, ['r40'])
})

void t.test('Elasticsearch that refuses every record keeps them waiting', async t => {
  let isMended = false
  const api = asElasticsearch(id => (isMended ? undefined : mapping(id)))
  const { receiver, sink } = await open(t, api, elasticsearchProtocol('domainstats'))
  await t.rejects(sink.send(many(50), live()), /^400 document_parsing_exception/)
  isMended = true
  t.same(await sink.send(many(50), live()), [])
  t.equal(receiver.ids.length, 50)
})

/** Refuses a post as a whole if one of these records is in it. */
const refusing =
  (status: number, ...ids: readonly string[]) =>
  (_: number, { body }: { readonly body: string }): Instead =>
    ids.some(id => body.includes(`"record_id":"${id}"`)) ? { status, body: 'no' } : undefined

void t.test('a receiver that refuses a batch gets its halves, until single records are left', async t => {
  for (const status of [400, 413, 422]) {
    const { receiver, sink } = await open(t, asJson, jsonProtocol, { instead: refusing(status, 'r3', 'r77') })
    t.same(await sink.send(many(80), live()), [{ records: 2, reason: `${status} no` }])
    t.equal(new Set(receiver.ids).size, 78)
    t.equal(receiver.ids.length, 78, 'none twice')
    t.ok(receiver.posts.length < 40, `${receiver.posts.length} posts`)
  }
})

void t.test('a receiver that refuses all is asked a few times, and all wait', async t => {
  const { receiver, sink } = await open(t, asJson, jsonProtocol, {
    instead: () => ({ status: 400, body: 'no' }),
  })
  await t.rejects(sink.send(many(500), live()), /400 no/)
  t.ok(receiver.posts.length <= 3 * sinkRefusedMax, `${receiver.posts.length} posts`)
  await t.rejects(sink.send(records('only'), live()), /400 no/, 'one alone waits for others')
})

void t.test('a single record that is refused is skipped as soon as another one is taken', async t => {
  const { receiver, sink } = await open(t, asJson, jsonProtocol, { instead: refusing(400, 'bad') })
  await t.rejects(sink.send(records('bad'), live()))
  t.same(await sink.send(records('bad', 'a'), live()), [{ records: 1, reason: '400 no' }])
  t.same(receiver.ids, ['a'])
})

void t.test('a token that was replaced is read again, without a failure', async t => {
  let [valid, inFile, reads] = ['one', 'one', 0]
  const readAuthorization = () => {
    reads += 1
    return Promise.resolve(`Splunk ${inFile}`)
  }
  const { receiver, sink } = await open(
    t,
    asSplunk(() => valid),
    splunk,
    {},
    { readAuthorization },
  )
  await sink.send(records('a'), live())
  await sink.send(records('b'), live())
  t.equal(reads, 1)
  valid = inFile = 'two'
  t.same(await sink.send(records('c'), live()), [])
  t.same(receiver.ids, ['a', 'b', 'c'])
  valid = 'three'
  await t.rejects(sink.send(records('d'), live()), /^403 .*Invalid token/)
  inFile = 'three'
  t.same(await sink.send(records('d'), live()), [])
})

void t.test('over TLS both sides show what they must', async t => {
  const [certificate, own] = [certificateFor('localhost'), certificateFor('sensor1')]
  const options = { certificate, clientCa: own.cert }
  const files = { ca: certificate.cert, ...own }
  const { receiver, sink } = await open(t, asJson, jsonProtocol, options, { files })
  t.same(await sink.send(records('a'), live()), [])
  t.same(receiver.ids, ['a'])
  const strange = await open(t, asJson, jsonProtocol, options)
  await t.rejects(strange.sink.send(records('a'), live()), /self-signed|certificate/)
  const bare = await open(t, asJson, jsonProtocol, options, { files: { ...noFiles, ca: certificate.cert } })
  await t.rejects(bare.sink.send(records('a'), live()))
  t.same([strange.receiver.ids, bare.receiver.ids], [[], []])
})

void t.test('a proxy of the environment is used, with our files for the receiver behind it', async t => {
  const certificate = certificateFor('localhost')
  const proxy = await openProxy(t, {})
  const before = env['HTTPS_PROXY']
  t.teardown(() => {
    if (before === undefined) delete env['HTTPS_PROXY']
    else env['HTTPS_PROXY'] = before
  })
  const receiver = await receiveHttp(t, asJson, { certificate })
  const through = await openProxy(t, { [`localhost:${receiver.port}`]: receiver.port })
  const files = { ...noFiles, ca: certificate.cert }
  const target = { url: receiver.url, files, readAuthorization: undefined, gzip: false }
  const openVia = (url: string) => {
    env['HTTPS_PROXY'] = url
    const sink = openHttpSink(target, jsonProtocol, handClock(0))(() => undefined)
    t.teardown(() => sink.close(live()))
    return sink
  }
  await t.rejects(openVia(proxy.url).send(records('a'), live()), /502|Proxy/)
  t.same(await openVia(through.url).send(records('a'), live()), [])
  t.same([receiver.ids, through.asked], [['a'], [`CONNECT localhost:${receiver.port}`]])
})
