/** A server as the bench sees it: where it is, and what it costs. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'

export interface Server {
  readonly url: string
  /** CPU time that it took so far, in µs. */
  readonly cpuMicros: () => number | Promise<number>
  readonly end: () => void
}

/** @param kind the script beside this one */
export const openServer = async (kind: 'bare' | 'port'): Promise<Server> => {
  const child = fork(join(import.meta.dirname, `${kind}.js`))
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${kind} ended`)))
  ended.catch(() => undefined)
  const says = async (): Promise<unknown> => {
    const [message] = z
      .tuple([z.unknown()], z.unknown())
      .parse(await Promise.race([once(child, 'message'), ended]))
    return message
  }
  const url = z.string().parse(await says())
  return {
    url,
    cpuMicros: () => {
      child.send('cpu?')
      return says().then(message => z.number().parse(message))
    },
    end: () => void child.kill(),
  }
}
