/** What a daemon's port says of its health, and the wait until it says something else. */
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import type { Started } from './process.js'

/** Between two looks. */
const lookMs = 50

export interface Readiness {
  readonly status: number
  readonly text: string
}

/** What `/readyz` says, once the port of a daemon is open. */
export const readinessOf = ({ says }: Started) => {
  const ready = async (): Promise<Readiness> => {
    const said = await says(/"kind":"http-opened","address":"([^"]+)"/)
    const base = /"kind":"http-opened","address":"([^"]+)"/.exec(said)?.[1] ?? ''
    const { statusCode, body } = await request(`${base}/readyz`)
    return { status: statusCode, text: await body.text() }
  }
  /** Asks until that is the status. */
  const until = async (status: number): Promise<Readiness> => {
    for (;;) {
      const found = await ready()
      if (found.status === status) return found
      await pause(lookMs)
    }
  }
  return { ready, until }
}
