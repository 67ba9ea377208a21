/** Runs each fuzz target with mutated inputs, briefly. `make fuzz` runs them longer. */
import t from 'tap'
import { targets } from './testing/fuzz/targets.js'

/** The same inputs each time. */
const seed = 20_261_121
const runs = 200

for (const { name, weight, check, close } of targets)
  void t.test(`${name}: no input breaks it`, async t => {
    t.teardown(close)
    const { failure } = await check({ seed, runs: Math.ceil(runs / weight) })
    t.equal(failure, undefined)
  })
