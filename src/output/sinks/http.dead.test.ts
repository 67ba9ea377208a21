/** A receiver over HTTP that is dead for an hour: nothing waits for it but its own records. */
import t from 'tap'
import { sinkRetryMsMax } from '../../limits.js'
import type { SegmentPosition } from '../../model/segment.js'
import type { Report } from '../../telemetry/report.js'
import { handClock } from '../../testing/hand-clock.js'
import { asElasticsearch, receiveHttp } from '../../testing/http-receivers.js'
import { hourMs } from '../../time/clock.js'
import { elasticsearchProtocol } from './http-protocols.js'
import { openHttpSink } from './http.js'
import { Segments } from './segments.js'
import { SinkWorker } from './sink-worker.js'
import { Sinks } from './sinks.js'

const linesFor = (from: number, count: number): Buffer =>
  Buffer.from(
    Array.from({ length: count }, (_, n) =>
      JSON.stringify({
        ...{ _path: 'domainstats', ts: '2026-11-21T08:00:00.412801Z', category: 'NEW' },
        record_id: `r${from + n}`,
      }).concat('\n'),
    ).join(''),
  )

void t.test('an hour long the log goes on, and then all of it arrives', async t => {
  const first = await receiveHttp(t, asElasticsearch())
  await first.close()
  const clock = handClock(0)
  const reports: Report[] = []
  const telemetry = (report: Report) => void reports.push(report)
  const told = (kind: Report['kind']) => reports.filter(report => report.kind === kind)
  const segments = await Segments.open({ dir: t.testdir(), durable: false }, undefined)
  const files = { ca: undefined, cert: undefined, key: undefined }
  const target = { url: first.url, files, readAuthorization: undefined, gzip: false }
  let cursor: SegmentPosition = { segment: 1, offset: 0 }
  let tries = 0
  const open = openHttpSink(target, elasticsearchProtocol('domainstats'), clock)
  const worker = new SinkWorker({
    ...{ name: 'siem', backlogBytes: 2 ** 30, segments, cursor, clock, random: () => 0, telemetry },
    open: onLost => {
      const sink = open(onLost)
      return {
        ...{ batchBytes: sink.batchBytes, close: signal => sink.close(signal) },
        send: (records, signal) => {
          tries += 1
          return sink.send(records, signal)
        },
      }
    },
    store: position => (cursor = position),
  })
  const sinks = new Sinks(segments, [worker], telemetry)
  sinks.start()
  for (let minute = 0; minute < 60; minute++) {
    const before = tries
    // Resolves although no record was taken for so long.
    await sinks.write({ ...sinks.place(), lines: linesFor(100 * minute, 100) })
    clock.pass(sinkRetryMsMax)
    while (tries === before) {
      await new Promise(resolve => setImmediate(resolve))
      clock.pass(100)
    }
  }
  t.ok(clock.now() >= hourMs)
  t.ok(tries >= 60, `${tries} tries`)
  t.same([told('sink-down').length, told('sink-sent').length, cursor.offset], [1, 0, 0])
  const second = await receiveHttp(t, asElasticsearch(), { port: first.port })
  const isDone = () => new Set(second.ids).size === 6_000 && told('sink-up').length === 1
  while (!isDone()) {
    await new Promise(resolve => setImmediate(resolve))
    clock.pass(100)
  }
  t.same([second.ids.length, second.faults], [6_000, []])
  await sinks.close(new AbortController().signal)
  t.same(cursor, segments.end)
})
