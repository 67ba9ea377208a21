/**
 * Measures the store of passive DNS: what a fact takes on disk, how fast facts are written, and how long each form of a
 * question takes. With 10 M facts it takes a quarter of an hour, and 1.5 GB in the temp folder:
 *
 *   npm run build:all && node build/bench/passive.js [--tuples 10000000] [--asks 100]
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import * as z from 'zod'
import type { NameSeen, TupleSeen } from '../src/model/passive.js'
import type { PdnsFilter } from '../src/store/pdns-search.js'
import { openStore } from '../src/store/store.js'
import { answerTo, type TupleOrder } from '../src/transfer/pdns-answer.js'
import { readQuestion } from '../src/transfer/pdns-question.js'
import { quantile } from './figures.js'
import { ordinary } from './lookups/names.js'
import { workFolder } from './program.js'

const { values } = parseArgs({
  options: {
    tuples: { type: 'string', default: '10000000' },
    asks: { type: 'string', default: '100' },
  },
})
const tuples = Number(values.tuples)
/** A name has 2.5 facts on average. */
const names = Math.floor(tuples / 2.5)
/** A domain has eight names on average; the first ones have most. */
const domains = Math.ceil(names / 8)
const namesAtOnce = 2_000

const now = Date.UTC(2026, 10, 1)
const dayMs = 86_400_000
/** All facts lie in a year. */
const stepMs = (365 * dayMs) / names

