/** Measures how fast a log is read during look-ups: with an empty queue, and with a long one that stays long. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { importNames } from '../program.js'
import { openDaemon } from './daemon.js'
import type { Registry } from './network.js'
import { flooding } from './flood.js'
import { names, ordinary, zeekLog } from './names.js'

/** Names that are known already, and lines of each pass over them. */
const knownNames = 1_000
const warmLines = 150_000
/** New names, each of them to be looked up. */
const coldLines = 20_000
const known = (n: number): string => ordinary(n % knownNames, 'net')
/** The last name of each pass: known, so that its record does not wait, and never seen, so that there is one. */
const mark = (pass: string): string => `mark-${pass}.net`

/** Lines a second. */
export interface Speed {
  readonly warm: number
  readonly cold: number
}

/** Two data folders that know the same names. In one of them the flood's names are queued, in the other registered. */
export const prepare = async (empty: string, queued: string, count: number): Promise<void> => {
  const both = [...names(knownNames, known), mark('first'), mark('warm'), mark('cold')]
  await importNames(empty, [...both, ...names(count, flooding)])
  await importNames(queued, both)
}

/** Reads the same lines with a copy of a prepared folder. */
export const ingest = async (prepared: string, dir: string, registry: Registry): Promise<Speed> => {
  cpSync(prepared, dir, { recursive: true })
  rmSync(join(dir, 'domainstats.log'), { force: true })
  const servers = { com: registry.url, net: registry.url, org: registry.url }
  const daemon = await openDaemon(dir, { rdap: { servers } })
  const speed = async (pass: string, queries: readonly string[]): Promise<number> => {
    const lines = zeekLog([...queries, mark(pass)])
    const begun = performance.now()
    daemon.write(lines)
    await daemon.writes(records => records.includes(mark(pass)))
    return queries.length / ((performance.now() - begun) / 1000)
  }
  await speed('first', names(warmLines / 5, known))
  const warm = await speed('warm', names(warmLines, known))
  const cold = await speed(
    'cold',
    names(coldLines, n => ordinary(n, 'org')),
  )
  await daemon.end('SIGKILL')
  rmSync(dir, { recursive: true })
  return { warm, cold }
}
