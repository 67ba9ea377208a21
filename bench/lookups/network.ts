/** The bench's side of the registry: its address, and the queries that it got. */
import { join } from 'node:path'
import * as z from 'zod'
import { openChild } from '../child.js'

export interface Asked {
  readonly name: string
  /** Epoch ms. */
  readonly at: number
}

export interface Registry {
  readonly url: string
  /** The queries since the last call, in order. */
  readonly asked: () => Promise<readonly Asked[]>
  readonly end: () => void
}

const address = z.object({ port: z.number() })
const asked = z.array(z.object({ name: z.string(), at: z.number() }))

export const openRegistry = async (): Promise<Registry> => {
  const child = openChild(join(import.meta.dirname, 'registry.js'))
  const { port } = address.parse(await child.says())
  return {
    url: `http://127.0.0.1:${port}/`,
    asked: () => child.asked('asked?').then(message => asked.parse(message)),
    end: child.end,
  }
}
