/** Runs a real redis-server on loopback, in a folder of its own. It confirms nothing before it is on the disk. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { readRedisAddress } from '../redis/address.js'
import { openRedis, type RedisReply, type RedisTarget } from '../redis/client.js'
import { systemClock } from '../time/clock.js'
import { certificateFor } from './certificate.js'
import { started, type Started } from './process.js'
import { socketFolder } from './receivers.js'
import { freePorts } from './ports.js'

/** A target by its address alone. */
export const redisAt = (to: string, more: Partial<RedisTarget> = {}): RedisTarget => {
  const address = readRedisAddress(to)
  if (!address) throw new Error(`${to} is no address`)
  const tls = { ca: undefined, cert: undefined, key: undefined }
  return { address, password: undefined, tls, isCluster: false, sentinel: undefined, ...more }
}

export interface RedisServer {
  /** Its addresses: plain, over TLS, and its socket. */
  readonly to: string
  readonly tls: string
  readonly unix: string
  readonly port: number
  readonly dir: string
  /** The file of its certificate, for `localhost`; and its text. */
  readonly caFile: string
  readonly ca: string
  /** Sends one command by the socket. */
  readonly do: (...command: readonly [name: string, ...args: (string | Buffer)[]]) => Promise<RedisReply>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Kills it, and resolves when it is gone. */
  readonly kill: () => Promise<unknown>
  /** Starts it again, with the same data and ports. */
  readonly start: () => Promise<void>
}

const never = new AbortController().signal

/** Time between two checks whether it answers. */
const lookMs = 20

/** Starts redis-server, and resolves when it answers. @param more arguments for it */
export const startRedis = async (t: Test, ...more: readonly string[]): Promise<RedisServer> => {
  const dir = socketFolder(t)
  const [port = 0, tlsPort = 0] = await freePorts(2)
  const unix = join(dir, 'redis.sock')
  const caFile = join(dir, 'cert.pem')
  const { cert, key } = certificateFor('localhost')
  writeFileSync(caFile, cert)
  writeFileSync(join(dir, 'key.pem'), key)
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', unix, '--dir', dir, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--tls-port', String(tlsPort)],
    ...['--tls-cert-file', caFile, '--tls-key-file', join(dir, 'key.pem'), '--tls-ca-cert-file', caFile],
    ...['--tls-auth-clients', 'optional', ...more],
  ]
  const [, password] = /--requirepass (\S+)/.exec(more.join(' ')) ?? []
  const redis = openRedis(redisAt(`unix://${unix}`, { password }), systemClock)
  t.teardown(() => redis.close())
  const ask = async (...command: readonly [string, ...(string | Buffer)[]]): Promise<RedisReply> =>
    (await redis.send('', [command], never))[0] ?? null
  let server: Started | undefined
  const start = async (): Promise<void> => {
    server = started(spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] }))
    while (!(await ask('PING').catch(() => false))) {
      if (server.child.exitCode !== null) throw new Error(await server.says(''))
      await pause(lookMs)
    }
  }
  await start()
  t.teardown(() => server?.end('SIGKILL'))
  return {
    ...{ to: `redis://127.0.0.1:${port}`, tls: `rediss://localhost:${tlsPort}`, unix: `unix://${unix}` },
    ...{ port, dir, caFile, ca: cert, do: ask, start },
    signal: signal => void server?.child.kill(signal),
    kill: async () => server?.end('SIGKILL'),
  }
}
