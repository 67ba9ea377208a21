/** What a daemon's port says of its health and its work, and the wait until it says something else. */
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import type { Run } from './process.js'

/** Between two looks. */
const lookMs = 50

export interface Readiness {
  readonly status: number
  readonly text: string
}

/** Samples of `/metrics` by what stands before their value, without `domainstats_`: `lines_total`, `skips_total{reason="comment"}`. */
export type Metrics = ReadonlyMap<string, number>

/** The sum of a metric over all its labels. */
export const sumOf = (metrics: Metrics, name: string): number =>
  [...metrics].reduce((sum, [key, value]) => (key.replace(/\{.*/, '') === name ? sum + value : sum), 0)

/** What `/readyz` and `/metrics` say, once the port of a daemon is open. */
export const readinessOf = ({ says }: Run) => {
  const get = async (path: string): Promise<Readiness> => {
    const said = await says(/"kind":"http-opened","address":"([^"]+)"/)
    const base = /"kind":"http-opened","address":"([^"]+)"/.exec(said)?.[1] ?? ''
    const { statusCode, body } = await request(`${base}${path}`)
    return { status: statusCode, text: await body.text() }
  }
  const ready = (): Promise<Readiness> => get('/readyz')
  const metrics = async (): Promise<Metrics> => {
    const { text } = await get('/metrics')
    return new Map(
      [...text.matchAll(/^domainstats_(\S+) (\S+)$/gm)].map(([, key = '', value]) => [key, Number(value)]),
    )
  }
  /** Asks until that is the status. */
  const until = async (status: number): Promise<Readiness> => {
    for (;;) {
      const found = await ready()
      if (found.status === status) return found
      await pause(lookMs)
    }
  }
  /** Asks for the metrics until they are like that. */
  const untilMetrics = async (test: (metrics: Metrics) => boolean): Promise<Metrics> => {
    for (;;) {
      const found = await metrics()
      if (test(found)) return found
      await pause(lookMs)
    }
  }
  return { ready, until, metrics, untilMetrics }
}
