/** A fuzz target: a generator of inputs, and a property that each must fulfil. */
import { cpuUsage } from 'node:process'
import fc from 'fast-check'

/** Throws or rejects if the property does not hold. */
export type Holds<T> = (value: T) => unknown

export interface Target extends TargetOptions {
  readonly name: string
  readonly check: (parameters: FuzzParameters) => Promise<Outcome>
}

interface TargetOptions {
  /** How much more one run costs than one of a pure reader: some need a socket or a file. */
  readonly weight: number
  /** Closes what the runs share. */
  readonly close: () => Promise<void> | void
}

export interface FuzzParameters {
  readonly seed: number
  readonly runs: number
  /** Goes straight to a counterexample that was found before. */
  readonly path?: string | undefined
}

export interface Outcome {
  readonly runs: number
  /** Seed, path, the smallest counterexample and the error; undefined where none was found. */
  readonly failure: string | undefined
}

/**
 * The most CPU time that one input may take, in ms. The largest input has some 100 KB and should take less than a tenth of
 * it; code of quadratic complexity takes longer.
 */
const cpuMsMax = 1_000

const cpuMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = cpuUsage(since)
  return (user + system) / 1000
}

/** Fails an input that takes too long twice: the first time the compiler or the garbage collector may be the cause. */
const inTime =
  <T>(holds: Holds<T>) =>
  async (value: T): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const before = cpuUsage()
      await holds(value)
      const ms = cpuMs(before)
      if (ms <= cpuMsMax) return
      if (attempt === 2) throw new Error(`it takes ${Math.round(ms)} ms of CPU time`)
    }
  }

/** A counterexample as an expression of TypeScript, with bytes as latin1. */
const shown = (value: unknown): string => {
  if (Buffer.isBuffer(value)) return `Buffer.from(${JSON.stringify(value.toString('latin1'))}, 'latin1')`
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  return fc.stringify(value)
}

/** Makes a target. */
export const target = <T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  holds: Holds<T>,
  options: TargetOptions = { weight: 1, close: () => undefined },
): Target => ({
  name,
  ...options,
  check: async ({ seed, runs, path }) => {
    const property = fc.asyncProperty(arbitrary, inTime(holds))
    const details = await fc.check(property, { seed, numRuns: runs, ...(path !== undefined && { path }) })
    const { failed, counterexample, counterexamplePath, errorInstance } = details
    const failure = `seed ${seed}, path ${counterexamplePath}: ${String(errorInstance)}\n${shown(counterexample)}`
    return { runs: details.numRuns, failure: failed ? failure : undefined }
  },
})

/** @throws Error that says what does not hold */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}
