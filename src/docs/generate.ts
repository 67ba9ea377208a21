/**
 * Writes the generated pages, and the generated tables in pages written by hand: `node build/src/docs/generate.js`. With
 * `--check` it writes nothing, and exits with 1 if a page is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { cliPage, manPage, readCommands } from './cli-pages.js'
import {
  alertsPage,
  limitsPage,
  logEventsPage,
  metricsPage,
  settingsPage,
  weightsTable,
  withTable,
  wrappersTable,
} from './pages.js'

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const commands = await readCommands()

const pages: readonly (readonly [path: string, text: string])[] = [
  ['docs/settings.md', settingsPage()],
  ['docs/limits.md', limitsPage()],
  ['docs/alerts.md', alertsPage()],
  ['docs/metrics.md', metricsPage()],
  ['docs/log-events.md', logEventsPage()],
  ['docs/cli.md', cliPage(commands)],
  ['docs/domainstats.1', manPage(commands)],
  ['docs/inputs.md', withTable(read('docs/inputs.md'), 'wrappers', wrappersTable())],
  ['docs/risk.md', withTable(read('docs/risk.md'), 'weights', weightsTable())],
]

const outdated = pages.filter(([path, text]) => read(path) !== text)
if (process.argv.includes('--check')) {
  for (const [path] of outdated)
    process.stderr.write(
      `${path} does not say what the code says: run make docs, and commit what it changes.\n`,
    )
  process.exit(outdated.length === 0 ? 0 : 1)
}
for (const [path, text] of outdated) writeFileSync(path, text)
