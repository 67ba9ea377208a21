/** A sink over a stream that frames records as lines: what the recipe in docs/hacking.md makes. */
import t from 'tap'
import { byLine, receiveTcp } from '../../testing/receivers.js'
import type { OpenSink, SinkRecord } from './sink.js'
import { overStream, type StreamTarget } from './stream.js'

const openJsonLines =
  (target: StreamTarget): OpenSink =>
  onLost => {
    const frame = (records: readonly SinkRecord[]) => ({
      bytes: Buffer.from(records.map(({ line }) => `${line}\n`).join('')),
      skipped: [],
    })
    return overStream(target, frame, onLost)
  }

const recordOf = (id: string, query: string): SinkRecord => {
  const fields = { record_id: id, query }
  return { line: JSON.stringify(fields), fields }
}

const live = () => new AbortController().signal

void t.test(
  'records arrive byte for byte, whatever letters they have and however the stream is cut',
  async t => {
    const receiver = await receiveTcp(0, byLine)
    t.teardown(receiver.close)
    const sink = openJsonLines({
      scheme: 'tcp',
      host: '127.0.0.1',
      port: Number(/\d+$/.exec(receiver.to)?.[0]),
    })(() => undefined)
    const records = Array.from({ length: 5000 }, (_, n) => recordOf(`r${n}`, `bücher-${n}.例え.jp`))
    t.same(await sink.send(records, live()), [])
    await receiver.got(records.length)
    t.strictSame(
      receiver.messages,
      records.map(({ line }) => line),
    )
    await sink.close(live())
  },
)

void t.test(
  'a connection that the receiver closes is reported once, and the next records open another',
  async t => {
    const first = await receiveTcp(0, byLine)
    const port = Number(/\d+$/.exec(first.to)?.[0])
    const lost: string[] = []
    const sink = openJsonLines({ scheme: 'tcp', host: '127.0.0.1', port })(
      error => void lost.push(String(error)),
    )
    await sink.send([recordOf('a', 'a.com')], live())
    await first.got(1)
    await first.close()
    while (lost.length === 0) await new Promise(resolve => setImmediate(resolve))
    await t.rejects(sink.send([recordOf('b', 'b.com')], live()), /ECONNREFUSED/)
    const second = await receiveTcp(port, byLine)
    t.teardown(second.close)
    await sink.send([recordOf('b', 'b.com')], live())
    await second.got(1)
    t.equal(lost.length, 1)
    await sink.close(live())
  },
)
