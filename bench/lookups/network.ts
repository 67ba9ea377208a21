/** The registry as the bench sees it: where it is, and when it was asked for what. */
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
  /** What it was asked since the last time, in that order. */
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
