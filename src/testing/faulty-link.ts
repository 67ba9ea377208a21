/** A TCP link on loopback that a test breaks: it parts, delays, half-closes, cuts and refuses. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/**
 * `well`: passes on. `slow`: each piece comes late. `parted`: accepts, and passes nothing on, in neither direction, before it
 * changes again: TCP sends again what a partition has lost. `refuses`: ends each connection at once.
 */
export type LinkState = 'well' | 'slow' | 'parted' | 'refuses'

export interface FaultyLink {
  readonly port: number
  /**
   * Applies to the connections that stand, too.
   *
   * @param from only for connections of this address, until the link changes for all
   */
  readonly be: (state: LinkState, from?: string) => void
  /** Ends all connections. */
  readonly cut: () => void
  /** Ends our half of all connections, as a proxy does whose server has gone. */
  readonly halfClose: () => void
}

/** How late a piece comes on a slow link. */
const slowMs = 80

/** Opens a link to a port of this machine. It stands until the end of the test. */
export const openFaultyLink = async (t: Test, toPort: number): Promise<FaultyLink> => {
  let ofAll: LinkState = 'well'
  const ofSome = new Map<string, LinkState>()
  const near = new Set<Socket>()
  const passing = new Set<() => void>()
  const pass = (from: Socket, to: Socket, state: () => LinkState): void => {
    let waiting: Buffer[] = []
    const flush = (): void => {
      if (state() === 'parted') return
      for (const piece of waiting) if (to.writable) to.write(piece)
      waiting = []
    }
    passing.add(flush)
    from.on('data', (piece: Buffer) => {
      waiting.push(piece)
      if (state() === 'slow') setTimeout(flush, slowMs).unref()
      else flush()
    })
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => {
      passing.delete(flush)
      to.destroy()
    })
  }
  const server = createServer({ allowHalfOpen: true }, socket => {
    const { remoteAddress: client = '' } = socket
    const state = (): LinkState => ofSome.get(client) ?? ofAll
    if (state() === 'refuses') {
      socket.destroy()
      return
    }
    near.add(socket)
    socket.on('close', () => near.delete(socket))
    const far = connect({ port: toPort, host: '127.0.0.1', allowHalfOpen: true })
    pass(socket, far, state)
    pass(far, socket, state)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (from?: string): void => {
    for (const socket of near) if (from === undefined || from === socket.remoteAddress) socket.destroy()
  }
  t.teardown(() => {
    server.close()
    cut()
  })
  return {
    port: (server.address() as AddressInfo).port,
    be: (next, from) => {
      if (from === undefined) {
        ofAll = next
        ofSome.clear()
      } else ofSome.set(from, next)
      if (next === 'refuses') cut(from)
      for (const flush of passing) flush()
    },
    cut: () => cut(),
    halfClose: () => {
      for (const socket of near) socket.end()
    },
  }
}
