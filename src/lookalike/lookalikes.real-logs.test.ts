/**
 * How many alerts real logs cause at most: the dates of some domains are known, and the others count as young.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { createReducer } from '../names/psl.js'
import { filesUnder, readLog } from '../parse/testing/real-log.js'
import { sharedData } from '../testing/shared-data.js'
import { dayMs } from '../time/clock.js'
import { createMatcher, type Brand } from './lookalikes.js'
import { topBrands, topBrandWords } from './top-brands.data.js'

const top: readonly Brand[] = [
  ...topBrands.map(name => ({ name, kind: 'distinct' }) as const),
  ...topBrandWords.map(name => ({ name, kind: 'word' }) as const),
]
const { reduce } = createReducer([])

/** Registration dates from lists of popular domains, epoch ms. */
const registeredIn = (folder: string | undefined): ReadonlyMap<string, number> => {
  const dates = new Map<string, number>()
  const row = /"seen_by_web": "([^"]+)"[^}]*?"domain": "([^"]+)"/g
  for (const path of folder === undefined ? [] : filesUnder(folder))
    for (const [, date = '', domain = ''] of readFileSync(path, 'utf8').matchAll(row))
      dates.set(domain, Date.parse(date))
  return dates
}

/**
 * The domains of a log with the day of their first question, and how often each was asked. Without those that a hoster gave
 * out: they have no age, so without `brands` they raise no alert.
 */
const domainsOf = (path: string) => {
  const first = new Map<string, number>()
  const queries = new Map<string, number>()
  for (const { query, ts } of readLog(path).events) {
    const reduced = reduce(query)
    if (typeof reduced === 'string') continue
    const { domain, registrable } = reduced
    if (domain !== registrable) continue
    first.set(domain, Math.min(first.get(domain) ?? Infinity, Math.floor(ts / dayMs)))
    queries.set(domain, (queries.get(domain) ?? 0) + 1)
  }
  return { first, queries }
}

void t.test('at most 3 domains of a real log would be alerted on one day', t => {
  let [domains, resembling, alertedMax] = [0, 0, 0]
  const registered = registeredIn(sharedData(t, 'import'))
  const logs = ['zeek', 'eve'].flatMap(kind => filesUnder(sharedData(t, kind) ?? 'samples'))
  for (const path of logs.filter(name => /\.(log|json)(\.gz)?$/.test(name))) {
    const { first, queries } = domainsOf(path)
    // As if the site had learned from this log before: what it asks most is compared with, too.
    const asked = [...queries].sort(([, one], [, other]) => other - one).slice(0, 200)
    const matcher = createMatcher([...top, ...asked.map(([name]) => ({ name, kind: 'word' }) as const)])
    const byDay = new Map<number, string[]>()
    for (const [domain, day] of first) {
      domains += 1
      const found = matcher(domain)
      if (!found) continue
      resembling += 1
      if (day * dayMs - (registered.get(domain) ?? Infinity) >= 30 * dayMs) continue
      byDay.set(day, [...(byDay.get(day) ?? []), `${domain} ${found.how} ${found.name}`])
    }
    for (const [, alerted] of byDay) {
      alertedMax = Math.max(alertedMax, alerted.length)
      t.ok(alerted.length <= 3, `${path}: ${alerted.join(', ')}`)
    }
  }
  t.ok(alertedMax <= 3)
  t.comment(
    `${resembling} of ${domains} domains in ${logs.length} logs; at most ${alertedMax} to alert of one log and day`,
  )
  t.end()
})
