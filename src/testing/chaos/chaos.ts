/** `make chaos`: runs the scripts of many seeds and prints figures. Fails if a record was lost, written twice or malformed. */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { runScripts, story, sumOf, type Outcome } from './scripts.js'

const { values } = parseArgs({
  options: {
    /** `seeds`: runs the seeds from 1 on; with `seed`, runs that one so often. */
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    'at-once': { type: 'string', default: '3' },
    elsewhere: { type: 'boolean', default: false },
    /** Without events of the host: the clock is right, disks have space, look-ups are off. */
    calm: { type: 'boolean', default: false },
  },
})
const say = (text: string) => void process.stdout.write(`${text}\n`)

const { seed, elsewhere, calm } = values
const seeds = Array.from({ length: Number(values.seeds ?? (seed === undefined ? 200 : 1)) }, (_, at) =>
  Number(seed ?? at + Number(values.from)),
)
const outcomes: Outcome[] = []
const began = Date.now()
const onOutcome = (outcome: Outcome) => {
  const { script, figures, wrong, seconds } = outcome
  outcomes.push(outcome)
  say(`seed ${script.seed}: ${figures['kills'] ?? 0} kills, ${figures['records'] ?? 0} records, ${seconds} s`)
  if (wrong.length > 0) say(story(outcome))
}
await runScripts(seeds, Number(values['at-once']), { elsewhere, host: !calm }, onOutcome, say)
const failed = outcomes.filter(({ wrong }) => wrong.length > 0).map(({ script }) => script.seed)
for (const [what, count] of sumOf(outcomes)) say(`${what.padEnd(19)} ${count}`)
say(`${'seconds'.padEnd(19)} ${Math.round((Date.now() - began) / 1000)}`)
if (failed.length > 0) say(`WRONG: seeds ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
