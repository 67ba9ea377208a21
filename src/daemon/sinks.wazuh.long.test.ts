/** The file for Wazuh, from the program itself: past kills it has a whole line of each record. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { untilFile } from '../testing/process.js'
import { openWithSinks } from '../testing/with-sinks.js'

void t.test('killed again and again: each record is in the file, each line is whole', async t => {
  const { runPastKills, ids, data } = openWithSinks(t, [
    '  - { name: wazuh, type: wazuh, path: wazuh.json }\n',
  ])
  const file = join(data, 'wazuh.json')
  const linesIn = (text: string) => text.split('\n').slice(0, -1)
  const daemon = await runPastKills()
  const idsIn = (text: string) => {
    const parsed = linesIn(text).map(line => JSON.parse(line) as { dnsstat: { record_id: string } })
    return new Set(parsed.map(({ dnsstat }) => dnsstat.record_id))
  }
  await untilFile(file, text => idsIn(text).size === 1_500)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.same(idsIn(readFileSync(file, 'utf8')), ids())
})
