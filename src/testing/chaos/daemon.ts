/** The daemon of a script: started, told things and killed. Each wait ends with a condition, or with a clear error. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { startCutOff, type CutOff } from './cut-off.js'
import type { Moment } from './script.js'
import type { World } from './world.js'

/** A condition that does not come true within this time never will. */
const patienceMs = 60_000
/** Between two looks at a condition. */
const lookMs = 5
/** Of what it said, in characters: the end. */
const saidMax = 2_000

export class Daemon {
  readonly #data: string
  /** Where the files are by which its process is told what happens to it. */
  readonly #root: string
  /** Looks at the output; true when all that must be in it is. */
  readonly #look: () => { readonly isSettled: boolean; readonly records: number }
  #process: CutOff | undefined
  #locks: Promise<void>[] = []
  kills = 0
  starts = 0
  /** Lives that began with the rest of an append. */
  recoveries = 0
  /** Logs that it said were lost. */
  toldLost = 0
  /** Records that it said it has dropped, and will not send to the sink. */
  toldDropped = 0

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

  /** Waits for a condition; the daemon has to live meanwhile. */
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

  /** A SIGHUP that came before the program listened has ended it. */
  async #again(): Promise<void> {
    await this.#end('SIGKILL')
    this.start()
  }

  /** Until all is in the output that must be. Not at all while the daemon is down. */
  async settle(): Promise<void> {
    if (this.isUp) await this.#until('settled', () => this.#look().isSettled)
  }

  /** SIGKILL at that moment, or when there is nothing more to write. */
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

  /** SIGTERM: an end in good order, unless it came before the program could listen. */
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
    this.toldLost += said.split('"input-lost"').length - 1
    for (const [, records] of said.matchAll(/"kind":"sink-dropped","sink":"siem","records":(\d+)/g))
      this.toldDropped += Number(records)
    return code ?? undefined
  }

  hup(): void {
    this.#process?.child.kill('SIGHUP')
  }

  /** Another process writes to the database for a while. */
  lock(ms: number): void {
    this.#locks.push(holdLock(join(this.#data, 'domainstats.sqlite'), ms))
  }

  /** Until nobody holds a lock. */
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
    // The daemon writes without a pause: no lock this time.
  } finally {
    db.close()
  }
}
