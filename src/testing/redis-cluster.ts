/** Runs a real Redis Cluster on loopback: three masters with a replica each; and a master with a replica and three Sentinels. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { openRedis, type Redis, type RedisReply } from '../redis/client.js'
import { systemClock } from '../time/clock.js'
import { openFaultyLink, type FaultyLink } from './faulty-link.js'
import { started, type Started } from './process.js'
import { redisAt } from './redis.js'
import { socketFolder } from './receivers.js'
import { freePorts } from './ports.js'

/** A server that may be killed and started again, with its data. */
export interface RedisNode {
  readonly port: number
  /** Sends one command. */
  readonly do: (...command: readonly [name: string, ...args: string[]]) => Promise<RedisReply>
  readonly kill: () => Promise<unknown>
  readonly start: () => Promise<void>
  readonly signal: (signal: NodeJS.Signals) => void
}

/** A node that clients and other nodes reach by links that a test breaks. */
export interface LinkedNode extends RedisNode {
  /** The address from which it connects to other nodes. Clients have 127.0.0.1. */
  readonly from: string
  /** The way to its port, of clients and of its replica. */
  readonly way: FaultyLink
  /** The way to its bus, of the other nodes. */
  readonly bus: FaultyLink
}

export interface RedisCluster<Node extends RedisNode = RedisNode> {
  /** The address with all nodes. */
  readonly to: string
  /** First the masters of the beginning, then their replicas in the same order. */
  readonly nodes: readonly Node[]
  /** Resolves when every slot has a master, by the view of all nodes that answer. */
  readonly whole: () => Promise<void>
}

export interface RedisSentinels {
  /** The address with all Sentinels. */
  readonly to: string
  /** The name of the master. */
  readonly name: string
  readonly master: RedisNode
  readonly replica: RedisNode
}

const never = new AbortController().signal
const lookMs = 50
const slots = 16_384
const masters = 3
/** How soon a node that is away is replaced: the default of 15 s is long for a test. */
const timeoutMs = '1000'

/** A node on a port; its data are kept while it is down. */
const startNode = async (t: Test, dir: string, port: number, args: readonly string[]): Promise<RedisNode> => {
  mkdirSync(dir)
  const redis: Redis = openRedis(redisAt(`redis://127.0.0.1:${port}`), systemClock)
  t.teardown(() => redis.close())
  const ask: RedisNode['do'] = async (...command) => (await redis.send('', [command], never))[0] ?? null
  let server: Started | undefined
  const start = async (): Promise<void> => {
    const all = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...args]
    server = started(spawn('redis-server', all, { stdio: ['ignore', 'pipe', 'pipe'] }))
    while (!(await ask('PING').catch(() => false))) {
      if (server.child.exitCode !== null) throw new Error(await server.says(''))
      await pause(lookMs)
    }
  }
  t.teardown(() => server?.end('SIGKILL'))
  await start()
  const signal = (name: NodeJS.Signals): void => void server?.child.kill(name)
  return { port, do: ask, start, signal, kill: async () => server?.end('SIGKILL') }
}

/** Repeats until it is true; a node that does not answer says nothing yet. */
const until = async (isTrue: () => Promise<boolean>): Promise<void> => {
  while (!(await isTrue().catch(() => false))) await pause(lookMs)
}

const isWhole = async (node: RedisNode): Promise<boolean> =>
  /cluster_state:ok[^]*cluster_slots_ok:16384/.test(String(await node.do('CLUSTER', 'INFO')))

/** A node, and the ports at which clients and the other nodes reach it. */
interface Reached<Node> {
  readonly node: Node
  readonly port: number
  readonly bus: number
}

/** Starts a node of a Cluster. @param ports its own, and that of its bus */
type OpenNode<Node> = (at: number, ports: readonly [number, number]) => Promise<Reached<Node>>

const clusterArgs = (bus: number): string[] => [
  ...['--cluster-enabled', 'yes', '--cluster-port', String(bus)],
  ...['--cluster-node-timeout', timeoutMs, '--appendonly', 'yes'],
]

/** Starts three masters with a replica each, and resolves when all slots are served. */
export const startCluster = (t: Test): Promise<RedisCluster> => {
  const dir = socketFolder(t)
  return clusterOf(async (at, [port, bus]) => {
    const node = await startNode(t, join(dir, String(at)), port, clusterArgs(bus))
    return { node, port, bus }
  })
}

