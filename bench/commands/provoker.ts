/**
 * Asks misbehaving commands again and again, as a process of its own: their answers are long, and reading them would hold up
 * the measurement. Is told the URL and the names, and to stop; then says how often they have run.
 */
import { once } from 'node:events'
import process from 'node:process'
import * as z from 'zod'
import { loops, misbehaving } from './misbehaving.js'

const answered = z.record(z.string(), z.unknown())

const isAs = (answer: Readonly<Record<string, unknown>>, wanted: object): boolean =>
  Object.entries(wanted).every(([key, value]: [string, unknown]) =>
    value instanceof RegExp ? value.test(String(answer[key])) : answer[key] === value,
  )

/** Asks a command until the signal aborts. @throws Error if it behaves */
const provoke = async (url: string, name: string, loop: number, signal: AbortSignal): Promise<number> => {
  let runs = 0
  while (!signal.aborted) {
    const response = await fetch(`${url}/commands/${name}/h${loop}-${runs}`)
    const answer = answered.parse(await response.json())
    if (!isAs(answer, misbehaving[name]?.answer ?? {}))
      throw new Error(`${name}: ${JSON.stringify(answer).slice(0, 300)}`)
    runs += 1
  }
  return runs
}

const order = z.object({ url: z.string(), names: z.array(z.string()) })
const [told] = (await once(process, 'message')) as [unknown]
const { url, names } = order.parse(JSON.parse(z.string().parse(told)))
const over = new AbortController()
const runs = Promise.all(
  names.flatMap(name => Array.from({ length: loops }, (_, loop) => provoke(url, name, loop, over.signal))),
)
process.send?.('begun')
process.once('message', () => over.abort())
process.once('disconnect', () => process.exit())
process.send?.((await runs).reduce((sum, count) => sum + count, 0))
