/** Ports on loopback for servers of tests. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/** Below the ports that systems give to connections (on Linux ip_local_port_range): those of other tests take none of these. */
const [leastPort, mostPort] = [10_000, 32_000]

/** Listens on a port; undefined if it is taken. */
const listeningOn = async (port: number): Promise<Server | undefined> => {
  const server = createServer().listen(port, '127.0.0.1')
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  )
}

/** TCP ports that are free now. A server that is down for a while gets its own again. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = new Map<number, Server>()
  while (servers.size < count) {
    const port = randomInt(leastPort, mostPort)
    const server = servers.has(port) ? undefined : await listeningOn(port)
    if (server) servers.set(port, server)
  }
  await Promise.all([...servers.values()].map(server => once(server.close(), 'close')))
  return [...servers.keys()]
}

/** One of them. */
export const freePort = async (): Promise<number> => {
  const [port = 0] = await freePorts(1)
  return port
}

export const isListening = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
