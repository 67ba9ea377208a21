/** A redis-server on loopback for a bench. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { openRedis, type Redis, type RedisReply } from '../../src/redis/client.js'
import { endWithTest } from '../../src/testing/process.js'
import { redisAt } from '../../src/testing/redis.js'
import { freePort } from '../../src/testing/ports.js'
import { systemClock } from '../../src/time/clock.js'

const never = new AbortController().signal

export interface Server {
  readonly port: number
  readonly url: string
  readonly redis: Redis
  readonly ask: (...command: readonly [string, ...string[]]) => Promise<RedisReply>
  /** A figure of INFO. */
  readonly figure: (section: string, name: string) => Promise<number>
  readonly end: () => void
}

/**
 * Starts it with the settings of docs/fleet.md.
 *
 * @param root the folder below which it keeps its data
 * @param more arguments for it
 */
export const startServer = async (root: string, more: readonly string[] = []): Promise<Server> => {
  const dir = join(root, 'redis')
  mkdirSync(dir, { recursive: true })
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '']
  const all = [...args, '--appendonly', 'yes', ...more]
  const child = endWithTest(spawn('redis-server', all, { stdio: 'ignore' }))
  const url = `redis://127.0.0.1:${port}`
  const redis = openRedis(redisAt(url), systemClock)
  const ask: Server['ask'] = async (...command) => (await redis.send('', [command], never))[0] ?? null
  while (!(await ask('PING').catch(() => false))) await pause(20)
  return {
    ...{ port, url, redis, ask },
    figure: async (section, name) =>
      Number(new RegExp(`${name}:([\\d.]+)`).exec(String(await ask('INFO', section)))?.[1]),
    end: () => {
      redis.close()
      child.kill('SIGKILL')
    },
  }
}
