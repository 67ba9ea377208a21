/**
 * Measures what it costs to forget less at a failover (docs/fleet.md): claims a second on one server, with a replica, with
 * `min-replicas-to-write 1`, and with a WAIT for the replica after each batch, which domainstats does not send. Needs
 * redis-server; takes a minute:
 *
 *   npm run build:all && node build/bench/fleet-replica.js
 */
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { claimsAtOnce } from '../src/limits.js'
import { inParts } from '../src/shared/in-parts.js'
import { openRedisShared } from '../src/shared/redis.js'
import { SharedStore } from '../src/shared/store.js'
import { systemClock } from '../src/time/clock.js'
import { median } from './figures.js'
import { claimAt } from './fleet/claims.js'
import { startServer, type Server } from './fleet/server.js'
import { workFolder } from './program.js'

const never = new AbortController().signal
const rounds = 5
const batches = 100

const claims = Array.from({ length: batches * claimsAtOnce }, (_, at) => claimAt(at))

/** @returns claims a second, in batches one after the other */
const rateOf = async ({ redis, ask }: Server, waits: boolean): Promise<number> => {
  const telemetry = (): undefined => undefined
  const store = new SharedStore({ redis, prefix: 'bench', clock: systemClock, telemetry, signal: never })
  await store.link.connect()
  const shared = openRedisShared(store, 'bench')
  const begun = performance.now()
  let owned = 0
  for (const batch of inParts(claims, claimsAtOnce)) {
    const answers = await shared.claim(batch, never)
    owned += answers.filter(answer => answer?.owns).length
    if (waits && Number(await ask('WAIT', '1', '1000')) < 1) throw new Error('the replica did not answer')
  }
  if (owned !== claims.length) throw new Error(`${owned} of ${claims.length} claims own`)
  return claims.length / ((performance.now() - begun) / 1000)
}

const root = workFolder()
const [master, replica] = [await startServer(join(root, 'a')), await startServer(join(root, 'b'))]
const follow = async (isFollowed: boolean): Promise<void> => {
  await replica.ask(
    'REPLICAOF',
    ...(isFollowed ? (['127.0.0.1', String(master.port)] as const) : (['NO', 'ONE'] as const)),
  )
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
  for (const [at, { isFollowed, least, waits }] of rows.entries()) {
    await master.ask('CONFIG', 'SET', 'min-replicas-to-write', '0')
    await follow(isFollowed)
    await master.ask('FLUSHALL')
    await master.ask('CONFIG', 'SET', 'min-replicas-to-write', least)
    await pause(1_500)
    rates[at]?.push(await rateOf(master, waits))
  }
for (const [at, { what }] of rows.entries()) {
  const own = rates[at] ?? []
  const [rate, alone] = [median(own), median(rates[0] ?? [])]
  process.stdout.write(
    `${what}: ${Math.round(rate).toLocaleString('en')} claims/s, ${(rate / alone).toFixed(2)} of alone\n`,
  )
}
process.exit()
