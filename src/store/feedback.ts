/** What the datasets for Suricata are made of, read in short queries: between two of them the database is free. */
import { feedbackBelowMax, feedbackBelowRead, feedbackPassMax } from '../limits.js'
import type { Db } from './database.js'
import { rangeBelow, reversed } from './rdata-keys.js'

type Span = Record<'after' | 'to', number>

export const feedbackIn = (db: Db) => {
  const last = db.prepare<[], number | null>('SELECT max(row) FROM domains').pluck()
  const select = 'SELECT domain FROM domains WHERE row > @after AND row <= @to AND'
  const registered = db
    .prepare<[Span & { since: number }], string>(
      `${select} kind = 'registered' AND registered > @since ORDER BY row DESC`,
    )
    .pluck()
  const contacted = db.prepare<[Span], string>(`${select} first_seen IS NOT NULL ORDER BY row DESC`).pluck()
  const below = db
    .prepare<[Record<'from' | 'to', string>], string>(
      `SELECT rrname FROM (
         SELECT rrname, questions FROM pdns_labels JOIN pdns_names USING (name)
         WHERE labels > @from AND labels < @to ORDER BY labels LIMIT ${feedbackBelowRead}
       ) ORDER BY questions DESC, rrname LIMIT ${feedbackBelowMax}`,
    )
    .pluck()

  /** The latest rows first. Each page may be empty. */
  function* pages(page: (span: Span) => string[]): Generator<readonly string[], void> {
    for (let to = last.get() ?? 0; to > 0; to -= feedbackPassMax)
      yield page({ after: to - feedbackPassMax, to })
  }

  return {
    /** The domains that were registered after `since` (epoch ms), the latest arrivals first. */
    registeredAfter: (since: number) => pages(span => registered.all({ ...span, since })),
    /** The domains that were ever contacted, the latest arrivals first. */
    contacted: () => pages(span => contacted.all(span)),
    /**
     * The names that passive DNS knows below a name, in their order: those with most questions, if there are very many.
     */
    namesBelow: (name: string): readonly string[] => {
      const { from, to } = rangeBelow(reversed(name))
      return below.all({ from, to }).sort()
    },
  }
}
