/** An HTTP proxy on loopback that records its requests. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { Test } from 'tap'

export interface Proxy {
  /** For HTTPS_PROXY. */
  readonly url: string
  readonly port: number
  /** The request lines, without their version: `CONNECT host:443`. */
  readonly asked: readonly string[]
  readonly until: (test: (asked: readonly string[]) => boolean) => Promise<void>
}

/**
 * Starts a proxy, which runs until the end of the test.
 *
 * @param ports by `host:port`: the port of this machine to which it connects instead. It refuses all others.
 */
export const openProxy = async (t: Test, ports: Readonly<Record<string, number>> = {}): Promise<Proxy> => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${String(request.method)} ${String(request.url)}`)
    response.writeHead(502).end()
  })
  server.on('connect', (request, socket) => {
    const to = String(request.url)
    asked.push(`CONNECT ${to}`)
    socket.on('error', () => undefined)
    const port = ports[to]
    if (port === undefined) socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n')
    else {
      const far = connect(port, '127.0.0.1', () =>
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n'),
      )
      far.on('error', () => socket.destroy())
      socket.on('close', () => far.destroy())
      far.pipe(socket).pipe(far)
    }
    server.emit('asked')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    ...{ url: `http://127.0.0.1:${address.port}`, port: address.port, asked },
    until: async test => {
      while (!test(asked)) await once(server, 'asked')
    },
  }
}
