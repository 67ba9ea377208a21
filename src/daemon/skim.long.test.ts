/** What is written and counted of real logs is the same whether each line is parsed in full or not. */
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCommandLine } from '../commands/command-line.js'
import { testIo } from '../testing/io.js'
import { sharedData } from '../testing/shared-data.js'

// The lines of these logs have times that can be true: no record says when it was read.
const logs = [
  'zeek/brim-wrccdc2018.dns.log.gz',
  'zeek/brim-wrccdc2018.dns.json.gz',
  'zeek/rita-rotated/2024-04-19',
  'zeek/vast-ctu13-iso.dns.json',
  'eve/slips-test6-2021.eve.json.gz',
  'eve/vast-ctu13.eve.json',
  'eve/suricata-7.0.10/v2',
  // The same traffic five times over, in times that go back again and again.
  'eve/suricata-7.0.10/*',
  'eve/suricata-8.0.7/v3',
]

/** All files of a folder, or of all folders in it: their names are not those by which a folder is searched. */
const filesIn = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap(name => filesIn(join(path, name)))
    : [path]

for (const log of logs)
  void t.test(log, async t => {
    const path = sharedData(t, log.replace(/\/\*$/, ''))
    if (path === undefined) return
    const ends = []
    for (const more of [[], ['--no-skim']]) {
      const data = t.testdir({})
      // Few names a domain, so that some have too many.
      writeFileSync(join(data, 'domainstats.yaml'), 'mode: off\nmax_names_per_domain: 5\n')
      const io = testIo()
      t.equal(await runCommandLine(['scan', ...filesIn(path), '--data', data, ...more], io), 0)
      const listed = testIo()
      t.equal(await runCommandLine(['list', '--data', data], listed), 0)
      // A record that waits for its response is written when that comes, or after a while: the order is the machine's.
      const records = io.out().split('\n').sort()
      ends.push({ records, counts: io.err(), domains: listed.out() })
    }
    t.strictSame(ends[0], ends[1])
    t.match(ends[0]?.counts, /^[1-9]\d* lines, [1-9]\d* questions/)
  })
