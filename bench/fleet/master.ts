/** Measures what a claim costs one master, and what a domain takes there, with hashes of a given size. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { claimsAtOnce } from '../../src/limits.js'
import { claimCall, claimReplies } from '../../src/shared/claim-call.js'
import { claimScript } from '../../src/shared/scripts.js'
import type { Claim } from '../../src/shared/shared.js'
import { SharedStore } from '../../src/shared/store.js'
import { systemClock } from '../../src/time/clock.js'
import { workFolder } from '../program.js'
import { startServer } from './server.js'

const never = new AbortController().signal
/** Hashes that are filled. Their number does not matter, as long as they do not fit into the caches of the CPU. */
const hashes = 1_024

export interface MasterCosts {
  /** CPU time of the server, µs. */
  readonly claimMicros: number
  /** Of its memory. */
  readonly bytes: number
}

/**
 * @param perHash domains in each hash; half of them are there before the claims are measured
 * @param perCall claims in a call
 */
export const measureMaster = async (perHash: number, perCall: number): Promise<MasterCosts> => {
  const { redis, figure, end } = await startServer(join(workFolder(), String(perCall)))
  const cpu = async (): Promise<number> =>
    (await figure('cpu', 'used_cpu_user')) + (await figure('cpu', 'used_cpu_sys'))
  const store = new SharedStore({
    ...{ redis, prefix: 'bench', clock: systemClock, telemetry: () => undefined, signal: never },
  })
  await store.link.connect()
  const claimOf = (at: number): Claim => {
    const digest = createHash('sha256').update(String(at)).digest('hex')
    // The number keeps them apart.
    const domain = `${digest.slice(0, 4 + (at % 8))}${at.toString(36).padStart(4, '0')}.com`
    return { domain, id: digest.slice(0, 32), sensor: digest.slice(32, 48), seen: at, kind: 'live' }
  }
  let answered = 0
  const claim = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += claimsAtOnce) {
      const keys = new Map<string, string>()
      const claims = Array.from({ length: Math.min(claimsAtOnce, to - at) }, (_, n) => claimOf(at + n))
      for (const [n, { domain }] of claims.entries()) keys.set(domain, store.keys.claimsIn((at + n) % hashes))
      const calls = Array.from({ length: Math.ceil(claims.length / perCall) }, (_, nth) =>
        claimCall(claims.slice(nth * perCall, (nth + 1) * perCall), domain => keys.get(domain) ?? ''),
      )
      await store.runEach('claim', claimScript, calls, (nth, reply) => {
        const count = Math.min(perCall, claims.length - nth * perCall)
        answered += claimReplies(reply, count).filter(({ answer }) => answer?.owns).length
      })
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
  end()
  return { claimMicros, bytes }
}
