/** The shared stores of a fleet, and how they and the ways to them are broken: a single server, and a Cluster of 3 + 3. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { openRedis, type RedisReply } from '../../redis/client.js'
import { keysBelow } from '../../shared/keys.js'
import { systemClock } from '../../time/clock.js'
import { openFaultyLink, type LinkState } from '../faulty-link.js'
import { startLinkedCluster, type LinkedNode } from '../redis-cluster.js'
import { redisAt, startRedis, type RedisServer } from '../redis.js'

/** Epoch ms. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Breaks something for a while. Resolves when it is whole again. @param n the daemon, where it is about the way of one */
type Harm = (n: number, ms: number) => Promise<unknown>

export interface FleetStore {
  /** The address and what belongs to it, for the settings of the nth daemon. */
  readonly settings: (n: number) => string
  readonly harms: Readonly<Record<string, Harm>>
  /** When its memory was full, so far: daemons log the first refusal alone. */
  readonly full: readonly Span[]
  /** How often a replica took over, or tried to. */
  readonly failovers: () => Promise<number>
  /** The id of the record that owns the first contact with a domain; '' if none does. */
  readonly ownerOf: (domain: string) => Promise<string>
}

/** The address of daemons and of this test. */
const clients = '127.0.0.1'
/** Of the settings, by default. */
const keys = keysBelow('domainstats')

/** What a server with one process does when its disk, its memory or its machine is in trouble. */
interface Breakable {
  readonly do: (...command: readonly [string, ...string[]]) => Promise<RedisReply>
  readonly signal: (signal: NodeJS.Signals) => void
}

/** The machine, or the process, stops and goes on. */
const stop = async (server: Breakable, ms: number): Promise<void> => {
  server.signal('SIGSTOP')
  await pause(ms)
  server.signal('SIGCONT')
}

/** The server answers nothing while it waits for its disk, as with `appendfsync always`, or after two seconds of `everysec`. */
const slowDisk = async (server: Breakable, ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= 400) {
    await stop(server, 300)
    await pause(100)
  }
}

/** Less than it uses: it refuses to store, and evicts nothing. One that is away has no memory to fill. */
const fullMemory = async (servers: readonly Breakable[], ms: number, full: Span[]): Promise<void> => {
  const from = Date.now()
  const setAll = (limit: string) =>
    Promise.allSettled(servers.map(server => server.do('CONFIG', 'SET', 'maxmemory', limit)))
  await setAll('1')
  await pause(ms)
  await setAll('0')
  full.push({ from, to: Date.now() })
}

/** Makes harms that must not meet wait for each other. */
const oneByOne = () => {
  let last: Promise<unknown> = Promise.resolve()
  return (harm: Harm): Harm =>
    (n, ms) =>
      (last = last.then(() => harm(n, ms)))
}

const idIn = (value: RedisReply): string => (Buffer.isBuffer(value) ? value.toString('hex', 0, 16) : '')

/** A single server that forgets nothing, with a link to it for each daemon. */
export const singleStore = async (t: Test, daemons: number): Promise<FleetStore> => {
  const redis: RedisServer = await startRedis(t)
  const links = await Promise.all(Array.from({ length: daemons }, () => openFaultyLink(t, redis.port)))
  const [alone, full]: [ReturnType<typeof oneByOne>, Span[]] = [oneByOne(), []]
  const link =
    (state: LinkState): Harm =>
    async (n, ms) => {
      links[n]?.be(state)
      await pause(ms)
      links[n]?.be('well')
    }
  const outage: Harm = async (_n, ms) => {
    for (const one of links) one.be('parted')
    await pause(ms)
    for (const one of links) one.be('well')
  }
  const restart: Harm = async (_n, ms) => {
    await redis.kill()
    await pause(ms)
    await redis.start()
  }
  return {
    settings: n => `url: 'redis://127.0.0.1:${links[n]?.port ?? 0}'`,
    harms: {
      ...{ slow: link('slow'), parted: link('parted'), refused: link('refuses') },
      cut: n => Promise.resolve(links[n]?.cut()),
      halfClosed: n => Promise.resolve(links[n]?.halfClose()),
      ...{ outage: alone(outage), restart: alone(restart) },
      stopped: alone((_n, ms) => stop(redis, ms)),
      slowDisk: alone((_n, ms) => slowDisk(redis, ms)),
      fullMemory: alone((_n, ms) => fullMemory([redis], ms, full)),
    },
    full,
    failovers: () => Promise.resolve(0),
    ownerOf: async domain => idIn(await redis.do('HGET', keys.claims(domain), domain)),
  }
}

