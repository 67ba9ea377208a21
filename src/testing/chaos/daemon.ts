/** Starts, signals and kills the daemon of a script. Each wait ends with its condition, or with a clear error. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { startCutOff, type CutOff } from './cut-off.js'
import type { Moment } from './script.js'
import type { World } from './world.js'

/** A wait longer than this fails. */
const patienceMs = 60_000
/** Time between two checks of a condition. */
const lookMs = 5
/** Characters of the end of its output in an error. */
const saidMax = 2_000

export class Daemon {
  readonly #data: string
  /** The folder of the control files of its process. */
  readonly #root: string
  /** Reads the output. Returns true when it has all records that must be in it. */
  readonly #look: () => { readonly isSettled: boolean; readonly records: number }
  #process: CutOff | undefined
  #locks: Promise<void>[] = []
  kills = 0
  starts = 0
  /** Starts that recovered an incomplete append. */
  recoveries = 0
  /** Logs that it reported as lost. */
  reportedLost = 0
  /** Records that it reported as dropped: they are not sent to the sink. */
  reportedDropped = 0

  constructor(
    { data, root }: Pick<World, 'data' | 'root'>,
    look: () => { readonly isSettled: boolean; readonly records: number },
  ) {
    this.#data = data
    this.#root = root
    this.#look = look
  }

  get isUp(): boolean {
    return this.#process !== undefined
  }

  start(): void {
    if (this.#process) return
    this.#process = startCutOff(this.#root, 'run', '--data', this.#data)
    this.starts += 1
  }

  /** Waits for a condition; fails if the daemon ends meanwhile. */
  async #until(what: string, test: () => boolean): Promise<void> {
    const end = Date.now() + patienceMs
    while (!test()) {
      const { child, says } = this.#process ?? {}
      const ended = child?.exitCode ?? child?.signalCode ?? undefined
      if (ended === 'SIGHUP') await this.#again()
      else if (ended === 'SIGKILL') return
      else if (ended !== undefined || Date.now() > end) {
        const said = (await says?.(''))?.slice(-saidMax) ?? ''
        throw new Error(`not ${what} ${ended === undefined ? `in ${patienceMs} ms` : `(${ended})`}: ${said}`)
      }
      await pause(lookMs)
    }
  }

  /** A SIGHUP before the program has set its handler ends it. */
  async #again(): Promise<void> {
    await this.#end('SIGKILL')
    this.start()
  }

  /** Waits until all records that must be in the output are. Does not wait while the daemon is down. */
  async settle(): Promise<void> {
    if (this.isUp) await this.#until('settled', () => this.#look().isSettled)
  }

  /** Sends SIGKILL at that moment, or when there is nothing more to write. */
  async kill(after: Moment): Promise<void> {
    if (!this.#process) return
    if ('ms' in after) await pause(after.ms)
    else if ('share' in after) {
      this.#process.cut(after.share)
      await this.#until('killed', () => this.#look().isSettled)
    } else {
      const target = this.#look().records + after.records
      await this.#until('written', () => {
        const { isSettled, records } = this.#look()
        return isSettled || records >= target
      })
    }
    const code = await this.#end('SIGKILL')
    if (code !== 'SIGKILL' && code !== 'SIGHUP')
      throw new Error(`killed, and ended by itself (${String(code)})`)
    this.kills += 1
  }

  /** Sends SIGTERM. The exit code must be 0, unless it came before the program had set its handler. */
  async stop(): Promise<void> {
    if (!this.#process) return
    const { says } = this.#process
    const code = await this.#end('SIGTERM')
    if (code !== 0 && code !== 'SIGTERM' && code !== 'SIGHUP')
      throw new Error(`SIGTERM, and the exit code is ${String(code)}: ${await says('')}`)
  }

  async #end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | undefined> {
    const daemon = this.#process
    this.#process = undefined
    if (!daemon) return undefined
    const code = await daemon.end(signal)
    const said = await daemon.says('')
    if (said.includes('output-recovered')) this.recoveries += 1
    this.reportedLost += said.split('"input-lost"').length - 1
    for (const [, records] of said.matchAll(/"kind":"sink-dropped","sink":"siem","records":(\d+)/g))
      this.reportedDropped += Number(records)
    return code ?? undefined
  }

  hup(): void {
    this.#process?.child.kill('SIGHUP')
  }

  /** Locks the database for a while, as another process does. */
  lock(ms: number): void {
    this.#locks.push(holdLock(join(this.#data, 'domainstats.sqlite'), ms))
  }

  /** Waits until all locks are released. */
  async unlocked(): Promise<void> {
    await Promise.all(this.#locks)
    this.#locks = []
  }
}

const holdLock = async (path: string, ms: number): Promise<void> => {
  const db = new Database(path, { timeout: 100 })
  try {
    db.exec('BEGIN IMMEDIATE')
    await pause(ms)
    db.exec('ROLLBACK')
  } catch {
    // The daemon writes without a pause, so there is no lock this time.
  } finally {
    db.close()
  }
}
