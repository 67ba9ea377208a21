/**
 * Measures claims a second in a Cluster of 1, 2 and 3 masters on loopback, and what a domain takes in memory there.
 * Needs redis-server. Takes about six minutes; a number of domains other than 1,000,000 may be given:
 *
 *   npm run build:all && node build/bench/fleet.js [DOMAINS]
 */
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { batchQuestionsMax } from '../src/limits.js'
import { openRedis } from '../src/redis/client.js'
import { openRedisShared } from '../src/shared/redis.js'
import { SharedStore } from '../src/shared/store.js'
import { redisAt } from '../src/testing/redis.js'
import { freePorts } from '../src/testing/ports.js'
import { systemClock } from '../src/time/clock.js'
import { claimAt } from './fleet/claims.js'
import { startServer, type Server } from './fleet/server.js'
import { workFolder } from './program.js'

const never = new AbortController().signal
const root = workFolder()
const domains = Number(process.argv[2] ?? 1_000_000)
/** Batches that are under way at once: as many sensors. */
const sensors = 4

const startMasters = async (count: number): Promise<readonly Server[]> => {
  const buses = await freePorts(count)
  const masters = await Promise.all(
    buses.map(bus => {
      const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(bus)]
      return startServer(join(root, String(bus)), cluster)
    }),
  )
  const [first] = masters
  for (const [at, { port, ask }] of masters.entries()) {
    const [from, to] = [at, at + 1].map(part => Math.ceil((16_384 * part) / count))
    await ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? 0) - 1))
    await ask('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1))
    if (at > 0) await first?.ask('CLUSTER', 'MEET', '127.0.0.1', String(port), String(buses[at]))
  }
  for (const { ask } of masters)
    while (!/cluster_state:ok[^]*slots_ok:16384/.test(String(await ask('CLUSTER', 'INFO')))) await pause(50)
  return masters
}

const memoryOf = async (masters: readonly Server[]): Promise<number> => {
  const used = await Promise.all(masters.map(({ figure }) => figure('memory', 'used_memory')))
  return used.reduce((sum, bytes) => sum + bytes, 0)
}

const measure = async (count: number): Promise<void> => {
  const masters = await startMasters(count)
  const address = `redis://${masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
  const redis = openRedis(redisAt(address, { isCluster: true }), systemClock)
  /** Times at which it did not answer within a second: it writes its log anew, or the machine is busy. */
  let stalls = 0
  const telemetry = (report: { readonly kind: string }): void => {
    if (report.kind === 'shared-down') stalls += 1
  }
  const store = new SharedStore({ redis, prefix: 'bench', clock: systemClock, telemetry, signal: never })
  await store.link.connect()
  const shared = openRedisShared(store, 'bench')
  const before = await memoryOf(masters)
  const started = performance.now()
  const cpu = process.cpuUsage()
  let next = 0
  let owned = 0
  const sensor = async (): Promise<void> => {
    while (next < domains) {
      const from = next
      next += batchQuestionsMax
      const claims = Array.from({ length: Math.min(batchQuestionsMax, domains - from) }, (_, at) =>
        claimAt(from + at),
      )
      let open = claims
      while (open.length > 0) {
        const asked = open
        const answers = await shared.claim(asked, never)
        open = asked.filter((_, at) => answers[at] === undefined)
        owned += answers.filter(answer => answer?.owns).length
        if (open.length > 0) await pause(100)
      }
    }
  }
  await Promise.all(Array.from({ length: sensors }, sensor))
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  if (owned !== domains) throw new Error(`${owned} of ${domains} claims own`)
  const bytes = ((await memoryOf(masters)) - before) / domains
  const perSecond = Math.round(domains / seconds).toLocaleString('en')
  process.stdout.write(
    `${count} masters: ${perSecond} claims/s, ${((user + system) / domains).toFixed(1)} µs of CPU of a sensor each, ` +
      `${bytes.toFixed(0)} bytes a domain, ${stalls} stalls\n`,
  )
  redis.close()
  for (const { end } of masters) end()
}

for (const count of [1, 2, 3]) await measure(count)
