/**
 * Request smuggling (RFC 9112 11.2): requests that two HTTP parsers could split in different places. Ours refuses them, or
 * splits as the standard says, and never reads a body as a request.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { openPort, request } from './testing/port.js'

const statuses = (answer: string) =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status))
const hidden = 'GET /hidden.com HTTP/1.1\r\nHost: localhost\r\n\r\n'
const get = (...headers: readonly string[]) => request('GET /sans.org HTTP/1.1', ...headers)
const post = (...headers: readonly string[]) =>
  request('POST /v1/domains HTTP/1.1', 'Content-Type: application/json', ...headers)
const names = '{"names":["sans.org"]}'
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

const refused: readonly (readonly [title: string, text: string])[] = [
  [
    'length before encoding',
    post(`Content-Length: ${hidden.length + 5}`, 'Transfer-Encoding: chunked') + `0\r\n\r\n${hidden}`,
  ],
  ['encoding before length', post('Transfer-Encoding: chunked', 'Content-Length: 4') + `0\r\n\r\n${hidden}`],
  ['two lengths in one header', post('Content-Length: 0, 48') + hidden],
  ['two lengths', post('Content-Length: 0', `Content-Length: ${hidden.length}`) + hidden],
  ['the same length twice', post('Content-Length: 2', 'Content-Length: 2') + '{}'],
  ['a negative length', post('Content-Length: -1') + hidden],
  ['a length in hex', post('Content-Length: 0x30') + hidden],
  ['a length with a blank in it', post('Content-Length: 4 8') + hidden],
  ['a length beyond all numbers', post(`Content-Length: ${'9'.repeat(30)}`) + hidden],
  ['an encoding that is none', post('Transfer-Encoding: xchunked') + `0\r\n\r\n${hidden}`],
  ['chunked, but not last', post('Transfer-Encoding: chunked, gzip') + `0\r\n\r\n${hidden}`],
  ['chunked twice', post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + `0\r\n\r\n${hidden}`],
  ['an encoding behind a control', post('Transfer-Encoding:\x0bchunked') + `0\r\n\r\n${hidden}`],
  ['an encoding in a folded line', post('X: y\r\n Transfer-Encoding: chunked', 'Content-Length: 0') + hidden],
  ['a header without a name', post(': x', 'Content-Length: 0') + hidden],
  ['a header with a blank before its colon', post('Content-Length : 48') + hidden],
  ['a blank line that is none', `GET /sans.org HTTP/1.1\r\nHost: localhost\r\n\r ${hidden}`],
  ['a size of a chunk in another form', post('Transfer-Encoding: chunked') + `0x5\r\nabcde\r\n0\r\n\r\n`],
  ['a negative size of a chunk', post('Transfer-Encoding: chunked') + `-5\r\nabcde\r\n0\r\n\r\n`],
  [
    'a size of a chunk beyond all numbers',
    post('Transfer-Encoding: chunked') + `${'f'.repeat(17)}\r\nabcde\r\n`,
  ],
  ['a chunk that is longer than it says', post('Transfer-Encoding: chunked') + `2\r\n{}${hidden}0\r\n\r\n`],
  ['a bare LF behind the size of a chunk', post('Transfer-Encoding: chunked') + `2\n{}\r\n0\r\n\r\n`],
  ['a bare LF in the headers', `GET /sans.org HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n`],
  ['two hosts', `GET /sans.org HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n`],
  ['HTTP/2 in clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
]

void t.test('an ambiguous request is refused, and nothing behind it is read', async t => {
  const { raw, asked, reports } = await openPort(t)
  for (const [title, text] of refused) {
    const heard = statuses(await raw(text))
    t.ok(heard.length === 1 && (heard[0] === 400 || heard[0] === 413), `${title}: ${heard.join()}`)
    t.strictSame(
      asked.splice(0).filter(({ name }) => name !== 'sans.org'),
      [],
      title,
    )
  }
  t.notOk(reports.some(({ kind }) => kind === 'http-failed'))
})

void t.test('a body is never read as a request', async t => {
  const { raw, asked } = await openPort(t)
  const table: readonly (readonly [title: string, statuses: readonly number[], text: string])[] = [
    ['a GET with a body', [200], get(`Content-Length: ${hidden.length}`) + hidden],
    ['a GET with a body in chunks', [200], get('Transfer-Encoding: chunked') + `${chunk(hidden)}0\r\n\r\n`],
    ['a POST in chunks', [200], post('Transfer-Encoding: chunked') + `${chunk(names)}0\r\n\r\n`],
    [
      'chunks with extensions, and a trailer',
      [200],
      post('Transfer-Encoding: chunked') + `16;a=b;c="d"\r\n${names}\r\n0\r\nHost: evil.example\r\n\r\n`,
    ],
    [
      'a refused POST with a request as its body',
      [415],
      request('POST /v1/domains HTTP/1.1', 'Content-Type: text/plain', `Content-Length: ${hidden.length}`) +
        hidden,
    ],
    [
      'a method that is not taken',
      [405],
      request('PUT /sans.org HTTP/1.1', `Content-Length: ${hidden.length}`) + hidden,
    ],
  ]
  for (const [title, expected, text] of table) t.strictSame(statuses(await raw(text)), expected, title)
  t.strictSame([...new Set(asked.map(({ name }) => name))], ['sans.org'])
})

void t.test('endless chunk extensions are cut off', async t => {
  const { raw, asked } = await openPort(t)
  const answer = await raw(post('Transfer-Encoding: chunked') + `1;${'x'.repeat(100_000)}\r\n{\r\n`)
  t.strictSame(statuses(answer), [413])
  t.equal(asked.length, 0)
})

void t.test('a broken request behind an answered one is refused, and nothing behind it is read', async t => {
  const { number, asked } = await openPort(t)
  const socket = connect(number, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const heard = text(socket)
  const good = 'GET /sans.org HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const answered = once(socket, 'data')
  socket.write(good)
  await answered
  socket.write(`GET /x.com HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1, 2\r\n\r\n${hidden}`)
  t.strictSame(statuses(await heard), [200, 400])
  t.strictSame(
    asked.map(({ name }) => name),
    ['sans.org'],
  )
})
