/** The sensor writes faster than the daemon reads: it says how far it is behind, drops nothing, and comes up to it again. */
import { appendFileSync, createReadStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { lagSecondsMax } from '../limits.js'
import { isLarge, staysBelow } from '../testing/large.js'
import { readinessOf, sumOf, type Metrics } from '../testing/ready.js'
import { startStepped } from '../testing/stepped.js'
import { zeekLine } from '../testing/zeek-lines.js'

/** Each of them becomes a record: 100,000 take some seconds, and 4 million some minutes. */
const count = isLarge ? 4_000_000 : 100_000
/** Of 4 MiB or so. */
const burstLines = 50_000
/** The sensor is never further ahead than this, so that the disk of the test holds it. */
const aheadBytesMax = 1024 ** 3
const memoryMiBMax = 768

const burst = (from: number): string => {
  const lines = Array.from({ length: burstLines }, (_, i) =>
    zeekLine(from + i, `n${from + i}.shop-${(from + i) % 500}.com`),
  )
  return lines.join('')
}

/** How many records there are, and where they are not those of the log, in its order. */
const compare = async (path: string) => {
  let records = 0
  const faults: string[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const number = /"query":"n(\d+)\./.exec(line)?.[1]
    if (Number(number) !== records) faults.push(line)
    if (faults.length > 3) break
    records += 1
  }
  return { records, faults }
}

void t.test('bursts come faster than it reads: it says so, loses nothing, and is ready again', async t => {
  const dir = t.testdir({ clock: '' })
  const [data, log] = [join(dir, 'data'), join(dir, 'dns.log')]
  mkdirSync(data)
  writeFileSync(
    join(data, 'domainstats.yaml'),
    'mode: "off"\nemit: every\nhttp: true\nlocal_port: 0\npoll_seconds: 0.1\n',
  )
  writeFileSync(log, '')
  const daemon = startStepped(t, join(dir, 'clock'), 0, 'run', '--data', data, '--zeek', log)
  const { ready, until, untilMetrics } = readinessOf(daemon)
  t.match(await until(200), { text: /^ready/ })
  const lag = (unit: string, metrics: Metrics) => metrics.get(`input_lag_${unit}{input="${log}"}`) ?? 0

  for (let from = 0; from < count; from += burstLines) {
    appendFileSync(log, burst(from))
    const metrics = await untilMetrics(found => lag('bytes', found) < aheadBytesMax)
    if (from > 0) t.ok(lag('bytes', metrics) > 0, `behind by ${lag('bytes', metrics)} bytes`)
  }
  const behind = await untilMetrics(found => lag('bytes', found) > 0)
  t.ok(lag('seconds', behind) > 0, `and by ${lag('seconds', behind)} s`)
  t.ok(sumOf(behind, 'lines_total') < count, 'there is more to read')
  // A minute is too long for this suite: the clock makes it one.
  if (!isLarge) daemon.step((lagSecondsMax + 1) * 1000)
  const late = await until(503)
  t.match(late.text, /dns\.log is read \d+ s late/)
  t.comment(late.text)

  const after = await untilMetrics(
    found =>
      sumOf(found, 'lines_total') === count && lag('bytes', found) === 0 && lag('seconds', found) === 0,
  )
  t.match(await ready(), { status: 200, text: /^ready/ })
  t.same(
    ['lines_total', 'questions_total', 'records_total', 'skips_total', 'limits_total'].map(name =>
      sumOf(after, name),
    ),
    [count, count, count, 0, 0],
  )
  staysBelow(t, daemon.child, memoryMiBMax)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.same(
    await compare(join(data, 'domainstats.log')),
    { records: count, faults: [] },
    'each line once, in its order',
  )
})
