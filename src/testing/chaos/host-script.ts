/**
 * Adds events of the host to a script: the clock is set, disks fill, folders are left while the daemon is down, registries
 * are asked. It has a random generator of its own, so that the rest of a seed's script is the same without it.
 */
import { chanceFrom, type Chance } from './chance.js'
import type { Action, HostPlan, Script, SensorPlan } from './script.js'

/** One event of the host comes after so many other actions. */
const share = 0.2
const hour = 3_600

/** Clock steps, from seconds to days. Archives are found by their dates: those of the last seven days and of tomorrow. */
const stepOf = (chance: Chance): number => {
  const kind = chance.oneOf(['right', 'seconds', 'minutes', 'hours', 'days'])
  const sign = chance.oneOf([-1, 1])
  if (kind === 'right') return 0
  if (kind === 'seconds') return sign * chance.between(1, 120)
  if (kind === 'minutes') return sign * chance.between(3, 59) * 60
  return kind === 'hours' ? sign * chance.between(1, 22) * hour : chance.between(1, 3) * 24 * hour
}

const actionOf = (chance: Chance, logs: number): Action => {
  const kind = chance.oneOf(['clock-step', 'clock-step', 'disk-full', 'disk-full', 'switch'])
  if (kind === 'clock-step') return { do: kind, seconds: stepOf(chance) }
  if (kind === 'disk-full') return { do: kind, ms: chance.between(20, 1_500) }
  return { do: kind, log: chance.between(0, logs - 1) }
}

const sensorIn = (chance: Chance, sensor: SensorPlan): SensorPlan => ({
  ...sensor,
  linked: chance.likely(0.4) || sensor.linked,
  left: chance.oneOf(['unreachable', 'by-day', 'by-input']),
})

/** @param canMount see disk.ts; if false, no disk is ever full */
export const onHost = (script: Script, canMount: boolean): Script => {
  const chance = chanceFrom(script.seed ^ 0x00c0_ffee)
  const disk = chance.oneOf(['nothing', 'output', 'data', 'both'])
  const host: HostPlan = { disk: canMount ? disk : 'nothing', lookups: chance.likely(0.4) }
  const sensors = script.sensors.map(sensor => sensorIn(chance, sensor))
  const logs = sensors.reduce((sum, { threads }) => sum + threads, 0)
  const actions = script.actions.flatMap(action =>
    chance.likely(share) ? [action, actionOf(chance, logs)] : [action],
  )
  const isPossible = (action: Action) => action.do !== 'disk-full' || host.disk !== 'nothing'
  return { ...script, host, sensors, actions: actions.filter(isPossible) }
}
