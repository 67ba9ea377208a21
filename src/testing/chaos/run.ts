/** Runs a script with real files and the real daemon. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { receiveUnix, type Receiver } from '../receivers.js'
import { Daemon } from './daemon.js'
import { Host } from './host.js'
import { Judge, type Judgement } from './judge.js'
import { linesOf, namesFor, type Line, type Names } from './lines.js'
import type { SensorLog } from './log.js'
import { Model } from './model.js'
import { OutputFiles } from './output.js'
import { passiveFaults } from './passive.js'
import { openScriptRegistry, type ScriptRegistry } from './registry.js'
import type { Action, LogAction, Script } from './script.js'
import { isPassive, openWorld, type Sensor, type World } from './world.js'

export interface RunOptions {
  /** Files that were moved to another folder before they were read must be found there. */
  readonly elsewhere: boolean
}

export class Run {
  readonly world: World
  readonly #model = new Model()
  readonly #names: Names
  readonly #judge: Judge
  /** Undefined: without events of the host. */
  readonly #host: Host | undefined
  readonly #output: OutputFiles
  readonly #daemon: Daemon
  readonly #logs: readonly { readonly log: SensorLog; readonly sensor: Sensor }[]
  readonly #options: RunOptions
  readonly #isPassive: boolean
  readonly #done = {
    ...{ rotations: 0, truncations: 0, deletions: 0, packed: 0, archived: 0 },
    ...{ switches: 0, 'switched while down': 0 },
  }
  #receiver: Receiver | undefined
  #questions = 0
  #faults: readonly string[] = []

  static async open(script: Script, options: RunOptions): Promise<Run> {
    const lookups = script.host?.lookups === true
    return new Run(script, options, lookups ? await openScriptRegistry(script.seed) : undefined)
  }

  private constructor(script: Script, options: RunOptions, registry: ScriptRegistry | undefined) {
    this.#options = options
    this.#isPassive = isPassive(script)
    this.#names = namesFor(registry !== undefined)
    this.#judge = new Judge(this.#model, this.#names)
    this.world = openWorld(script, this.#model, registry?.url)
    this.#host = script.host && new Host(this.world, registry)
    this.#output = new OutputFiles(this.world.output, (line, file) => this.#judge.take(line, file))
    this.#daemon = new Daemon(this.world, () => {
      this.#output.look()
      return { isSettled: this.#model.waiting.size === 0, records: this.#output.lines }
    })
    this.#logs = this.world.sensors.flatMap(sensor => sensor.logs.map(log => ({ log, sensor })))
  }

  #lines({ plan }: Sensor, count: number): Line[] {
    return Array.from({ length: count }, () => {
      const question = this.#questions++
      return linesOf(plan.format, question, this.#names.nameOf(question))
    }).flat()
  }

  /** Writes the first lines of each log, and lets the daemon read them: logs rotated before are not to be read. */
  async begin(): Promise<void> {
    this.#receiver = await receiveUnix(this.world.sink)
    for (const { log, sensor } of this.#logs) log.append(this.#lines(sensor, 3), 0)
    this.#daemon.start()
    await this.#daemon.settle()
  }

  async do(action: Action): Promise<void> {
    if ('log' in action) {
      const found = this.#logs[action.log]
      if (found) await this.#doToLog(action, found.log, found.sensor)
    } else if (action.do === 'start') this.#daemon.start()
    else if (action.do === 'stop') await this.#daemon.stop()
    else if (action.do === 'hup') this.#daemon.hup()
    else if (action.do === 'settle') await this.#daemon.settle()
    else if (action.do === 'kill') await this.#daemon.kill(action.after)
    else if (action.do === 'lock') this.#daemon.lock(action.ms)
    else if (action.do === 'output-delete') this.#output.delete()
    else if (action.do === 'output-rotate') {
      this.#output.rotate()
      if (action.hup) this.#daemon.hup()
    } else this.#host?.do(action)
  }

  async #doToLog(action: LogAction, log: SensorLog, sensor: Sensor): Promise<void> {
    if (action.do === 'append') log.append(this.#lines(sensor, action.lines), action.keep)
    else if (action.do === 'late') log.late(this.#lines(sensor, action.lines), action.keep)
    else if (action.do === 'switch') await this.#switch(log, sensor)
    else if (action.do === 'archive') await this.#archive(log)
    else if (action.do === 'pack') this.#done.packed += log.pack() ? 1 : 0
    else if (log.exists) {
      if ('settled' in action && action.settled) await this.#daemon.settle()
      await this.world.tick()
      this.#change(action, log)
    }
  }

  #change(action: LogAction, log: SensorLog): void {
    if (action.do === 'rotate')
      this.#done[log.rotate(action.gap) === 'rename' ? 'rotations' : 'truncations'] += 1
    else if (action.do === 'copytruncate' || action.do === 'truncate') {
      log[action.do]()
      this.#done.truncations += 1
    } else if (action.do === 'delete' || action.do === 'prune') {
      log[action.do]()
      this.#done.deletions += 1
    }
  }

  async #archive(log: SensorLog): Promise<void> {
    if (!this.#options.elsewhere && !log.isArchivableRead) await this.#daemon.settle()
    if (this.#options.elsewhere || log.isArchivableRead) this.#done.archived += log.archive() ? 1 : 0
  }

  /** After the link was switched: a running daemon reads the open files to their end. */
  async #switch(log: SensorLog, sensor: Sensor): Promise<void> {
    if (!sensor.canSwitch()) return
    if (!this.#daemon.isUp) {
      this.#switchWhileDown(sensor)
      return
    }
    this.#done.switches += 1
    for (const each of sensor.logs) each.append(this.#lines(sensor, 1), 0)
    await this.#daemon.settle()
    log.append(this.#lines(sensor, 50), 0)
    sensor.switch()
    await this.#daemon.settle()
  }

  /** After the link was switched without a running daemon: it must find unread files, if a path leads to their folder. */
  #switchWhileDown(sensor: Sensor): void {
    if (!this.#host) return
    this.#output.look()
    if (sensor.plan.left === 'unreachable') for (const log of sensor.logs) log.abandon()
    sensor.switch()
    this.#done['switched while down'] += 1
  }

  /** Waits until all is written and read. Then restarts with one more line in each log: nothing else may be added. */
  async end(): Promise<void> {
    for (let life = 0; life < 2; life++) {
      for (const { log, sensor } of this.#logs) {
        log.finish()
        log.append(this.#lines(sensor, 1), 0)
      }
      this.#daemon.start()
      await this.#daemon.settle()
      await this.#daemon.unlocked()
      await this.#daemon.stop()
    }
  }

  /** Stops all processes and closes all files. */
  async close(): Promise<void> {
    await this.#daemon.kill({ ms: 0 }).catch(() => undefined)
    await this.#daemon.unlocked()
    await this.#host?.close()
    await this.#receiver?.close()
    this.#output.look()
    this.#faults = this.#output.faults()
    this.#output.close()
  }

  /** The faults by kind: those of the records, and those of passive DNS. */
  judge(): Judgement & { readonly miscounted: readonly string[] } {
    const sent = { ids: this.#receiver?.ids() ?? new Set<string>(), dropped: this.#daemon.reportedDropped }
    const { data } = this.world
    const miscounted = this.#isPassive ? passiveFaults(data, this.#model, this.#names) : []
    return { ...this.#judge.judge(this.#faults, owedIn(data), sent), miscounted }
  }

  /** The figures of the run. */
  figures() {
    const { kills, starts, recoveries, reportedLost, reportedDropped } = this.#daemon
    const { questions, missed } = this.#model
    const read = {
      questions,
      records: this.#output.lines,
      ...this.#judge.followups,
      ...{ 'logs packed': this.#output.packed },
      ...{ sent: this.#receiver?.messages.length ?? 0, 'told dropped': reportedDropped },
    }
    const counts = [...missed.values()].reduce((sum, count) => sum + count, 0)
    const why = Object.fromEntries([...missed].map(([text, count]) => [`  ${text}`, count]))
    const done = { kills, starts, recoveries, ...this.#done, ...this.#host?.done }
    return { ...done, ...read, 'logs told lost': reportedLost, 'optional lost': counts, ...why }
  }
}

/** The ids of the pending records in the store. */
const owedIn = (data: string): ReadonlySet<string> => {
  const db = new Database(join(data, 'domainstats.sqlite'), { readonly: true })
  try {
    const rows = db.prepare<[], { id: string }>("SELECT facts ->> 'id' AS id FROM held").all()
    return new Set(rows.map(({ id }) => id))
  } finally {
    db.close()
  }
}
