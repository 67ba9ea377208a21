/** Receivers on loopback, as in a SIEM: each keeps the messages that it receives. Over a stream they expect counted octets, if not told otherwise. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import type { Test } from 'tap'
import type { Certificate } from './certificate.js'
import { freePort } from './ports.js'

export interface Receiver {
  /** Its address, for the setting `to`. */
  readonly to: string
  /** The messages, in the order in which they came. */
  readonly messages: string[]
  /** The ids of the records that came, each once. */
  readonly ids: () => Set<string>
  /** Resolves when `count` different records have come. */
  readonly got: (count: number) => Promise<void>
  /** Closes the port and all connections. */
  readonly close: () => Promise<void>
}

/** The record in a message. @throws SyntaxError if there is none */
export const recordOf = (message: string): Readonly<Record<string, unknown>> =>
  JSON.parse(message.slice(message.indexOf('{'))) as Readonly<Record<string, unknown>>

const receiving = () => {
  const messages: string[] = []
  const ids = new Set<string>()
  const waiters = new Set<() => void>()
  const take = (message: string) => {
    messages.push(message)
    ids.add(String(recordOf(message)['record_id']))
    for (const look of waiters) look()
  }
  const got = (count: number) =>
    new Promise<void>(resolve => {
      const look = () => {
        if (ids.size < count) return
        waiters.delete(look)
        resolve()
      }
      waiters.add(look)
      look()
    })
  return { messages, take, ids: () => new Set(ids), got }
}

/** Cuts a stream into messages: takes its pieces, gives its messages. */
type Cut = (take: (message: string) => void) => (piece: Buffer) => void

/** A message a line. */
export const byLine: Cut = take => {
  let rest = ''
  return piece => {
    const lines = (rest + piece.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(Buffer.from(line, 'latin1').toString())
  }
}

/** Messages with counted octets (RFC 6587). @throws Error for anything else */
const framed: Cut = take => {
  let rest = Buffer.alloc(0)
  return piece => {
    rest = Buffer.concat([rest, piece])
    for (;;) {
      const [head, digits = ''] = /^(\d+) /.exec(rest.toString('latin1', 0, 8)) ?? []
      if (head === undefined && rest.length >= 8)
        throw new Error(`no frame: ${rest.toString('latin1', 0, 40)}`)
      const end = (head?.length ?? 0) + Number(digits)
      if (head === undefined || rest.length < end) return
      take(rest.toString('utf8', head.length, end))
      rest = rest.subarray(end)
    }
  }
}

const overServer = async (
  server: Server,
  listen: () => void,
  to: () => string,
  cut = framed,
): Promise<Receiver> => {
  const { take, ...kept } = receiving()
  const sockets = new Set<Socket>()
  const onSocket = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.on('data', cut(take))
  }
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', onSocket)
  listen()
  await once(server, 'listening')
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { ...kept, to: to(), close }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** @param port 0 takes a free one */
export const receiveTcp = async (port = 0, cut = framed): Promise<Receiver> => {
  const server = createServer()
  const own = port === 0 ? await freePort() : port
  return overServer(
    server,
    () => server.listen(own, '127.0.0.1'),
    () => `tcp://127.0.0.1:${portOf(server)}`,
    cut,
  )
}

/** A folder for sockets: their paths must be short (unix(7): 108 bytes), and those of test folders are not. */
export const socketFolder = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'sink-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  return dir
}

export const receiveUnix = (path: string): Promise<Receiver> => {
  const server = createServer()
  return overServer(
    server,
    () => server.listen(path),
    () => `unix://${path}`,
  )
}

/** @param ca clients must have a certificate signed by this one; undefined: they need none */
export const receiveTls = ({ cert, key }: Certificate, ca?: string): Promise<Receiver> => {
  const server = createTlsServer({ cert, key, ...(ca !== undefined && { ca, requestCert: true }) })
  return overServer(
    server,
    () => server.listen(0, '127.0.0.1'),
    () => `tls://localhost:${portOf(server)}`,
  )
}

export const receiveUdp = async (): Promise<Receiver> => {
  const { take, ...kept } = receiving()
  const socket = createSocket('udp4')
  socket.on('message', message => take(message.toString()))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const close = async () => {
    socket.close()
    await once(socket, 'close')
  }
  return { ...kept, to: `udp://127.0.0.1:${socket.address().port}`, close }
}

/** Accepts connections and never reads from them. */
export const receiveNothing = async (): Promise<{
  readonly to: string
  readonly close: () => Promise<void>
}> => {
  const sockets: Socket[] = []
  const server = createServer(
    { pauseOnConnect: true },
    socket => void sockets.push(socket.on('error', () => undefined)),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { to: `tcp://127.0.0.1:${portOf(server)}`, close }
}
