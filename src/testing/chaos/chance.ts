/** A random generator with a seed: the same numbers in each run (mulberry32). */
export interface Chance {
  /** From 0 to below 1. */
  readonly next: () => number
  /** A whole number from `from` to `to`, both included. */
  readonly between: (from: number, to: number) => number
  readonly likely: (probability: number) => boolean
  readonly oneOf: <const T>(choices: readonly [T, ...T[]]) => T
}

export const chanceFrom = (seed: number): Chance => {
  const next = (): number => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    likely: probability => next() < probability,
    oneOf: choices => choices[Math.floor(next() * choices.length)] ?? choices[0],
  }
}
