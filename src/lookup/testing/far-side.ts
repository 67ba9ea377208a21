/** The far side of a look-up, played: no test reaches the internet. */
import { createServer, type RequestListener } from 'node:http'
import type { Test } from 'tap'
import { Agent, MockAgent } from 'undici'
import type { Bootstrap } from '../bootstrap.js'

/** A dispatcher that knows only what the test tells it. */
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

/** A bootstrap that names these servers for every name. */
export const servedBy = (urls: readonly string[], byHand = false): Bootstrap => ({
  serviceOf: () => Promise.resolve({ kind: 'service', urls: urls.map(url => new URL(url)), byHand }),
})
