/** Measures what a claim costs one master, and what a domain takes there, with hashes of a given size. */
import { createHash } from 'node:crypto'
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

/** One claim a call, as in a Cluster. @param perHash domains in each hash; half of them are there before the claims are measured */
export const measureMaster = async (perHash: number): Promise<MasterCosts> => {
  const { redis, figure, end } = await startServer(workFolder())
  const cpu = async (): Promise<number> =>
    (await figure('cpu', 'used_cpu_user')) + (await figure('cpu', 'used_cpu_sys'))
  const store = new SharedStore({
    ...{ redis, prefix: 'bench', clock: systemClock, telemetry: () => undefined, signal: never },
  })
  await store.link.connect()
  const claimOf = (at: number): Claim => {
    const digest = createHash('sha256').update(String(at)).digest('hex')
    const domain = `${digest.slice(0, 8 + (at % 8))}.com`
    return { domain, id: digest.slice(0, 32), sensor: digest.slice(32, 48), seen: at, kind: 'live' }
  }
  let answered = 0
  const claim = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += claimsAtOnce) {
      const calls = Array.from({ length: Math.min(claimsAtOnce, to - at) }, (_, n) =>
        claimCall([claimOf(at + n)], () => store.keys.claimsIn((at + n) % hashes)),
      )
      await store.runEach('claim', claimScript, calls, (_, reply) => {
        answered += claimReplies(reply, 1).filter(({ answer }) => answer?.owns).length
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
