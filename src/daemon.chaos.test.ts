/**
 * What sensors, logrotate, operators and crashes do, in random scripts: nothing is lost, nothing comes twice. The short
 * part of `make chaos`, with seeds that are the same each time.
 */
import t from 'tap'
import { runScripts, story } from './testing/chaos/scripts.js'

/** Of the first 150, short ones that have every format, every way to rotate and every kind of input among them. */
const seeds = [20, 27, 28, 34, 50, 73, 85, 95, 112, 115, 141, 147]

void t.test('random scripts with kills', async t => {
  await runScripts(seeds, 2, { elsewhere: false }, outcome => {
    const { script, figures, wrong } = outcome
    t.ok((figures['kills'] ?? 0) >= 5, `seed ${script.seed}: at least five kills`)
    if (wrong.length > 0) t.fail(story(outcome))
  })
})
