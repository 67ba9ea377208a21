/** The program as a process whose clock is set, forward or back, while it runs. What measures time is not: as on a host. */
import { renameSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { startPreloaded } from './preloaded.js'
import type { Started } from './process.js'

/** Loaded before the program: the time is so many milliseconds off as the file says. */
const module = `
import fs from 'node:fs'
const now = Date.now
Date.now = () => now() + Number(fs.readFileSync(process.env.CLOCK_STEP, 'utf8'))
`

export interface Stepped extends Started {
  /** Sets the clock to the true time and so many milliseconds. */
  readonly step: (ms: number) => void
}

/** @param file where the step is told @param ms the step at the start */
export const startStepped = (t: Test, file: string, ms: number, ...args: readonly string[]): Stepped => {
  // In one step: the program reads the file whenever it asks for the time.
  const step = (by: number) => {
    writeFileSync(`${file}.new`, String(by))
    renameSync(`${file}.new`, file)
  }
  step(ms)
  return { ...startPreloaded(t, module, { CLOCK_STEP: file }, ...args), step }
}
