/** The program as its users run it, in a data folder of its own, with one log to follow. */
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../../src/testing/process.js'
import { zeekLog } from './names.js'

export interface Daemon {
  /** The sensor writes so many lines at once. */
  readonly write: (lines: string) => void
  /** Resolves when `enough` says so of new records, a piece of the output at a time, or of their number up to now. */
  readonly writes: (enough: (records: string, count: number) => boolean) => Promise<void>
  /** The most memory that it ever had, in MiB. */
  readonly peakMiB: () => number
  readonly end: (signal?: NodeJS.Signals) => Promise<void>
}

/** @param settings as in domainstats.yaml: JSON is YAML, too */
export const openDaemon = async (dir: string, settings: object): Promise<Daemon> => {
  const log = join(dir, 'dns.log')
  mkdirSync(dir, { recursive: true })
  // An empty log is not opened yet. This name is nobody's business and leaves no trace.
  writeFileSync(log, zeekLog(['localhost']))
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify({ poll_seconds: 0.1, ...settings }))
  const daemon = start('run', '--data', dir, '--zeek', log)
  const kill = () => void daemon.child.kill('SIGKILL')
  process.once('exit', kill)
  const died = once(daemon.child, 'exit').then(() => Promise.reject(new Error('the daemon ended at once')))
  await Promise.race([daemon.says('input-opened'), died])
  died.catch(() => undefined)
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
    peakMiB: () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8'))?.[1]) / 1024,
    end: async (signal = 'SIGTERM') => {
      await daemon.end(signal)
      process.off('exit', kill)
    },
  }
}

/** Registrations that are known already. */
export const importNames = async (dir: string, names: Iterable<string>): Promise<void> => {
  const file = join(dir, 'known.csv')
  mkdirSync(dir, { recursive: true })
  writeFileSync(file, [...names].map(name => `${name},2001-01-01,2040-01-01\n`).join(''))
  await once(start('import', file, '--data', dir).child, 'exit')
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
