/** Runs the program in a data folder of its own, with one log to follow. */
import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { peakMiB, run } from '../program.js'
import { zeekLog } from './names.js'

export interface Daemon {
  /** The sensor writes so many lines at once. */
  readonly write: (lines: string) => void
  /** Resolves when `enough` says so of new records, a piece of the output at a time, or of their number up to now. */
  readonly writes: (enough: (records: string, count: number) => boolean) => Promise<void>
  /** Its peak memory, in MiB. */
  readonly peakMiB: () => number
  readonly end: (signal?: NodeJS.Signals) => Promise<void>
}

/** @param settings the content of domainstats.yaml */
export const openDaemon = async (dir: string, settings: object): Promise<Daemon> => {
  const log = join(dir, 'dns.log')
  mkdirSync(dir, { recursive: true })
  // An empty log is not opened, so it gets a line. This name is skipped, and changes nothing.
  writeFileSync(log, zeekLog(['localhost']))
  const { pid, end } = await run(dir, { poll_seconds: 0.1, ...settings }, ['--zeek', log], 'input-opened')
  const output = follow(join(dir, 'domainstats.log'))
  return {
    write: lines => appendFileSync(log, lines),
    writes: async enough => {
      for (;;) {
        const records = output.read()
        if (enough(records, output.count())) return
        await sleep(10)
      }
    },
    peakMiB: () => peakMiB(pid),
    end: (signal = 'SIGTERM') => end(signal),
  }
}

/** Reads the whole lines that were appended to a file since the last time. */
const follow = (path: string) => {
  let at = 0
  let count = 0
  const read = (): string => {
    const file = openSync(path, 'a+')
    const bytes = Buffer.alloc(fstatSync(file).size - at)
    readSync(file, bytes, 0, bytes.length, at)
    closeSync(file)
    const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1).toString('latin1')
    at += whole.length
    count += whole.split('\n').length - 1
    return whole
  }
  return { read, count: () => count }
}
