/**
 * What sensors, logrotate, operators and crashes do, in random scripts: nothing is lost, nothing comes twice. The short
 * part of `make chaos`, with seeds that are the same each time.
 */
import { env } from 'node:process'
import t from 'tap'
import { runScripts, story, type Outcome } from '../testing/chaos/scripts.js'

/** Short ones that have every format, every way to rotate and every kind of input among them. */
const beside = [102, 84, 507, 533]
/** Here archives are moved to another folder before they are read. */
const elsewhere = [433, 458, 315, 256]
/**
 * Here the clock is set, disks are full, and folders are left while the daemon is down. The first one lost the last lines
 * of a folder whose log had been closed; the second one asks registries.
 */
const onHost = [25, 413]

void t.test('random scripts with kills', async t => {
  const onOutcome = (outcome: Outcome) => {
    const { script, figures, wrong } = outcome
    t.ok((figures['kills'] ?? 0) >= 5, `seed ${script.seed}: at least five kills`)
    if (wrong.length > 0) t.fail(story(outcome))
  }
  const leftOut = (text: string) => (env['CI'] ? t.fail(text) : t.comment(text))
  await Promise.all([
    runScripts(beside, 1, { elsewhere: false, host: false }, onOutcome),
    runScripts(elsewhere, 1, { elsewhere: true, host: false }, onOutcome),
    runScripts(onHost, 1, { elsewhere: true, host: true }, onOutcome, leftOut),
  ])
})
