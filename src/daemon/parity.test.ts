/** One capture, logged twice: as Zeek TSV and as Zeek JSON. Whoever reads either must know the same afterwards. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { runCommandLine } from '../commands/command-line.js'
import { testIo } from '../testing/io.js'
import { sharedData } from '../testing/shared-data.js'

interface Seen {
  readonly domain: string
  readonly first_seen: number
  readonly last_seen: number
  readonly queries: number
}

const seenIn = async (dir: string, log: string): Promise<{ seen: Seen[]; records: string }> => {
  const io = testIo()
  const code = await runCommandLine(['scan', '--no-lookup', '--data', dir, log], io)
  if (code !== 0) throw new Error(io.err())
  const db = new Database(join(dir, 'domainstats.sqlite'), { readonly: true })
  const seen = db
    .prepare<[], Seen>(
      'SELECT domain, first_seen, last_seen, queries FROM domains WHERE first_seen IS NOT NULL ORDER BY domain',
    )
    .all()
  db.close()
  return { seen, records: io.out() }
}

/** Without what differs by nature: the id is made of the line's own bytes. */
const comparable = (records: string): string => records.replace(/"record_id":"[0-9a-f]{32}"/g, '')

void t.test('TSV and JSON of the same records give the same domains, counts and first contacts', async t => {
  const [tsv, json] = ['log', 'json'].map(format => sharedData(t, `zeek/brim-wrccdc2018.dns.${format}.gz`))
  if (tsv === undefined || json === undefined) return
  const dir = t.testdir({ tsv: {}, json: {} })
  const fromTsv = await seenIn(join(dir, 'tsv'), tsv)
  const fromJson = await seenIn(join(dir, 'json'), json)
  t.equal(fromTsv.seen.length, 460)
  t.strictSame(fromTsv.seen, fromJson.seen)
  t.equal(comparable(fromTsv.records), comparable(fromJson.records))
  // 26,800 records less those that are skipped, by what the summary counted and by the sum of the sightings.
  t.equal(
    fromTsv.seen.reduce((sum, { queries }) => sum + queries, 0),
    22_868,
  )
})
