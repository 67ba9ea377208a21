/** `make fuzz`: runs each target for some seconds with random seeds. Fails if a property does not hold, and says how to reproduce it. */
import { randomInt } from 'node:crypto'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { targets } from './targets.js'

const { values } = parseArgs({
  options: {
    /** For each target. */
    seconds: { type: 'string', default: '10' },
    /** Only targets whose name begins so. */
    target: { type: 'string', default: '' },
    /** One counterexample again, as it was printed. */
    seed: { type: 'string' },
    path: { type: 'string' },
  },
})
const say = (text: string) => void process.stdout.write(`${text}\n`)

/** Between two seeds. Few, so that a slow target ends in time. */
const runsPerSeed = 200

const chosen = targets.filter(({ name }) => name.startsWith(values.target))
let failed = chosen.length === 0
for (const { name, check, weight, close } of chosen) {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  let runs = 0
  let failure: string | undefined
  do {
    const seed = Number(values.seed ?? randomInt(2 ** 31))
    const outcome = await check({ seed, runs: Math.ceil(runsPerSeed / weight), path: values.path })
    runs += outcome.runs
    failure = outcome.failure
  } while (failure === undefined && values.seed === undefined && seconds() < Number(values.seconds))
  await close()
  say(
    `${name.padEnd(16)}${String(runs).padStart(9)} runs ${String(Math.round(runs / seconds())).padStart(7)}/s`,
  )
  if (failure === undefined) continue
  failed = true
  say(`WRONG: ${name}\n${failure}`)
}
process.exitCode = failed ? 1 : 0
