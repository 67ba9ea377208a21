/** A redis-server on loopback for a bench. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { openRedis, type Redis, type RedisReply } from '../../src/redis/client.js'
import { endWithTest } from '../../src/testing/process.js'
import { redisAt } from '../../src/testing/redis.js'
import { freePorts } from '../../src/testing/ports.js'
import { systemClock } from '../../src/time/clock.js'

const never = new AbortController().signal

export interface Server {
  readonly url: string
  readonly redis: Redis
  readonly ask: (...command: readonly [string, ...string[]]) => Promise<RedisReply>
  /** A figure of INFO. */
  readonly figure: (section: string, name: string) => Promise<number>
  readonly end: () => void
}

/** Starts it with the settings of docs/fleet.md. @param root the folder below which it keeps its data */
export const startServer = async (root: string): Promise<Server> => {
  const dir = join(root, 'redis')
  mkdirSync(dir, { recursive: true })
  const [port = 0] = await freePorts(1)
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--appendonly',
    'yes',
  ]
  const child = endWithTest(spawn('redis-server', args, { stdio: 'ignore' }))
  const url = `redis://127.0.0.1:${port}`
  const redis = openRedis(redisAt(url), systemClock)
  const ask: Server['ask'] = async (...command) => (await redis.send('', [command], never))[0] ?? null
  while (!(await ask('PING').catch(() => false))) await pause(20)
  return {
    ...{ url, redis, ask },
    figure: async (section, name) =>
      Number(new RegExp(`${name}:([\\d.]+)`).exec(String(await ask('INFO', section)))?.[1]),
    end: () => {
      redis.close()
      child.kill('SIGKILL')
    },
  }
}
