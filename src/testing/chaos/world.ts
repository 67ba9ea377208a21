/** The folders of a script, the logs in them, and the daemon's settings. */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { SensorLog } from './log.js'
import type { Model } from './model.js'
import type { Script, SensorPlan } from './script.js'

/** A folder that a sensor writes to. */
export interface Sensor {
  readonly plan: SensorPlan
  readonly logs: readonly SensorLog[]
  /** The symbolic link `current` leads to another folder from now on. */
  readonly switch: () => void
}

export interface World {
  readonly root: string
  readonly data: string
  readonly output: string
  readonly sensors: readonly Sensor[]
  /** Until the clock of the file system has gone on: what happens next has a later time than what was written. */
  readonly tick: () => Promise<void>
  readonly remove: () => void
}

const openSensor = (plan: SensorPlan, dir: string, model: Model): Sensor => {
  let spools = 0
  const link = join(dir, 'current')
  const spool = () => {
    const folder = join(dir, `spool-${++spools}`)
    mkdirSync(folder, { recursive: true })
    if (!plan.linked) return folder
    if (spools > 1) unlinkSync(link)
    symlinkSync(folder, link)
    return folder
  }
  const first = spool()
  const threads = Array.from({ length: plan.threads }, (_, at) => (plan.threads === 1 ? 0 : at + 1))
  const logs = threads.map(thread => new SensorLog(plan, first, thread, model))
  const move = () => {
    const folder = spool()
    for (const log of logs) log.moveTo(folder)
  }
  return { plan, logs, switch: () => plan.linked && move() }
}

/** The path that the daemon is told. */
const inputOf = ({ format, reach, linked, threads, naming }: SensorPlan, dir: string): string => {
  const folder = join(dir, linked ? 'current' : 'spool-1')
  if (reach === 'folder') return folder
  const isEve = format.startsWith('eve')
  if (reach === 'file') return join(folder, isEve ? 'eve.json' : 'dns.log')
  if (!isEve) return join(folder, 'dns*.log')
  return join(folder, threads > 1 ? 'eve.*.json' : naming === 'interval' ? 'eve-*.json' : 'eve*.json')
}

export const openWorld = (script: Script, model: Model): World => {
  const root = mkdtempSync(join(tmpdir(), `chaos-${script.seed}-`))
  const data = join(root, 'data')
  mkdirSync(data)
  const dirOf = (at: number) => join(root, `sensor-${at}`)
  const sensors = script.sensors.map((plan, at) => openSensor(plan, dirOf(at), model))
  const settings = [
    `mode: off\nemit: ${script.emit}\noutput: out.log\npoll_seconds: 0.1\nmax_names_per_domain: 1000000\ninputs:\n`,
    ...script.sensors.map((plan, at) => `  - path: ${inputOf(plan, dirOf(at))}\n    sensor: sensor-${at}\n`),
  ]
  writeFileSync(join(data, 'domainstats.yaml'), settings.join(''))

  const probe = join(root, 'probe')
  const now = () => {
    writeFileSync(probe, '')
    return statSync(probe, { bigint: true }).mtimeNs
  }
  return {
    ...{ root, data, output: join(data, 'out.log'), sensors },
    tick: async () => {
      const before = now()
      while (now() === before) await turn()
    },
    remove: () => rmSync(root, { recursive: true }),
  }
}
