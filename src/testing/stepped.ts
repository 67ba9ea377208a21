/** Runs the program as a process whose clock a test sets forward or back. As on a host, the monotonic clock is not affected. */
import { renameSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { startPreloaded } from './preloaded.js'
import type { Started } from './process.js'

/** Loaded before the program: adds the milliseconds in the file CLOCK_STEP to the time. */
const module = `
import fs from 'node:fs'
const now = Date.now
Date.now = () => now() + Number(fs.readFileSync(process.env.CLOCK_STEP, 'utf8'))
`

export interface Stepped extends Started {
  /** Sets the clock to the true time plus `ms`. */
  readonly step: (ms: number) => void
}

/**
 * @param file the file that holds the step
 * @param ms the step at the start
 */
export const startStepped = (t: Test, file: string, ms: number, ...args: readonly string[]): Stepped => {
  // By a rename: the program reads the file whenever it reads the clock.
  const step = (by: number) => {
    writeFileSync(`${file}.new`, String(by))
    renameSync(`${file}.new`, file)
  }
  step(ms)
  return { ...startPreloaded(t, module, { CLOCK_STEP: file }, ...args), step }
}
