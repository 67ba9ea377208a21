/** Measures what a claim costs one master, and what a domain takes there, with hashes of a given size. */
import { join } from 'node:path'
import { claimsAtOnce } from '../../src/limits.js'
import { claimCall, claimReplies } from '../../src/shared/claim-call.js'
import { inParts } from '../../src/shared/in-parts.js'
import { claimScript } from '../../src/shared/scripts.js'
import { SharedStore } from '../../src/shared/store.js'
import { systemClock } from '../../src/time/clock.js'
import { workFolder } from '../program.js'
import { claimAt } from './claims.js'
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
  let answered = 0
  const claim = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += claimsAtOnce) {
      const keys = new Map<string, string>()
      const claims = Array.from({ length: Math.min(claimsAtOnce, to - at) }, (_, n) => claimAt(at + n))
      for (const [n, { domain }] of claims.entries()) keys.set(domain, store.keys.claimsIn((at + n) % hashes))
      const parts = inParts(claims, perCall)
      const calls = parts.map(part => claimCall(part, domain => keys.get(domain) ?? ''))
      await store.runEach('claim', claimScript, calls, (nth, reply) => {
        answered += claimReplies(reply, parts[nth]?.length ?? 0).filter(({ answer }) => answer?.owns).length
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
