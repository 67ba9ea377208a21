/** The registry of a script, on loopback: it answers soon or late, refuses, fails, or does not answer at all. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { registeredOn, type Reply } from '../registry.js'
import { chanceFrom, type Chance } from './chance.js'

export interface ScriptRegistry {
  /** For `rdap.servers`. */
  readonly url: string
  readonly close: () => Promise<void>
}

const replyTo = (name: string, chance: Chance): Reply => {
  const share = chance.next()
  if (share < 0.75) return registeredOn(name, '2011-05-14T08:21:07Z')
  if (share < 0.85) return { status: 404 }
  if (share < 0.93) return { status: 500 }
  return share < 0.98 ? { status: 429, headers: { 'retry-after': '1' } } : 'never'
}

/** Sometimes longer than `hold_seconds`. */
const latencyOf = (chance: Chance): number =>
  chance.likely(0.15) ? chance.between(1_000, 2_500) : chance.between(0, 200)

const answer = (response: ServerResponse, reply: Reply): void => {
  if (reply === 'never') return
  response.writeHead(reply.status, { 'content-type': 'application/rdap+json', ...reply.headers })
  response.end(JSON.stringify(reply.body ?? {}))
}

/** The answer to the nth query for a name; the same in each run of the seed. */
export const openScriptRegistry = async (seed: number): Promise<ScriptRegistry> => {
  const times = new Map<string, number>()
  const server = createServer((request, response) => {
    const name = request.url?.split('/').pop() ?? ''
    const nth = (times.get(name) ?? 0) + 1
    times.set(name, nth)
    const chance = chanceFrom(seed * 1_000_003 + Number(/\d+/.exec(name)?.[0] ?? 0) * 101 + nth)
    setTimeout(() => answer(response, replyTo(name, chance)), latencyOf(chance)).unref()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
