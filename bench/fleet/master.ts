/** Measures what a claim costs one master, and what a domain takes there, with hashes of a given size. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { claimsAtOnce, claimsSettleMs } from '../../src/limits.js'
import { openRedis, type RedisReply } from '../../src/redis/client.js'
import { claimScript } from '../../src/shared/scripts.js'
import { SharedStore } from '../../src/shared/store.js'
import { endWithTest } from '../../src/testing/process.js'
import { redisAt } from '../../src/testing/redis.js'
import { freePorts } from '../../src/testing/rsyslog.js'
import { systemClock } from '../../src/time/clock.js'
import { workFolder } from '../program.js'

const never = new AbortController().signal
/** Hashes that are filled. Their number does not matter, as long as they do not fit into the caches of the CPU. */
const hashes = 1_024

export interface MasterCosts {
  /** CPU time of the server, µs. */
  readonly claimMicros: number
  /** Of its memory. */
  readonly bytes: number
}

/** @param perHash domains in each hash; half of them are there before the claims are measured */
export const measureMaster = async (perHash: number): Promise<MasterCosts> => {
  const dir = workFolder()
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
  const redis = openRedis(redisAt(`redis://127.0.0.1:${port}`), systemClock)
  const ask = async (...command: readonly [string, ...string[]]): Promise<RedisReply> =>
    (await redis.send('', [command], never))[0] ?? null
  while (!(await ask('PING').catch(() => false))) await pause(20)
  const figure = async (section: string, name: string): Promise<number> =>
    Number(new RegExp(`${name}:([\\d.]+)`).exec(String(await ask('INFO', section)))?.[1])
  const cpu = async (): Promise<number> =>
    (await figure('cpu', 'used_cpu_user')) + (await figure('cpu', 'used_cpu_sys'))
  const store = new SharedStore({
    ...{ redis, prefix: 'bench', clock: systemClock, telemetry: () => undefined, signal: never },
  })
  await store.link.connect()
  const callOf = (at: number) => {
    const digest = createHash('sha256').update(String(at)).digest()
    const name = `${digest.toString('hex', 0, 8).slice(0, 8 + (at % 8))}.com`
    return {
      key: store.keys.claimsIn(at % hashes),
      args: [
        'live',
        name,
        digest.subarray(0, 16),
        digest.subarray(16, 24),
        String(at),
        String(claimsSettleMs),
      ],
    }
  }
  let answered = 0
  const claim = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += claimsAtOnce) {
      const calls = Array.from({ length: Math.min(claimsAtOnce, to - at) }, (_, n) => callOf(at + n))
      await store.runEach('claim', claimScript, calls, () => (answered += 1))
    }
  }
  const all = hashes * perHash
  const half = Math.round(all / 2)
  const memoryBefore = await figure('memory', 'used_memory')
  await claim(0, half)
  const cpuBefore = await cpu()
  await claim(half, all)
  const claimMicros = (((await cpu()) - cpuBefore) * 1e6) / (all - half)
  const bytes = ((await figure('memory', 'used_memory')) - memoryBefore) / all
  if (answered !== all) throw new Error(`${answered} of ${all} claims were answered`)
  redis.close()
  child.kill('SIGKILL')
  return { claimMicros, bytes }
}
