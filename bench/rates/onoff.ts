/** Reads the same log in two ways by turns, in each round of a bench: what one of them costs. */
import { rmSync, writeFileSync } from 'node:fs'
import { eachRound, type Bench } from './bench.js'
import { linesRead, scan } from './folders.js'

export interface TwoWays {
  /** Prepared folders. */
  readonly on: string
  readonly off: string
  /** Where copies of them go. */
  readonly data: string
  readonly log: string
  readonly lines: number
  /** Takes off what a scan of an empty log takes: a daemon starts once in weeks. */
  readonly isWithoutStart?: boolean
}

/** By round. */
export interface TwoRates {
  /** Lines a second. */
  readonly on: number[]
  readonly off: number[]
  /** Of `on`. */
  readonly peakMiB: number[]
}

/**
 * @param beside what else is measured in each round
 * @throws Error if a line was not read
 */
export const readBothWays = async (
  bench: Bench,
  { on, off, data, log, lines, isWithoutStart = false }: TwoWays,
  beside: () => Promise<void> = () => Promise.resolve(),
): Promise<TwoRates> => {
  const rates: TwoRates = { on: [], off: [], peakMiB: [] }
  const empty = `${log}.empty`
  writeFileSync(empty, '')
  await eachRound(bench, async () => {
    for (const [folder, found] of [
      [on, rates.on],
      [off, rates.off],
    ] as const) {
      const done = await scan(folder, data, log)
      if (linesRead(done) < lines) throw new Error(`${log}: lines are missing: ${done.said}`)
      const start = isWithoutStart ? (await scan(folder, data, empty)).seconds : 0
      found.push(lines / (done.seconds - start))
      if (folder === on) rates.peakMiB.push(done.peakMiB)
    }
    await beside()
  })
  for (const path of [on, off, data, log, empty]) rmSync(path, { recursive: true, force: true })
  return rates
}
