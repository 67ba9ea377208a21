/** Runs the program as a process, as users do, and measures its costs. Needs the build in dist/. */
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import * as z from 'zod'
import { start } from '../src/testing/process.js'

/** A folder that is removed when the bench ends, together with all processes that it has started. */
export const workFolder = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'domainstats-bench-'))
  process.once('exit', () => rmSync(root, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  return root
}

export interface Program {
  readonly pid: number
  /** Its output until it was ready. */
  readonly said: string
  readonly end: (signal: NodeJS.Signals) => Promise<void>
}

/**
 * Starts `domainstats run`.
 *
 * @param settings the content of domainstats.yaml: JSON is YAML, too
 * @param ready the pattern in its output that shows that it is ready
 * @throws Error if it ends before that
 */
export const run = async (
  dir: string,
  settings: object,
  flags: readonly string[],
  ready: string | RegExp,
): Promise<Program> => {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify(settings))
  const { child, says, end } = start('run', '--data', dir, ...flags)
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the program ended at once')))
  died.catch(() => undefined)
  const said = await Promise.race([says(ready), died])
  return {
    pid: z.number().parse(child.pid),
    said,
    end: async signal => {
      await end(signal)
      process.off('exit', kill)
    },
  }
}

/**
 * Imports registrations of long ago.
 *
 * @throws Error if the program does not accept all of them
 */
export const importNames = async (dir: string, names: readonly string[]): Promise<void> => {
  const file = join(dir, 'known.csv')
  mkdirSync(dir, { recursive: true })
  const lines = names.map(name => `${name},2001-01-01,2040-01-01\n`)
  writeFileSync(file, ['domain,created,expires\n', ...lines].join(''))
  const { child, says } = start('import', file, '--data', dir)
  await once(child, 'close')
  const said = await says('')
  if (!said.includes(`${names.length} registrations imported`)) throw new Error(said)
}

/** USER_HZ, in which proc(5) counts, is 100 on each platform that Node runs on. */
const microsPerTick = 10_000

/** CPU time of a process, with all its threads, in µs; undefined without /proc. */
export const cpuMicros = (pid: number): number | undefined => {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return undefined
  // The second field is the name of the program, which may hold any character; utime and stime are the 14th and 15th.
  const fields = readFileSync(path, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * microsPerTick
}

/** The peak memory of a process, in MiB; NaN without /proc. */
export const peakMiB = (pid: number): number => {
  const path = `/proc/${pid}/status`
  const status = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
}