/** The nth of scattered numbers from 0 on and below 1, the same in each run: the hash that murmur3 finishes with. */
const chance = (n: number): number => {
  let mixed = Math.imul(n + 1, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

const tlds = ['com', 'net', 'org', 'de', 'co.uk', 'io', 'info']
const hosts = ['www', 'mail', 'api', 'cdn', 'static', 'login', 'shop', 'img', 'edge', 'ns1']
const domainOf = (n: number): string => {
  const number = Math.floor(domains * chance(n) ** 2)
  return ordinary(number, tlds[number % tlds.length] ?? 'com')
}
const nameOf = (n: number): string => `${hosts[n % hosts.length] ?? ''}${n.toString(36)}.${domainOf(n)}`

/** Servers hold many names: the first addresses have most. */
const byte = (n: number): number => Math.floor(256 * chance(n))
const addressOf = (n: number): string => `${20 + Math.floor(180 * chance(n) ** 3)}.${byte(n + 1)}.${byte(n + 2)}.${byte(n + 3)}` // prettier-ignore
const address6Of = (n: number): string => `2a0${n % 9}:${byte(n).toString(16)}::${(byte(n + 1) + 1).toString(16)}${byte(n + 2).toString(16)}` // prettier-ignore

const tupleOf = (n: number, at: number): TupleSeen => {
  const kind = chance(n + 7)
  const ttl = [60, 300, 3_600, 86_400][n % 4] ?? 60
  const data =
    kind < 0.6
      ? { rrtype: 'A', rdata: addressOf(n) }
      : kind < 0.8
        ? { rrtype: 'AAAA', rdata: address6Of(n) }
        : { rrtype: 'CNAME', rdata: nameOf(Math.floor(names * chance(n + 5))) }
  return { ...data, count: 1, first: at, last: at, ttlMin: ttl, ttlMax: ttl, ttlLast: ttl, sensor: undefined }
}

const seenOf = (n: number): NameSeen => {
  const at = now - 365 * dayMs + n * stepMs
  const seen = { count: 1, first: at, last: at }
  return {
    ...{ rrname: nameOf(n), questions: seen, responses: new Map([['answered', 1]]) },
    clients: new Map([[`10.0.${n % 7}.${n % 250}`, seen]]),
    tuples: Array.from({ length: 1 + (n % 4) }, (_, i) => tupleOf(4 * n + i, at)),
  }
}

const path = join(workFolder(), 'domainstats.sqlite')
const store = openStore(path)
const began = performance.now()
for (let n = 0; n < names; n += namesAtOnce) {
  const batch = Array.from({ length: Math.min(namesAtOnce, names - n) }, (_, i) => seenOf(n + i))
  store.commit({}, () => ({ passive: { names: batch, latest: now } }), now)
}
const seconds = (performance.now() - began) / 1000
console.log(
  `${names} names with ${tuples} facts written in ${seconds.toFixed(0)} s: ${Math.round(names / seconds)} names/s`,
)

/** Bytes of each table and index. */
const sizes = (): ReadonlyMap<string, number> => {
  const db = new Database(path, { readonly: true })
  const rows = z
    .array(z.tuple([z.string(), z.number()]))
    .parse(db.prepare(`SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE 'pdns_%' GROUP BY 1`).raw().all())
  db.close()
  return new Map(rows)
}
const bytes = sizes()
const sum = (...tables: readonly string[]): number =>
  tables.reduce((all, table) => all + (bytes.get(table) ?? 0), 0)
const per = (all: number, count: number): string => `${(all / count).toFixed(1)} bytes`
console.log(`a fact with its indexes and the index of names   ${per(sum('pdns_tuples', 'pdns_by_rdata', 'pdns_labels'), tuples)} (at most 110)`) // prettier-ignore
console.log(`a name with its counts                           ${per(sum('pdns_names'), names)} (at most 64)`)
console.log(`a client of a name                               ${per(sum('pdns_clients'), names)}`)
console.log(`the database                                     ${(statSync(path).size / 1e6).toFixed(0)} MB`)

interface Form {
  readonly what: string
  readonly ask: (n: number) => string
  readonly filter?: PdnsFilter
  readonly sort?: TupleOrder
  /** Part of the questions that are asked: a pass over all names takes long. */
  readonly part?: number
}

const some = (n: number): number => Math.floor(names * chance(n + 11))
const forms: readonly Form[] = [
  { what: 'a name', ask: n => nameOf(some(n)) },
  { what: 'names below a domain', ask: n => `*.${domainOf(some(n))}` },
  { what: 'names below a domain, by count', ask: n => `*.${domainOf(some(n))}`, sort: 'count' },
  { what: 'an address', ask: n => addressOf(4 * some(n)) },
  { what: 'a network of 256 addresses', ask: n => addressOf(4 * some(n)).replace(/\d+$/, '0/24') },
  { what: 'a network, with a TTL below 100', ask: n => addressOf(4 * some(n)).replace(/\d+$/, '0/24'), filter: { ttlBelow: 100 } }, // prettier-ignore
  { what: 'a range', ask: n => `${addressOf(4 * some(n)).replace(/\d+$/, '10')}-${addressOf(4 * some(n)).replace(/\d+$/, '90')}` }, // prettier-ignore
  { what: 'names that start with a text', ask: n => `${nameOf(some(n)).slice(0, 6)}*`, part: 0.1 },
  { what: 'names that contain a word', ask: n => `*${ordinary(n, 'x').slice(0, 8)}*`, part: 0.1 },
  { what: 'names that contain what none does', ask: n => `*-${n}-*`, part: 0.1 },
  { what: 'an expression', ask: n => `/^www[0-9a-z]*\\.${ordinary(n, 'x').slice(0, 6)}/`, part: 0.1 },
]

/** Milliseconds until the first row, and until the last one of at most 1,000. */
const time = async (
  { ask, filter = {}, sort }: Form,
  n: number,
): Promise<readonly [first: number, all: number]> => {
  const question = await readQuestion(ask(n))
  if (typeof question === 'string') throw new Error(`${ask(n)}: ${question}`)
  const start = performance.now()
  let first = NaN
  for (const page of answerTo(question, { filter, sort, limit: 1_000 }, store.pdns))
    if (page.length > 0 && Number.isNaN(first)) first = performance.now() - start
  return [first, performance.now() - start]
}

console.log(
  `\n${'question'.padEnd(36)} ${['first row p50', 'p99', 'all rows p50', 'p99'].map(s => s.padStart(14)).join('')}  ms`,
)
for (const form of forms) {
  const times: (readonly [number, number])[] = []
  const asks = Math.max(5, Math.floor(Number(values.asks) * (form.part ?? 1)))
  for (let n = 0; n < asks; n += 1) times.push(await time(form, n))
  const firsts = times.map(([first]) => first).filter(first => !Number.isNaN(first))
  const all = times.map(([, last]) => last)
  const figures = [quantile(firsts, 0.5), quantile(firsts, 0.99), quantile(all, 0.5), quantile(all, 0.99)]
  console.log(form.what.padEnd(36), figures.map(ms => ms.toFixed(1).padStart(14)).join(''))
}
store.close()
