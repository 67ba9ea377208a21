/**
 * A migration: when each name was written last stood in a table of its own, and stands in the row of its domain from now
 * on. See windows.ts.
 */
import type Database from 'better-sqlite3'
import { releaseMax } from '../limits.js'
import { suffixesOf } from '../reduce/suffixes.js'
import { saltKey, windowsIn, type Spoken } from './windows.js'

type Db = Database.Database

/** Names of one domain that are moved, those that were written last: a popular one may have had very many. */
const namesMax = 10_000

export const namesToDomains = (db: Db): void => {
  db.exec(
    `ALTER TABLE domains ADD COLUMN written TEXT; INSERT INTO meta VALUES ('${saltKey}', hex(randomblob(8)))`,
  )
  moveNames(db)
  db.exec('DROP TABLE windows')
}

/** Those that were written last come last. Whatever the suffix list says by now, a domain stands above its names. */
const moveNames = (db: Db): void => {
  const salt = db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${saltKey}'`).pluck().get()
  const { after } = windowsIn(salt ?? '')
  const namesOf = db
    .prepare<[string], string>(
      `SELECT coalesce(written, '') FROM domains WHERE domain = ? AND window_from IS NOT NULL`,
    )
    .pluck()
  const put = db.prepare<[string, string]>('UPDATE domains SET written = ? WHERE domain = ?')
  for (const page of oldNames(db)) {
    const byDomain = new Map<string, Spoken[]>()
    for (const { name, ts } of page) {
      const domain = [...suffixesOf(name)].find(suffix => namesOf.get(suffix) !== undefined)
      if (domain === undefined) continue
      const spoken = byDomain.get(domain) ?? []
      byDomain.set(domain, spoken)
      spoken.push({ name, ts: Math.floor(ts) })
    }
    for (const [domain, spoken] of byDomain)
      put.run(after(namesOf.get(domain) ?? '', spoken, namesMax), domain)
  }
}

interface Old {
  readonly seq: number
  readonly name: string
  readonly ts: number
}

/** In pages, those that were written first come first. */
function* oldNames(db: Db): Generator<readonly Old[], void> {
  const page = db.prepare<[number, number], Old>('SELECT * FROM windows WHERE seq > ? ORDER BY seq LIMIT ?')
  for (let last = -1; ;) {
    const rows = page.all(last, releaseMax)
    const end = rows.at(-1)
    if (!end) return
    yield rows
    last = end.seq
  }
}
