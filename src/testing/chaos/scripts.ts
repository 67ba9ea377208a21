/** Runs the scripts of many seeds, some at the same time, and sums up the outcomes. */
import { canMount } from './disk.js'
import { onHost } from './host-script.js'
import { scriptOf } from './random-script.js'
import { Run, type RunOptions } from './run.js'
import type { Script } from './script.js'

export interface Outcome {
  readonly script: Script
  readonly figures: Readonly<Record<string, number>>
  /** Messages; empty if nothing is wrong. */
  readonly wrong: readonly string[]
  readonly seconds: number
  /** The folder, which is kept if something is wrong. */
  readonly dir: string
}

const runScript = async (script: Script, options: RunOptions): Promise<Outcome> => {
  const run = await Run.open(script, options)
  const began = Date.now()
  const wrong: string[] = []
  let last = 'the begin'
  try {
    await run.begin()
    for (const action of script.actions) {
      last = JSON.stringify(action)
      await run.do(action)
    }
    last = 'the end'
    await run.end()
  } catch (error) {
    wrong.push(`at ${last}: ${String(error)}`)
  }
  await run.close()
  const counts: Record<string, number> = {}
  for (const [what, which] of Object.entries(run.judge())) {
    counts[what] = which.length
    if (which.length > 0) wrong.push(`${which.length} ${what}: ${which.slice(0, shownMax).join('; ')}`)
  }
  run.world.remove(wrong.length > 0)
  const seconds = Math.round((Date.now() - began) / 1000)
  return { script, figures: { ...run.figures(), ...counts }, wrong, seconds, dir: run.world.root }
}

const shownMax = 20

export interface ScriptsOptions extends RunOptions {
  /** With events of the host. */
  readonly host: boolean
}

/**
 * Runs the scripts of the seeds, `atOnce` at the same time. Calls `onOutcome` with each outcome, and `say` with what cannot
 * be tested here.
 */
export const runScripts = async (
  seeds: readonly number[],
  atOnce: number,
  options: ScriptsOptions,
  onOutcome: (outcome: Outcome) => void,
  say: (text: string) => void = () => undefined,
): Promise<void> => {
  const left = [...seeds]
  const mayMount = options.host && canMount()
  if (options.host && !mayMount) say('no disk is ever full: a tmpfs cannot be mounted here; run as root')
  const scriptFor = (seed: number) => (options.host ? onHost(scriptOf(seed), mayMount) : scriptOf(seed))
  const work = async () => {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift())
      onOutcome(await runScript(scriptFor(seed), options))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

/** The figures of some outcomes, added up. */
export const sumOf = (outcomes: readonly Outcome[]): ReadonlyMap<string, number> => {
  const sum = new Map([['scripts', outcomes.length]])
  for (const { figures } of outcomes)
    for (const [what, count] of Object.entries(figures)) sum.set(what, (sum.get(what) ?? 0) + count)
  return sum
}

/** The message about a failed script: the faults, the actions, and how to run it again. */
export const story = ({
  script: { seed, sensors, emit, rotate, host, actions },
  wrong,
  dir,
}: Outcome): string =>
  [
    `seed ${seed} is WRONG`,
    ...wrong,
    `emit: ${emit}, rotate: ${rotate ?? 'never'}, host: ${JSON.stringify(host)}`,
    ...sensors.map(sensor => JSON.stringify(sensor)),
    ...actions.map(action => JSON.stringify(action)),
    `kept in ${dir}; again: ${host ? `make chaos SEED=${seed}` : `npm run chaos -- --calm --seed ${seed}`}`,
  ].join('\n  ')
