import fc from 'fast-check'
import t from 'tap'
import { readRetryAfter } from './retry-after.js'

const now = Date.parse('2026-02-01T12:00:00Z')

void t.test('Retry-After is read as seconds or as a date', t => {
  const table: [title: string, header: string | undefined, ms: number | undefined][] = [
    ['none', undefined, undefined],
    ['empty', '', undefined],
    ['seconds', '120', 120_000],
    ['seconds, spaces around', ' 5 ', 5_000],
    ['now', '0', 0],
    ['Retry-After as a date', 'Sun, 01 Feb 2026 12:00:30 GMT', 30_000],
    ['a date of RFC 850', 'Sunday, 01-Feb-26 12:00:30 GMT', 30_000],
    ['a date of asctime is UTC', 'Sun Feb  1 12:00:30 2026', 30_000],
    ['a date that is over', 'Sun, 01 Feb 2026 11:59:59 GMT', undefined],
    ['a date that is now', 'Sun, 01 Feb 2026 12:00:00 GMT', undefined],
    ['a date that is none', 'Xyz, 99 Abc 2026 12:00:00 GMT', undefined],
    ['a date in another zone', 'Sun, 01 Feb 2026 12:00:30 +0100', undefined],
    ['RFC 3339', '2026-02-01T12:00:30Z', undefined],
    ['before', '-5', undefined],
    ['a fraction', '1.5', undefined],
    ['an exponent', '1e3', undefined],
    ['nonsense', 'soon', undefined],
    ['nonsense with a number', 'in 5 minutes', undefined],
    ['two of them', '5, 10', undefined],
    ['for ever', '9'.repeat(400), Infinity],
  ]
  for (const [title, header, ms] of table) t.equal(readRetryAfter(header, now), ms, title)
  fc.assert(
    fc.property(fc.string(), header => {
      const ms = readRetryAfter(header, now)
      return ms === undefined || ms >= 0
    }),
  )
  t.end()
})
