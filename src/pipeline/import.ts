/** Registrations from a list: `domain,created,expires`, one a line; `expires` may be empty, `#` begins a comment. */
import { z } from 'zod'
import type { Clock } from '../clock.js'
import { unknownDomain, type Domain } from '../domain.js'
import { importRowsMax, refusalsMax } from '../limits.js'
import { createReducer } from '../reduce/reducer.js'
import type { Known } from '../store/batch.js'
import type { Store } from '../store/store.js'
import { learn } from './learning.js'

interface Row {
  readonly domain: string
  readonly registered: number
  readonly expires: number | undefined
}

export interface Refused {
  /** Counted from 1. */
  readonly line: number
  readonly why: string
}

const date = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform(text => Date.parse(text))
const row = z.tuple([z.string(), date, z.union([z.literal('').transform(() => undefined), date])])

const reducer = createReducer([])

/** A row, or why the line is none. Only what a registry knows can have a registration. */
const readRow = (line: string): Row | string => {
  const parsed = row.safeParse([...line.split(','), ''].slice(0, 3).map(field => field.trim()))
  if (!parsed.success) return 'not of the form domain,created,expires with ISO dates'
  const [name, registered, expires] = parsed.data
  const reduced = reducer.reduce(name.toLowerCase())
  if (typeof reduced === 'string') return `the domain is ${reduced}`
  // The date of a name below says nothing of the name that was registered.
  if (reduced.registrable.split('.').length !== name.split('.').length)
    return `registered is ${reduced.registrable}`
  return { domain: reduced.registrable, registered, expires }
}

/**
 * Reads a list into the store, importRowsMax rows a transaction. What was seen here stays as it is. Of the lines
 * refused the first refusalsMax are told.
 */
export const importLines = async (lines: AsyncIterable<unknown>, store: Store, clock: Clock) => {
  const refusals: Refused[] = []
  let [line, taken, refused] = [0, 0, 0]
  let rows = new Map<string, Row>()
  const flush = () => {
    const batch = rows
    rows = new Map()
    taken += batch.size
    store.commit(
      { domains: [...batch.keys()] },
      known => ({ domains: [...batch.values()].map(row => take(row, known, clock.now())) }),
      clock.now(),
    )
  }
  for await (const text of lines) {
    line += 1
    if (typeof text !== 'string' || text.trim() === '' || text.startsWith('#')) continue
    const read = readRow(text)
    if (typeof read !== 'string') rows.set(read.domain, read)
    else if (++refused <= refusalsMax) refusals.push({ line, why: read })
    if (rows.size >= importRowsMax) flush()
  }
  flush()
  return { taken, refused, refusals }
}

/** A list says what is so, not that anything has changed: no alert comes of it. */
const take = ({ domain, registered, expires }: Row, known: Known, now: number): Domain => {
  const before = known.domains.get(domain) ?? unknownDomain(domain)
  const registration = { kind: 'registered' as const, registered, expires }
  return { ...learn(before, registration, now, { keptMsMax: 0, random: 0 }), owedAlerts: before.owedAlerts }
}
