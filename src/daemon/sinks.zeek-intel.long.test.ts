/** The file for Zeek, from the program itself: past kills each name is in it, once. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { untilFile } from '../testing/process.js'
import { openWithSinks } from '../testing/with-sinks.js'

void t.test('killed again and again: each domain is in the file, once', async t => {
  const { runPastKills, data } = openWithSinks(t, [
    '  - { name: zeek, type: zeek-intel, path: intel.dat, alerts: [YOUR-FIRST-CONTACT], every_seconds: 1 }\n',
  ])
  const file = join(data, 'intel.dat')
  const namesIn = (text: string) =>
    text
      .split('\n')
      .slice(1, -1)
      .map(line => line.split('\t')[0])
  const daemon = await runPastKills()
  await untilFile(file, text => namesIn(text).length === 1_500)
  t.equal(await daemon.end('SIGTERM'), 0)
  const names = namesIn(readFileSync(file, 'utf8'))
  t.same(new Set(names), new Set(Array.from({ length: 1_500 }, (_, n) => `shop-${n}.com`)))
  t.equal(names.length, 1_500)
})
