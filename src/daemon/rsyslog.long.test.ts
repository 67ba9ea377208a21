/** What a real rsyslog makes of our messages, by each way to it. */
import { hostname } from 'node:os'
import t from 'tap'
import { needs } from '../testing/external-programs.js'
import { untilFile } from '../testing/process.js'
import { recordOf } from '../testing/receivers.js'
import { startRsyslog } from '../testing/rsyslog.js'
import { openWithSinks, sinkLine } from '../testing/with-sinks.js'

const ways = ['udp', 'tcp', 'tls', 'unix'] as const

void t.test('rsyslog takes each record by each way, whole', { skip: needs('rsyslogd') }, async t => {
  const rsyslog = await startRsyslog(t)
  const sinks = ways.map(way => {
    const caFile = way === 'tls' ? `, ca_file: '${rsyslog.caFile}'` : ''
    return sinkLine(way, rsyslog.to[way], `${caFile}, facility: local3, app_name: stats`)
  })
  const { run, ask, written, records } = openWithSinks(t, sinks)
  const daemon = run()
  ask(0, 500)
  await written(500)
  const rows = (text: string) => text.split('\n').slice(0, -1)
  for (const way of ways) {
    const text = await untilFile(rsyslog.fileOf(way), found => rows(found).length >= 500)
    const found = rows(text).map(row => row.split('\t'))
    // Before it listened it was not there, and what was under way then came twice.
    const messages = [...new Map(found.map(row => [row[6] ?? '', row] as const)).values()]
    t.same(
      messages.map(row => recordOf(row[6] ?? '')),
      records().map(recordOf),
      way,
    )
    t.same(messages[0]?.slice(0, 4), ['local3', 'warning', 'stats', hostname()])
    t.match(messages[0]?.[4], /^2023-11-14T22:13:20\.000000(\+00:00|Z)$/)
    t.equal(messages[0]?.[5], 'record')
  }
  t.equal(await daemon.end('SIGTERM'), 0)
  await rsyslog.end('SIGTERM')
})
