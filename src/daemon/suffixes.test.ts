import t, { type Test } from 'tap'
import { loadConfig } from '../config/load.js'
import { networkBy, mockAgent } from '../lookup/testing/network.js'
import { builtInRelease } from '../names/psl.js'
import { jsonFormat } from '../output/json.js'
import type { Report } from '../telemetry/report.js'
import { handClock } from '../testing/hand-clock.js'
import { testIo } from '../testing/io.js'
import { openDaemon } from './daemon.js'

/** What the daemon reports when it starts so many days after the built-in list was made. */
const reportedAfter = async (t: Test, days: number): Promise<Report[]> => {
  const { config } = await loadConfig(undefined, { mode: 'off', output: '-' })
  const { stdin, stdout, signal } = testIo()
  const reports: Report[] = []
  const daemon = await openDaemon(
    { config, dir: undefined, format: jsonFormat, exclusive: false, baseline: false },
    {
      ...{ clock: handClock(builtInRelease.madeAt + days * 86_400_000), random: () => 0.5, stdin, stdout },
      ...{ network: networkBy(mockAgent(t)), telemetry: report => void reports.push(report) },
    },
    signal,
  )
  await daemon?.close()
  return reports.filter(({ kind }) => kind === 'suffixes-old')
}

void t.test('a Public Suffix List of more than a year is warned of at the start', async t => {
  t.same(await reportedAfter(t, 365), [])
  t.same(await reportedAfter(t, 400), [{ kind: 'suffixes-old', days: 400 }])
})
