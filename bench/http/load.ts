/** Sends as many requests as a server can answer, on a few connections. */
import autocannon from 'autocannon'
import { cpuMicros } from '../program.js'
import type { Server } from './servers.js'

const connections = 20
/** Short, so that other load of the machine affects all rows alike. */
const seconds = 1

export interface Speed {
  /** Requests a second. */
  readonly rate: number
  /** CPU time of the server for one request, in µs; undefined if unknown. */
  readonly cpu: number | undefined
}

/**
 * Asks for the names over and over for some seconds, or `once` for each of them. The connections begin at different
 * ones, and go on from there: where each name is asked once they share them.
 *
 * @throws Error if one is refused
 */
export const load = async (
  { url, pid }: Server,
  names: readonly string[],
  how: 'over and over' | 'once',
): Promise<Speed> => {
  const requests = names.map(name => ({ path: `/${name}` }))
  let connection = 0
  const before = cpuMicros(pid)
  const told = await autocannon({
    ...{ url, connections },
    ...(how === 'once' ? { amount: names.length } : { duration: seconds }),
    // The end is looked for so often, in ms.
    sampleInt: 10,
    setupClient: client => {
      const first = Math.floor((connection++ * names.length) / connections)
      client.setRequests([...requests.slice(first), ...requests.slice(0, first)])
    },
  })
  const after = cpuMicros(pid)
  if (told.non2xx + told.errors > 0) throw new Error(`${told.non2xx} refusals, ${told.errors} errors`)
  const { total } = told.requests
  const cpu = before === undefined || after === undefined ? undefined : (after - before) / total
  return { rate: total / told.duration, cpu }
}
