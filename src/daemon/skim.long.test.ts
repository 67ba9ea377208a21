/** What is written and counted of real logs is the same whether each line is parsed in full or not, also after a restart. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
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

/** The content of a log in two halves, each with the header. */
const halvesOf = (path: string): readonly string[] => {
  const content = readFileSync(path)
  const lines = (path.endsWith('.gz') ? gunzipSync(content) : content).toString('latin1').split(/(?<=\n)/)
  const header = lines.filter(line => line.startsWith('#') && !line.startsWith('#close'))
  const middle = Math.floor(lines.length / 2)
  return [lines.slice(0, middle).join(''), [...header, ...lines.slice(middle)].join('')]
}

for (const log of [
  'zeek/brim-wrccdc2018.dns.log.gz',
  'zeek/vast-ctu13-iso.dns.json',
  'eve/slips-test6-2021.eve.json.gz',
])
  void t.test(`${log}, and a restart in its middle`, async t => {
    const path = sharedData(t, log)
    if (path === undefined) return
    const ends = []
    for (const more of [[], ['--no-skim']]) {
      const data = t.testdir({})
      writeFileSync(join(data, 'domainstats.yaml'), 'mode: off\nmax_names_per_domain: 5\n')
      const said = []
      for (const [n, half] of halvesOf(path).entries()) {
        const file = join(data, `half${n}.log`)
        writeFileSync(file, half, 'latin1')
        const io = testIo()
        t.equal(await runCommandLine(['scan', file, '--data', data, ...more], io), 0)
        said.push(io.out().split('\n').sort(), io.err())
      }
      for (const command of [['list'], ['pdns', 'top', '--limit', '1000']]) {
        const listed = testIo()
        t.equal(await runCommandLine([...command, '--data', data], listed), 0)
        // Estimates depend on the store's own salt.
        said.push(listed.out().replaceAll(/"clients":\d+,"clients_estimated"/g, '"clients_estimated"'))
      }
      ends.push(said)
    }
    t.strictSame(ends[0], ends[1])
  })

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
