import { PassThrough, Writable } from 'node:stream'
import t from 'tap'
import { openStdout } from './output.js'

const never = new AbortController().signal
const bytes = Buffer.from('one\n')

void t.test('a reader gets every batch, the first one below a header', async t => {
  const stream = new PassThrough()
  const output = openStdout(stream, '-')
  t.match(await output.place(), { path: '-', begins: true })
  t.equal(await output.append(Buffer.alloc(0), never), true)
  t.match(await output.place(), { begins: true })
  t.equal(await output.append(bytes, never), true)
  t.match(await output.place(), { begins: false, size: 0 })
  t.equal(String(stream.read()), 'one\n')
  output.reopen()
  t.equal(output.isOurs(''), false)
  await output.close()
})

/** A reader that takes the next bytes only when the test lets it. */
const slowReader = () => {
  const waiting: (() => void)[] = []
  const stream = new Writable({
    highWaterMark: 1,
    write: (_bytes, _encoding, done) => void waiting.push(done),
  })
  return { stream, take: () => waiting.shift()?.() }
}

void t.test('a slow reader is waited for', async t => {
  const { stream, take } = slowReader()
  let written = false
  const done = openStdout(stream, '-').append(bytes, never).then(() => (written = true)) // prettier-ignore
  await new Promise(resolve => setImmediate(resolve))
  t.equal(written, false)
  take()
  await done
  t.equal(written, true)
})

void t.test('the program ends although the reader has stopped reading', async t => {
  const { stream } = slowReader()
  const end = new AbortController()
  const output = openStdout(stream, '-')
  const done = output.append(bytes, end.signal)
  end.abort()
  t.equal(await done, false)
  t.equal(await output.append(bytes, end.signal), false)
})

void t.test('the last batch after SIGTERM still reaches a reader', async t => {
  const stream = new PassThrough()
  t.equal(await openStdout(stream, '-').append(bytes, AbortSignal.abort()), true)
  t.equal(String(stream.read()), 'one\n')
})

void t.test('when the reader has gone, the bytes are dropped without an error', async t => {
  const failing = (code: string) =>
    new Writable({ write: (_bytes, _encoding, done) => done(Object.assign(new Error(code), { code })) })
  const [gone, broken] = [failing('EPIPE'), failing('EIO')]
  for (const stream of [gone, broken]) stream.on('error', () => undefined)
  t.equal(await openStdout(gone, '-').append(bytes, never), false)
  await t.rejects(openStdout(broken, '-').append(bytes, never), { code: 'EIO' })
})