const kill = async (node: LinkedNode, ms: number): Promise<void> => {
  await node.kill()
  await pause(ms)
  await node.start()
}

/** Other nodes cannot reach it, nor it them. Clients can: it confirms what they claim, until it notices. */
const split = async (nodes: readonly LinkedNode[], node: LinkedNode, ms: number): Promise<void> => {
  const others = nodes.filter(other => other !== node)
  node.bus.be('parted')
  for (const other of others) {
    other.bus.be('parted', node.from)
    node.way.be('parted', other.from)
    other.way.be('parted', node.from)
  }
  await pause(ms + 1_500)
  for (const { bus, way } of nodes) for (const one of [bus, way]) one.be('well')
}

const never = new AbortController().signal

const saysOfReplication = async (node: LinkedNode, text: string): Promise<boolean> =>
  String(await node.do('INFO', 'replication')).includes(text)

/** A busy machine is late, and then nodes take each other for dead once more. */
const untilAnswered = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (;;) {
    const found = await ask().catch(() => undefined)
    if (found !== undefined) return found
    await pause(500)
  }
}

/**
 * A Cluster that replaces a node after a second. The bus between its nodes, the replication and the ways of clients break
 * one by one, so that it forgets what it confirmed: when a master dies that its replica could not follow, and when a
 * master that the others have replaced still confirms. After each harm the replicas catch up: that bounds how old it is what
 * the next one forgets.
 */
export const clusterStore = async (t: Test): Promise<FleetStore> => {
  const { to, nodes, whole } = await startLinkedCluster(t)
  const redis = openRedis(redisAt(to, { isCluster: true }), systemClock)
  t.teardown(() => redis.close())
  const caughtUp = async (): Promise<void> => {
    await whole()
    for (const node of nodes)
      while (await saysOfReplication(node, 'master_link_status:down').catch(() => true)) await pause(50)
  }
  const [alone, full]: [ReturnType<typeof oneByOne>, Span[]] = [oneByOne(), []]
  const thenCaughtUp = (harm: Harm): Harm =>
    alone(async (n, ms) => {
      await harm(n, ms)
      await caughtUp()
    })
  const onOne = (harm: (node: LinkedNode, ms: number) => Promise<unknown>): Harm =>
    thenCaughtUp((n, ms) => {
      const node = nodes[n % nodes.length]
      return node ? harm(node, ms) : Promise.resolve()
    })
  const partners = async (n: number): Promise<readonly LinkedNode[]> => {
    const pair = nodes.filter((_, at) => at % 3 === n % 3)
    const isFirst = pair[0] !== undefined && (await saysOfReplication(pair[0], 'role:master'))
    return isFirst ? pair : pair.toReversed()
  }
  const forget: Harm = thenCaughtUp(async (n, ms) => {
    const [master, replica] = await partners(n)
    if (!master || !replica) return
    master.way.be('parted', replica.from)
    await pause(Math.min(ms, 2_000))
    await master.kill()
    master.way.be('well')
    await pause(4_000)
    await master.start()
  })
  const way = (state: LinkState): Harm =>
    onOne(async (node, ms) => {
      node.way.be(state, clients)
      await pause(ms)
      node.way.be('well')
    })
  const epoch = async (): Promise<number> =>
    Number(/cluster_current_epoch:(\d+)/.exec(String(await nodes[0]?.do('CLUSTER', 'INFO')))?.[1])
  const before = await epoch()
  return {
    settings: () => `url: '${to}', cluster: true`,
    harms: {
      ...{ killed: onOne(kill), forget, split: onOne((node, ms) => split(nodes, node, ms)) },
      ...{ slow: way('slow'), parted: way('parted'), refused: way('refuses') },
      halfClosed: onOne(async node => {
        node.way.halfClose()
        await Promise.resolve()
      }),
      ...{ stopped: onOne(stop), slowDisk: onOne(slowDisk) },
      fullMemory: thenCaughtUp((n, ms) => fullMemory(n % 2 === 0 ? nodes : nodes.slice(n, n + 1), ms, full)),
    },
    full,
    failovers: async () => (await epoch()) - before,
    ownerOf: async domain => {
      const key = keys.claims(domain)
      const found = await untilAnswered(() => redis.send(key, [['HGET', key, domain]], never))
      const [value = null] = found
      return idIn(value)
    },
  }
}
