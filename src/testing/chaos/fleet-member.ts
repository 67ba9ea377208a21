/** One daemon of a fleet: a process with a log, a data folder, and times at which it was killed or had no shared store. */
import { spawn } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { env, execPath } from 'node:process'
import Database from 'better-sqlite3'
import type { Test } from 'tap'
import { started } from '../process.js'
import { socketFolder } from '../receivers.js'
import { followRecords, type Line } from '../record-log.js'
import { zeekLine } from '../zeek-lines.js'
import type { FleetStore, Span } from './fleet-store.js'

/**
 * The waits between sensors, in the proportion that they have to `cluster-node-timeout`: here that is a second, not 15. Ten
 * seconds, not four: a busy machine is late by seconds, whatever the timeout.
 */
export const hurriedLimits = {
  ...{ claimsSettleMs: 10_000, claimsConfirmMs: 10_000, claimRetryMs: 500, sharedRetryMs: 500 },
  ...{ lookupLeaseMs: 10_000, sensorBeatMs: 1_000, sensorGoneMs: 10_000 },
  // Longer, not shorter: a busy machine is no outage.
  sharedReplyMs: 2_000,
}

export interface FleetLine extends Line {
  readonly domain: string
  readonly first_here?: boolean
  readonly alerts_withdrawn?: readonly string[]
}

/** The lines of its own log that say whether it has the store. */
interface Said {
  readonly time: string
  readonly kind?: string
}

/** How long after a refusal it may be without an answer, as from a node without a master: those that follow are not logged. */
const refusedMs = 3_000

/** The times at which it had no shared store, by what one process of it said. */
const spansIn = (text: string): Span[] => {
  const spans: Span[] = []
  let downSince: number | undefined
  for (const line of text.split('\n')) {
    if (!line.includes('"shared-')) continue
    const { time, kind } = JSON.parse(line) as Said
    const at = Date.parse(time)
    if (kind === 'shared-down') downSince = at
    else if (kind === 'shared-refused') spans.push({ from: at, to: at + refusedMs })
    else if (kind === 'shared-up') {
      spans.push({ from: downSince ?? at, to: at })
      downSince = undefined
    }
  }
  if (downSince !== undefined) spans.push({ from: downSince, to: Infinity })
  return spans
}

export interface Member {
  /** Resolves when it has written a record. */
  readonly isReady: () => Promise<unknown>
  /** Its domains, so far. */
  readonly asked: ReadonlySet<string>
  readonly records: () => readonly FleetLine[]
  /** Its log gets a question. */
  readonly ask: (name: string) => void
  readonly signal: (signal: NodeJS.Signals) => void
  /** Kills it, and starts it again. */
  readonly restart: () => Promise<void>
  readonly end: () => Promise<unknown>
  /** Claims in its store that have no final answer. */
  readonly claims: () => number
  /** The times at which it was killed, or had no shared store. */
  readonly troubles: () => Promise<readonly Span[]>
  /** How often it was killed. */
  readonly kills: () => number
}

export const openMember = (t: Test, store: FleetStore, rdap: string, n: number): Member => {
  const dir = socketFolder(t)
  const log = join(dir, 'dns.log')
  writeFileSync(log, '')
  writeFileSync(
    join(dir, 'domainstats.yaml'),
    `emit: distinct
hold_seconds: 1
poll_seconds: 0.2
rdap: { servers: { com: '${rdap}${n}/' }, per_second: 600, burst: 100 }
shared: { ${store.settings(n)}, sensor: sensor-${n} }
inputs: [{ path: dns.log, format: zeek, start: beginning }]
`,
  )
  const { look, until } = followRecords(t, join(dir, 'domainstats.log'))
  const hurried = resolve('build/src/testing/chaos/hurried.js')
  const run = () =>
    started(
      spawn(execPath, [hurried, 'run', '--data', dir], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...env, HURRIED: JSON.stringify(hurriedLimits) },
      }),
    )
  const runs = [run()]
  t.teardown(() => last()?.end('SIGKILL'))
  const kills: number[] = []
  let lines = 0
  const asked = new Set<string>()
  const last = () => runs.at(-1)
  return {
    asked,
    isReady: () => until(records => records.length > 0),
    records: () => look() as readonly FleetLine[],
    ask: name => {
      appendFileSync(log, zeekLine(n * 1_000_000 + lines, name))
      asked.add(name)
      lines += 1
    },
    signal: signal => void last()?.child.kill(signal),
    restart: async () => {
      kills.push(Date.now())
      await last()?.end('SIGKILL')
      runs.push(run())
    },
    end: async () => last()?.end('SIGTERM'),
    claims: () => {
      const db = new Database(join(dir, 'domainstats.sqlite'), { readonly: true })
      try {
        return db.prepare<[], number>('SELECT count(*) FROM claims').pluck().get() ?? 0
      } finally {
        db.close()
      }
    },
    kills: () => kills.length,
    troubles: async () => {
      const said = await Promise.all(runs.map(({ says }) => says('')))
      return [...said.flatMap(spansIn), ...kills.map(at => ({ from: at, to: at }))]
    },
  }
}
