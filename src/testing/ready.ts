/** Reads `/readyz` and `/metrics` of a daemon, and waits until they change. */
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import type { Run } from './process.js'

/** Time between two requests. */
const lookMs = 50

export interface Readiness {
  readonly status: number
  readonly text: string
}

/** Samples of `/metrics` by name and labels, without `domainstats_`: `lines_total`, `skips_total{reason="comment"}`. */
export type Metrics = ReadonlyMap<string, number>

/** The sum of a metric over all its labels. */
export const sumOf = (metrics: Metrics, name: string): number =>
  [...metrics].reduce((sum, [key, value]) => (key.replace(/\{.*/, '') === name ? sum + value : sum), 0)

/** Waits for the port of a daemon, then requests `/readyz` and `/metrics`. */
export const readinessOf = ({ says }: Run) => {
  const get = async (path: string): Promise<Readiness> => {
    const log = await says(/"kind":"http-opened","address":"([^"]+)"/)
    const base = /"kind":"http-opened","address":"([^"]+)"/.exec(log)?.[1] ?? ''
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
  /** Requests `/readyz` until it has this status. */
  const until = async (status: number): Promise<Readiness> => {
    for (;;) {
      const found = await ready()
      if (found.status === status) return found
      await pause(lookMs)
    }
  }
  /** Requests the metrics until they pass the test. */
  const untilMetrics = async (test: (metrics: Metrics) => boolean): Promise<Metrics> => {
    for (;;) {
      const found = await metrics()
      if (test(found)) return found
      await pause(lookMs)
    }
  }
  return { get, ready, until, metrics, untilMetrics }
}
