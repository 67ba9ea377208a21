/**
 * What a fact of passive DNS takes in a shared store: memory of one, of each further sensor, and CPU of the master. Needs
 * redis-server; takes a minute:
 *
 *   npm run build:all && node build/bench/fleet-facts.js
 */
import process from 'node:process'
import type { SensorFact } from '../src/shared/facts.js'
import { openRedisFacts } from '../src/shared/redis-facts.js'
import { SharedStore } from '../src/shared/store.js'
import { systemClock } from '../src/time/clock.js'
import { startServer } from './fleet/server.js'
import { workFolder } from './program.js'

const count = 100_000
const sensors = 4

/** Two facts a name: an address that hardly another name has, and an alias to one of 3,000 hosts of a content network. */
const factAt = (at: number, sensor: string): SensorFact => {
  const name = at >> 1
  const [high, low] = [(at >> 2) % 250, Math.floor((at >> 2) / 250)]
  const rdata = at % 2 === 0 ? `203.${high}.${low}.${at % 4}` : `edge-${name % 3_000}.cdn.example.net`
  return {
    ...{
      rrname: `host-${name.toString(36)}.customer-${name % 5_000}.example.com`,
      sensor,
      rdata,
      target: rdata,
    },
    ...{ rrtype: at % 2 === 0 ? 'A' : 'CNAME', count: at + 1, first: 1.7e12, last: 1.7e12 + at },
    ...{ ttlMin: 5, ttlMax: 300 },
  }
}

const { redis, figure, end } = await startServer(workFolder())
const cpu = async (): Promise<number> =>
  (await figure('cpu', 'used_cpu_user')) + (await figure('cpu', 'used_cpu_sys'))
const store = new SharedStore({
  ...{ redis, prefix: 'bench', clock: systemClock, telemetry: () => undefined },
  signal: new AbortController().signal,
})
await store.link.connect()
const facts = openRedisFacts(store)
for (let sensor = 1; sensor <= sensors; sensor += 1) {
  const [memory, used] = [await figure('memory', 'used_memory'), await cpu()]
  const id = String(sensor).padStart(2, '0').repeat(8)
  const answers = await facts.push(Array.from({ length: count }, (_, at) => factAt(at, id)))
  if (!answers.every(answer => answer === true)) throw new Error('not all were taken')
  const bytes = ((await figure('memory', 'used_memory')) - memory) / count
  const micros = (((await cpu()) - used) / count) * 1e6
  process.stdout.write(
    `sensor ${sensor}: ${bytes.toFixed(0)} bytes a fact more, ${micros.toFixed(0)} µs of CPU\n`,
  )
}
end()