/** The same, with links that a test breaks. Needs Linux: each node has a loopback address of its own. */
export const startLinkedCluster = (t: Test): Promise<RedisCluster<LinkedNode>> => {
  const dir = socketFolder(t)
  return clusterOf(async (at, [port, busPort]) => {
    const from = `127.0.1.${at + 1}`
    const [way, bus] = [await openFaultyLink(t, port), await openFaultyLink(t, busPort)]
    const announced = [
      '--cluster-announce-port',
      String(way.port),
      '--cluster-announce-bus-port',
      String(bus.port),
    ]
    const args = [...clusterArgs(busPort), ...announced, '--cluster-announce-ip', '127.0.0.1']
    const node = await startNode(t, join(dir, String(at)), port, [...args, '--bind-source-addr', from])
    return { node: { ...node, from, way, bus }, port: way.port, bus: bus.port }
  })
}

const clusterOf = async <Node extends RedisNode>(open: OpenNode<Node>): Promise<RedisCluster<Node>> => {
  // Each node takes a second port, for its bus: by default one that is 10,000 higher, which may be none.
  const ports = await freePorts(4 * masters)
  const reached = await Promise.all(
    Array.from({ length: 2 * masters }, (_, at) => open(at, [ports[2 * at] ?? 0, ports[2 * at + 1] ?? 0])),
  )
  const nodes = reached.map(({ node }) => node)
  const [first, ...others] = reached
  if (!first) throw new Error('a cluster has nodes')
  for (const [at, node] of nodes.slice(0, masters).entries()) {
    const from = Math.ceil((slots * at) / masters)
    const to = Math.ceil((slots * (at + 1)) / masters) - 1
    await node.do('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    await node.do('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1))
  }
  for (const { port, bus } of others)
    await first.node.do('CLUSTER', 'MEET', '127.0.0.1', String(port), String(bus))
  await until(async () => (await Promise.all(nodes.slice(0, masters).map(isWhole))).every(Boolean))
  for (const [at, replica] of nodes.slice(masters).entries()) {
    const id = String(await nodes[at]?.do('CLUSTER', 'MYID'))
    await until(async () => String(await replica.do('CLUSTER', 'NODES')).includes(id))
    await until(async () => (await replica.do('CLUSTER', 'REPLICATE', id)) === 'OK')
    await until(async () => String(await replica.do('INFO', 'replication')).includes('master_link_status:up'))
  }
  const answering = async (): Promise<boolean[]> =>
    (await Promise.allSettled(nodes.map(isWhole))).flatMap(one =>
      one.status === 'fulfilled' ? [one.value] : [],
    )
  const whole = () => until(async () => (await answering()).every(Boolean))
  await whole()
  return { to: `redis://${reached.map(({ port }) => `127.0.0.1:${port}`).join(',')}`, nodes, whole }
}

/** Starts a master with a replica, and three Sentinels that watch them; resolves when these know each other. */
export const startSentinels = async (t: Test): Promise<RedisSentinels> => {
  const dir = socketFolder(t)
  const name = 'ours'
  const [one = 0, two = 0, ...three] = await freePorts(5)
  const args = ['--appendonly', 'yes']
  const master = await startNode(t, join(dir, 'master'), one, args)
  const replica = await startNode(t, join(dir, 'replica'), two, [...args, '--replicaof', `127.0.0.1 ${one}`])
  await until(async () => String(await replica.do('INFO', 'replication')).includes('master_link_status:up'))
  for (const port of three) {
    const conf = join(dir, `${port}.conf`)
    writeFileSync(
      conf,
      `port ${port}\nbind 127.0.0.1\ndir ${dir}\nsentinel monitor ${name} 127.0.0.1 ${one} 2\n` +
        `sentinel down-after-milliseconds ${name} ${timeoutMs}\nsentinel failover-timeout ${name} 5000\n`,
    )
    const sentinel = started(
      spawn('redis-server', [conf, '--sentinel'], { stdio: ['ignore', 'pipe', 'pipe'] }),
    )
    t.teardown(() => sentinel.end('SIGKILL'))
    const ask = openRedis(redisAt(`redis://127.0.0.1:${port}`), systemClock)
    t.teardown(() => ask.close())
    const knows = async (): Promise<string> =>
      String((await ask.send('', [['INFO', 'sentinel']], never))[0] ?? '')
    // It finds replica and other Sentinels by what they publish on the master.
    await until(async () => (await knows()).includes('slaves=1'))
    if (port === three.at(-1)) await until(async () => (await knows()).includes('slaves=1,sentinels=3'))
  }
  return { to: `redis://${three.map(port => `127.0.0.1:${port}`).join(',')}`, name, master, replica }
}
