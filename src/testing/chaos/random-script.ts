/** Makes a script from a seed. */
import { chanceFrom, type Chance } from './chance.js'
import type { Action, HostAction, Moment, Script, SensorPlan } from './script.js'

const sensorOf = (chance: Chance): Omit<SensorPlan, 'writes' | 'rotatedBy'> => {
  const format = chance.oneOf(['zeek-tsv', 'zeek-json', 'eve-v2', 'eve-v3'])
  const isEve = format.startsWith('eve')
  const threads = isEve && chance.likely(0.25) ? chance.between(2, 3) : 1
  const naming = isEve && threads === 1 ? chance.oneOf(['dated', 'numbered', 'interval']) : undefined
  const reach = threads > 1 || naming === 'interval' ? undefined : chance.oneOf(['file', 'folder', 'glob'])
  return {
    ...{ format, threads, linked: chance.likely(0.25), left: 'unreachable' },
    naming: naming ?? chance.oneOf(['dated', 'numbered']),
    reach: reach ?? chance.oneOf(['folder', 'glob']),
  }
}

/** Chosen last, so that the rest of a seed's script does not depend on the sensor. */
const withWriter = (chance: Chance, sensor: Omit<SensorPlan, 'writes' | 'rotatedBy'>): SensorPlan => ({
  ...sensor,
  writes: chance.oneOf(['at-end', 'at-offset']),
  rotatedBy: chance.likely(0.4) ? 'copytruncate' : 'rename',
})

/** What happens to the host is in host-script.ts. */
type Kind = Exclude<Action, HostAction>['do']

/** The weight of each action, roughly in percent. */
const weights: readonly (readonly [Kind, number])[] = [
  ...([
    ['append', 20],
    ['rotate', 9],
    ['late', 6],
    ['copytruncate', 3],
    ['truncate', 2],
  ] as const),
  ...([
    ['delete', 2],
    ['pack', 4],
    ['archive', 2],
    ['prune', 2],
    ['switch', 1],
    ['settle', 2],
  ] as const),
  ...([
    ['hup', 2],
    ['lock', 2],
    ['output-rotate', 3],
    ['output-delete', 1],
    ['start', 3],
  ] as const),
]

/** A phase in which some actions are more frequent. */
type Mood = readonly Kind[]
const moods: readonly [Mood, ...Mood[]] = [
  [],
  ['rotate', 'late'],
  ['rotate', 'pack', 'archive', 'prune'],
  ['copytruncate', 'truncate', 'delete', 'prune'],
  ['hup', 'lock', 'output-rotate', 'output-delete'],
]
const favour = 4

const kindOf = (chance: Chance, mood: Mood): Kind => {
  const weighed = weights.map(
    ([kind, weight]) => [kind, mood.includes(kind) ? weight * favour : weight] as const,
  )
  let left = chance.next() * weighed.reduce((sum, [, weight]) => sum + weight, 0)
  return weighed.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'append'
}

const actionOf = (chance: Chance, logs: number, mood: Mood): Action => {
  const kind = kindOf(chance, mood)
  const log = chance.between(0, logs - 1)
  switch (kind) {
    case 'append':
    case 'late':
      return { do: kind, log, lines: countOf(chance), keep: chance.likely(0.4) ? chance.between(1, 900) : 0 }
    case 'rotate':
      return { do: kind, log, gap: chance.likely(0.5) }
    case 'truncate':
    case 'delete':
    case 'prune':
      return { do: kind, log, settled: chance.likely(0.7) }
    case 'copytruncate':
    case 'pack':
    case 'archive':
    case 'switch':
      return { do: kind, log }
    case 'lock':
      return { do: kind, ms: chance.between(20, 400) }
    case 'output-rotate':
      return { do: kind, hup: chance.likely(0.5) }
    case 'kill':
      return { do: kind, after: momentOf(chance) }
    case 'start':
    case 'stop':
    case 'hup':
    case 'settle':
    case 'output-delete':
      return { do: kind }
  }
}

const countOf = (chance: Chance): number =>
  chance.likely(0.12) ? chance.between(500, 3_000) : chance.between(1, 40)

const momentOf = (chance: Chance): Moment => {
  const kind = chance.oneOf(['records', 'ms', 'share'])
  if (kind === 'records') return { records: chance.between(1, 800) }
  return kind === 'ms' ? { ms: chance.between(0, 600) } : { share: chance.oneOf([0, chance.next(), 1]) }
}

/** Some actions, a kill (or, rarely, a clean stop), and some actions without the daemon. */
const roundOf = (chance: Chance, logs: number, ends: 'kill' | 'stop'): Action[] => {
  const mood = chance.oneOf(moods)
  const some = (most: number) =>
    Array.from({ length: chance.between(0, most) }, () => actionOf(chance, logs, mood))
  const burst: Action = {
    do: 'append',
    log: chance.between(0, logs - 1),
    lines: countOf(chance) * 2,
    keep: 0,
  }
  const early: Action[] = [
    { do: 'kill', after: chance.likely(0.5) ? { ms: chance.between(0, 400) } : { share: chance.next() } },
    { do: 'start' },
  ]
  const end: Action = ends === 'stop' ? { do: 'stop' } : { do: 'kill', after: momentOf(chance) }
  return [
    { do: 'start' },
    ...(chance.likely(0.2) ? early : []),
    ...some(5),
    ...(chance.likely(0.5) ? [burst] : []),
    end,
    ...some(chance.likely(0.5) ? 8 : 2),
  ]
}

/** The script of a seed: the same at each call. It has at least five kills. */
export const scriptOf = (seed: number): Script => {
  const chance = chanceFrom(seed)
  const sensors = Array.from({ length: chance.oneOf([1, 1, 2, 3]) }, () => sensorOf(chance))
  const logs = sensors.reduce((sum, { threads }) => sum + threads, 0)
  const rounds = Array.from({ length: chance.between(6, 9) }, (_, at) =>
    roundOf(chance, logs, at < 5 || chance.likely(0.6) ? 'kill' : 'stop'),
  )
  const emit = chance.oneOf(['every', 'distinct'])
  // With a random generator of its own, so that the rest of a seed's script does not change.
  const own = chanceFrom(seed ^ 0x0007_07a7)
  const rotate = own.likely(0.4) ? own.oneOf(['1KB', '16KB', '128KB']) : undefined
  return {
    seed,
    sensors: sensors.map(sensor => withWriter(chance, sensor)),
    ...{ emit, rotate },
    actions: [{ do: 'start' }, { do: 'settle' }, ...rounds.flat()],
  }
}
