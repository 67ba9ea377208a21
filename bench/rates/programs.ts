/** Runs a program from beginning to end, and measures it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { program } from '../../src/testing/process.js'
import { peakMiB } from '../program.js'

/** How often the peak memory of a process is read, which cannot be read after its end. */
const lookMs = 20

export interface Ran {
  /** Wall time from its start to its end. */
  readonly seconds: number
  /** The most memory that it had (VmHWM). */
  readonly peakMiB: number
  /** Its stderr. */
  readonly said: string
  /** Its stdout, if `keep` is set. */
  readonly output: string
}

/**
 * Runs a command. Returns undefined if there is no such program.
 *
 * @param keep keeps its stdout; otherwise it goes to /dev/null
 * @throws Error if it fails
 */
export const ran = async (
  command: string,
  args: readonly string[],
  keep = false,
): Promise<Ran | undefined> => {
  const begun = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', keep ? 'pipe' : 'ignore', 'pipe'] })
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  let [said, output, peak, missing] = ['', '', NaN, false]
  child.stderr?.on('data', (piece: Buffer) => (said += piece.toString()))
  child.stdout?.on('data', (piece: Buffer) => (output += piece.toString('latin1')))
  child.on('error', () => (missing = true))
  const look = () => {
    if (child.pid === undefined) return
    const now = peakMiB(child.pid)
    if (!Number.isNaN(now)) peak = now
  }
  const looking = setInterval(look, lookMs)
  // A missing program emits `error`, and closes with a negative code.
  await once(child, 'close').catch(() => undefined)
  const seconds = (performance.now() - begun) / 1000
  clearInterval(looking)
  process.off('exit', kill)
  if (missing) return undefined
  if (child.exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: ${said}`)
  return { seconds, peakMiB: peak, said, output }
}

/**
 * Runs a command of domainstats.
 *
 * @throws Error if it fails
 */
export const domainstats = async (...args: readonly string[]): Promise<Ran> => {
  const done = await ran(process.execPath, [program, ...args], true)
  if (!done) throw new Error(`${process.execPath} is missing`)
  return done
}
