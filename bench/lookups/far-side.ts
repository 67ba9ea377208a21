/** The registry as the bench sees it: where it is, and when it was asked for what. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'

export interface Asked {
  readonly name: string
  /** Epoch ms. */
  readonly at: number
}

export interface Registry {
  readonly url: string
  /** What it was asked since the last time, in that order. */
  readonly asked: () => Promise<readonly Asked[]>
  readonly end: () => void
}

const address = z.object({ port: z.number() })
const asked = z.array(z.object({ name: z.string(), at: z.number() }))

export const openRegistry = async (): Promise<Registry> => {
  const child = fork(join(import.meta.dirname, 'registry.js'))
  const says = async (): Promise<unknown> => {
    const [message] = z.tuple([z.unknown()], z.unknown()).parse(await once(child, 'message'))
    return message
  }
  const { port } = address.parse(await says())
  return {
    url: `http://127.0.0.1:${port}/`,
    asked: () => {
      child.send('asked?')
      return says().then(message => asked.parse(message))
    },
    end: () => void child.kill(),
  }
}
