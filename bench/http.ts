/**
 * How fast names are answered over HTTP, beside a bare node:http server that answers a constant, in the same run. The
 * servers are processes of their own; what they need of their CPU for an answer is told beside, since it depends less
 * on what else the machine does. The names stand in a table by heart, or another server is asked:
 *
 *   npx tsc -p bench && node build/bench/http.js [http://127.0.0.1:5730]
 */
import process from 'node:process'
import autocannon from 'autocannon'
import { openServer, type Server } from './http/far-side.js'
import { mixedNames, warmName } from './http/names.js'

const rounds = 5
const seconds = 3
const connections = 20

interface Speed {
  /** Requests a second. */
  readonly rate: number
  /** CPU time of the server for one, in µs; NaN for a server that is not ours. */
  readonly cpu: number
}

const load = async ({ url, cpuMicros }: Server, names: readonly string[]): Promise<Speed> => {
  const before = await cpuMicros()
  const { requests, non2xx, errors } = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: names.map(name => ({ path: `/${name}` })),
  })
  if (non2xx + errors > 0) throw new Error(`${non2xx} refusals, ${errors} errors`)
  return { rate: requests.total / seconds, cpu: ((await cpuMicros()) - before) / requests.total }
}

const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN

const print = (...columns: readonly string[]): void =>
  void process.stdout.write(
    `${columns.map((text, i) => (i === 0 ? text.padEnd(36) : text.padStart(12))).join('')}\n`,
  )

const [other] = process.argv.slice(2)
const bare = await openServer('bare')
const port =
  other === undefined ? await openServer('port') : { url: other, cpuMicros: () => NaN, end: () => undefined }
try {
  const kinds = [
    ['bare node:http, a constant', bare, [warmName]],
    ['warm: one name', port, [warmName]],
    ['mixed: 1,000 names', port, mixedNames],
  ] as const
  const speeds: Speed[][] = kinds.map(() => [])
  // The first round warms up, and is not counted.
  for (let round = 0; round <= rounds; round += 1)
    for (const [at, [, server, names]] of kinds.entries()) {
      const speed = await load(server, names)
      if (round > 0) speeds[at]?.push(speed)
    }
  print('', 'requests/s', '÷ bare', 'aim', 'CPU µs', 'bare ÷')
  const figures = speeds.map(all => ({
    rate: median(all.map(s => s.rate)),
    cpu: median(all.map(s => s.cpu)),
  }))
  for (const [at, { rate, cpu }] of figures.entries()) {
    const than = figures[0] ?? { rate, cpu }
    const ratio = (rate / than.rate).toFixed(2)
    print(
      kinds[at]?.[0] ?? '',
      rate.toFixed(0),
      ratio,
      at === 1 ? '>= 0.75' : '',
      cpu.toFixed(1),
      (than.cpu / cpu).toFixed(2),
    )
  }
} finally {
  bare.end()
  port.end()
}
