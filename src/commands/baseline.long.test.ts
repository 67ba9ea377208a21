/** How many first contacts of real logs `baseline --top` takes away: docs/data.md states it. */
import { basename, join } from 'node:path'
import t from 'tap'
import { filesUnder } from '../parse/testing/real-log.js'
import { testIo } from '../testing/io.js'
import { sharedData } from '../testing/shared-data.js'
import { runCommandLine } from './command-line.js'

/** Logs with fewer first contacts are single captures of a protocol test. */
const contactsMin = 10
const shareMin = 0.15

const firstContacts = async (log: string, data: string): Promise<number> => {
  const io = testIo()
  await runCommandLine(['scan', log, '--no-lookup', '--data', data], io)
  return io.out().split('YOUR-FIRST-CONTACT').length - 1
}

void t.test('at least 15 of 100 first contacts of each real log go', async t => {
  const folders = ['zeek', 'eve/suricata-v3-converted', 'eve/suricata-7.0.10/v2'].flatMap(
    path => sharedData(t, path) ?? [],
  )
  const logs = folders.flatMap(filesUnder).filter(path => /dns.*\.(log|json)|eve\.json/.test(basename(path)))
  const shares = new Map<string, string>()
  for (const log of logs) {
    const dir = t.testdir({ without: {}, with: {} })
    const before = await firstContacts(log, join(dir, 'without'))
    if (before < contactsMin) continue
    const data = join(dir, 'with')
    await runCommandLine(['baseline', '--top', '--data', data], testIo())
    const share = 1 - (await firstContacts(log, data)) / before
    shares.set(basename(log), `${Math.round(share * 100)} % of ${before}`)
    t.ok(share >= shareMin, `${basename(log)}: ${share}`)
  }
  t.comment(shares)
  t.ok(folders.length === 0 || shares.size >= 5, `${shares.size} logs with so many first contacts`)
})
