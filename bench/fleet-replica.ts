/**
 * Measures what it costs to forget less at a failover (docs/fleet.md): claims a second on one server, with a replica, with
 * `min-replicas-to-write 1`, and with a WAIT for the replica after each batch, which domainstats does not send. Needs
 * redis-server; takes a minute:
 *
 *   npm run build:all && node build/bench/fleet-replica.js
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { claimsAtOnce } from '../src/limits.js'
import { openRedisShared } from '../src/shared/redis.js'
import type { Claim } from '../src/shared/shared.js'
import { SharedStore } from '../src/shared/store.js'
import { systemClock } from '../src/time/clock.js'
import { median } from './figures.js'
import { startServer, type Server } from './fleet/server.js'
import { workFolder } from './program.js'

const never = new AbortController().signal
const rounds = 5
const batches = 100
const claimsCount = batches * claimsAtOnce

const claimOf = (round: string, at: number): Claim => {
  const digest = createHash('sha256').update(`${round} ${at}`).digest('hex')
  const [domain, id] = [`${digest.slice(0, 12)}.com`, digest.slice(0, 32)]
  return { domain, id, sensor: digest.slice(32, 48), seen: at, kind: 'live' }
}

/** @returns claims a second, in batches one after the other */
const rateOf = async ({ redis, ask }: Server, round: string, waits: boolean): Promise<number> => {
  const telemetry = (): undefined => undefined
  const store = new SharedStore({ redis, prefix: 'bench', clock: systemClock, telemetry, signal: never })
  await store.link.connect()
  const shared = openRedisShared(store, 'bench')
  const claims = Array.from({ length: claimsCount }, (_, at) => claimOf(round, at))
  const begun = performance.now()
  let owned = 0
  for (let from = 0; from < claimsCount; from += claimsAtOnce) {
    const answers = await shared.claim(claims.slice(from, from + claimsAtOnce), never)
    owned += answers.filter(answer => answer?.owns).length
    if (waits && Number(await ask('WAIT', '1', '1000')) < 1) throw new Error('the replica did not answer')
  }
  if (owned !== claimsCount) throw new Error(`${owned} of ${claimsCount} claims own`)
  return claimsCount / ((performance.now() - begun) / 1000)
}

const root = workFolder()
const [master, replica] = [await startServer(join(root, 'a')), await startServer(join(root, 'b'))]
const { port } = new URL(master.url)
const follow = async (isFollowed: boolean): Promise<void> => {
  await replica.ask('REPLICAOF', ...(isFollowed ? (['127.0.0.1', port] as const) : (['NO', 'ONE'] as const)))
  while ((await master.figure('replication', 'connected_slaves')) !== Number(isFollowed)) await pause(50)
  while (isFollowed && !String(await master.ask('INFO', 'replication')).includes('state=online'))
    await pause(50)
}
const rows = [
  { what: 'alone', isFollowed: false, least: '0', waits: false },
  { what: 'with a replica', isFollowed: true, least: '0', waits: false },
  { what: 'the same, min-replicas-to-write 1', isFollowed: true, least: '1', waits: false },
  { what: 'the same, and WAIT 1 after each batch', isFollowed: true, least: '1', waits: true },
]
const rates = rows.map((): number[] => [])
for (let round = 0; round < rounds; round += 1)
  for (const [at, { what, isFollowed, least, waits }] of rows.entries()) {
    await master.ask('CONFIG', 'SET', 'min-replicas-to-write', '0')
    await follow(isFollowed)
    await master.ask('FLUSHALL')
    await master.ask('CONFIG', 'SET', 'min-replicas-to-write', least)
    await pause(1_500)
    rates[at]?.push(await rateOf(master, `${what} ${round}`, waits))
  }
for (const [at, { what }] of rows.entries()) {
  const own = rates[at] ?? []
  const [rate, alone] = [median(own), median(rates[0] ?? [])]
  process.stdout.write(
    `${what}: ${Math.round(rate).toLocaleString('en')} claims/s, ${(rate / alone).toFixed(2)} of alone\n`,
  )
}
process.exit()
