/** Makes the folders of a script, the logs in them, and the settings of the daemon. */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { openDisk, type Disk } from './disk.js'
import { SensorLog } from './log.js'
import type { Model } from './model.js'
import { dayAfter } from './rotated.js'
import type { Script, SensorPlan } from './script.js'

/** A folder to which a sensor writes. */
export interface Sensor {
  readonly plan: SensorPlan
  readonly logs: readonly SensorLog[]
  /** Whether `current` can lead to another folder. */
  readonly canSwitch: () => boolean
  /** Switches the symbolic link `current` to another folder. */
  readonly switch: () => void
}

export interface World {
  readonly root: string
  readonly data: string
  readonly output: string
  /** The socket of the receiver that is a sink for all records. */
  readonly sink: string
  /** Undefined: no disk is ever full. */
  readonly disk: Disk | undefined
  readonly sensors: readonly Sensor[]
  /** Waits until the clock of the file system has advanced, so that the next write has a later mtime. */
  readonly tick: () => Promise<void>
  /** Removes everything. With `keep`, keeps it, and copies the content of the small disk. */
  readonly remove: (keep: boolean) => void
}

/** The age in days of the first of the folders with dates as names; the last one is of today. */
const daysMax = 4

const openSensor = (plan: SensorPlan, dir: string, model: Model): Sensor => {
  let spools = 0
  const link = join(dir, 'current')
  const isByDay = plan.linked && plan.left === 'by-day'
  const spool = () => {
    spools += 1
    const folder = join(dir, isByDay ? dayAfter(spools - 1 - daysMax) : `spool-${spools}`)
    mkdirSync(folder, { recursive: true })
    if (!plan.linked) return folder
    if (spools > 1) unlinkSync(link)
    symlinkSync(folder, link)
    return folder
  }
  const first = spool()
  const threads = Array.from({ length: plan.threads }, (_, at) => (plan.threads === 1 ? 0 : at + 1))
  const logs = threads.map(thread => new SensorLog(plan, first, thread, model))
  return {
    ...{ plan, logs, canSwitch: () => plan.linked && (!isByDay || spools <= daysMax) },
    switch: () => {
      const folder = spool()
      for (const log of logs) log.moveTo(folder)
    },
  }
}

/** The path of the input. */
const inputOf = ({ format, reach, linked, left, threads, naming }: SensorPlan, dir: string): string => {
  const isEve = format.startsWith('eve')
  // A glob that includes rotated logs: otherwise logs rotated before the first look would not be read.
  if (linked && left === 'by-input') return join(dir, 'spool-*', isEve ? 'eve*.json*' : 'dns*.log*')
  const folder = join(dir, linked ? 'current' : 'spool-1')
  if (reach === 'folder') return folder
  if (reach === 'file') return join(folder, isEve ? 'eve.json' : 'dns.log')
  if (!isEve) return join(folder, 'dns*.log')
  return join(folder, threads > 1 ? 'eve.*.json' : naming === 'interval' ? 'eve-*.json' : 'eve*.json')
}

/** Half of the scripts keep passive DNS; the lines of the others are skimmed. */
export const isPassive = ({ seed }: Script): boolean => seed % 2 === 0

const rdap = (registry: string): string =>
  `hold_seconds: 1\nrdap:\n  per_second: 1000\n  burst: 1000\n  at_once: 16\n  servers:\n    com: ${registry}\n`

/** @param registry the URL of the registry; undefined: look-ups are off */
export const openWorld = (script: Script, model: Model, registry: string | undefined): World => {
  const root = mkdtempSync(join(tmpdir(), `chaos-${script.seed}-`))
  const { disk: onDisk = 'nothing' } = script.host ?? {}
  const disk = onDisk === 'nothing' ? undefined : openDisk(join(root, 'disk'))
  const folder = (part: 'data' | 'output') =>
    (onDisk === part || onDisk === 'both' ? disk?.path : root) ?? root
  const data = join(folder('data'), 'data')
  mkdirSync(data)
  const output = onDisk === 'nothing' ? join(data, 'out.log') : join(folder('output'), 'out.log')
  const sink = join(root, 'sink.sock')
  const dirOf = (at: number) => join(root, `sensor-${at}`)
  const sensors = script.sensors.map((plan, at) => openSensor(plan, dirOf(at), model))
  const settings = [
    registry === undefined ? 'mode: off\n' : rdap(registry),
    script.rotate === undefined ? '' : `rotate: ${script.rotate}\nkeep: 10000\n`,
    `pdns:\n  enabled: ${isPassive(script)}\n`,
    `sinks: [{ name: siem, to: 'unix://${sink}' }]\n`,
    `emit: ${script.emit}\noutput: ${output}\npoll_seconds: 0.1\nmax_names_per_domain: 1000000\ninputs:\n`,
    ...script.sensors.map((plan, at) => `  - path: ${inputOf(plan, dirOf(at))}\n    sensor: sensor-${at}\n`),
  ]
  writeFileSync(join(data, 'domainstats.yaml'), settings.join(''))

  const probe = join(root, 'probe')
  const now = () => {
    writeFileSync(probe, '')
    return statSync(probe, { bigint: true }).mtimeNs
  }
  return {
    ...{ root, data, output, sink, disk, sensors },
    tick: async () => {
      const before = now()
      while (now() === before) await turn()
    },
    remove: keep => {
      disk?.remove(keep ? root : undefined)
      if (!keep) rmSync(root, { recursive: true })
    },
  }
}
