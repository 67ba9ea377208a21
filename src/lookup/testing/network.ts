/** Fake servers, network and pacing for look-ups: no test reaches the internet. */
import { lookup as askSystem } from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import type { Test } from 'tap'
import { Agent, MockAgent, type Dispatcher } from 'undici'
import type { Network } from '../net/addresses.js'
import type { ServerOutcome, Pacing } from '../pacing/token-bucket.js'
import type { Bootstrap } from '../rdap/bootstrap.js'

/** A dispatcher that knows only the replies that the test sets. */
export const mockAgent = (t: Test): MockAgent => {
  const agent = new MockAgent()
  agent.disableNetConnect()
  t.teardown(() => agent.close())
  return agent
}

/** A real server on a free port of the loopback, its base URL, and an agent that reaches it. */
export const realServer = async (
  t: Test,
  listener: RequestListener,
): Promise<{ base: URL; agent: Agent }> => {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const agent = new Agent()
  t.teardown(async () => {
    await agent.destroy()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return { base: new URL(`http://127.0.0.1:${address.port}/`), agent }
}

/** A network where both ways lead through one dispatcher. */
export const networkBy = (dispatcher: Dispatcher): Network => {
  const way = { dispatcher: () => Promise.resolve(dispatcher), resolve: askSystem }
  return { strangers: way, own: way }
}

/** A bootstrap that names these servers for every name. */
export const servedBy = (urls: readonly string[], byHand = false): Bootstrap => {
  const bases = urls.map(url => new URL(url))
  return {
    serviceOf: () => Promise.resolve({ kind: 'service', urls: bases, byHand }),
    serverOf: () => bases[0]?.host,
    readyIn: () => 0,
    hostsCount: () => bases.length,
  }
}

/** Pacing without waits. It notes each slot taken (`turn`) and given back (`over`), and each outcome. */
export const noPacing = (): Pacing & { readonly notes: string[] } => {
  const notes: string[] = []
  const inWords = (outcome: ServerOutcome): string =>
    outcome.kind === 'busy' && outcome.retryAfterMs !== undefined
      ? `busy for ${outcome.retryAfterMs} ms`
      : outcome.kind
  return {
    notes,
    readyIn: () => 0,
    server: host => ({
      acquire: signal => {
        signal.throwIfAborted()
        notes.push(`${host} turn`)
        return Promise.resolve(() => void notes.push(`${host} over`))
      },
      observe: outcome => void notes.push(`${host} ${inWords(outcome)}`),
    }),
  }
}
