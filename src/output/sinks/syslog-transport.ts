/**
 * Sends syslog messages to a receiver: in datagrams (RFC 5426), or in a stream with octet counting over TCP (RFC 6587),
 * TLS (RFC 5425) or a Unix socket. Receivers send no answer: a message counts as received when the operating system has
 * taken it and the connection still stands a second later.
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { datagramsAtOnce, datagramsPauseMs } from '../../limits.js'
import type { Clock } from '../../time/clock.js'
import { orAborted } from '../../time/wake.js'
import { octetCounted, syslogMessage, type SyslogHeader } from './syslog.js'
import type { OpenSink, Sink, SinkRecord } from './sink.js'

/** In PEM. */
export interface TlsFiles {
  /** The authority that signs the receiver's certificate; undefined for those that Node trusts. */
  readonly ca: string | undefined
  /** Our client certificate. */
  readonly cert: string | undefined
  readonly key: string | undefined
}

interface Remote {
  readonly host: string
  readonly port: number
}

type Datagram = Remote & { readonly scheme: 'udp' }

type Stream =
  | (Remote & { readonly scheme: 'tcp' })
  | (Remote & { readonly scheme: 'tls'; readonly files: TlsFiles })
  | { readonly scheme: 'unix'; readonly path: string }

export type SyslogTarget = Datagram | Stream

export const openSyslog =
  (target: SyslogTarget, header: SyslogHeader, clock: Clock): OpenSink =>
  onLost =>
    target.scheme === 'udp'
      ? overDatagrams(target, header, clock, onLost)
      : overStream(target, header, onLost)

/** The messages of records; those that are too long are left out. */
const messagesOf = (records: readonly SinkRecord[], header: SyslogHeader): string[] =>
  records.flatMap(record => syslogMessage(record, header) ?? [])

const connectionTo = (target: Stream): Socket => {
  if (target.scheme === 'unix') return connectPlain({ path: target.path })
  const { host, port } = target
  if (target.scheme === 'tcp') return connectPlain({ host, port })
  const { ca, cert, key } = target.files
  // RFC 6066 3: no IP addresses in the server name.
  return connectTls({ host, port, ca, cert, key, ...(isIP(host) === 0 && { servername: host }) })
}

/** Rejects when the stream ends before the work is done, or the signal aborts. */
const unlessItEnds = (socket: Socket, signal: AbortSignal, work: (done: () => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      socket.off('close', fail)
      signal.removeEventListener('abort', abort)
      then()
    }
    const fail = () =>
      settle(() => reject(socket.errored ?? new Error('the receiver has closed the connection')))
    const abort = () => {
      socket.destroy()
    }
    socket.once('close', fail)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    work(() => settle(resolve))
  })

const overStream = (target: Stream, header: SyslogHeader, onLost: (error: unknown) => void): Sink => {
  let socket: Socket | undefined

  const connected = async (signal: AbortSignal): Promise<Socket> => {
    if (socket) return socket
    const opened = connectionTo(target)
    // `close` follows each error, and is handled below.
    opened.on('error', () => undefined)
    await unlessItEnds(opened, signal, done => {
      opened.once(target.scheme === 'tls' ? 'secureConnect' : 'connect', done)
    })
    opened.setKeepAlive(true)
    // A receiver sends nothing, but its end of the connection is only seen by reading.
    opened.resume()
    opened.once('close', () => {
      if (socket !== opened) return
      socket = undefined
      onLost(opened.errored ?? new Error('the receiver has closed the connection'))
    })
    socket = opened
    return opened
  }

  return {
    send: async (records, signal) => {
      const messages = messagesOf(records, header)
      const stream = await connected(signal)
      const frames = messages.map(octetCounted).join('')
      await unlessItEnds(stream, signal, done => {
        // Called when the system has taken the bytes. After an error the stream closes, too.
        stream.write(frames, 'latin1', error => {
          if (!error) done()
        })
      })
      return records.length - messages.length
    },
    close: async signal => {
      const last = socket
      socket = undefined
      if (!last) return
      last.end()
      await unlessItEnds(last, signal, () => undefined).catch(() => undefined)
      last.destroy()
    },
  }
}

const overDatagrams = (
  { host, port }: Datagram,
  header: SyslogHeader,
  clock: Clock,
  onLost: (error: unknown) => void,
): Sink => {
  let socket: Datagrams | undefined
  /** Why the last socket was closed. */
  let broken = new Error('the socket is closed')

  const leave = () => {
    socket?.close()
    socket = undefined
  }

  const connected = async (signal: AbortSignal): Promise<Datagrams> => {
    if (socket) return socket
    const { address, family } = await orAborted(lookup(host), signal)
    const opened = createSocket(family === 6 ? 'udp6' : 'udp4')
    socket = opened
    try {
      // A connected socket gets an error when no receiver listens there (ICMP port unreachable).
      opened.connect(port, address)
      await once(opened, 'connect', { signal })
    } catch (error) {
      leave()
      throw error
    }
    opened.on('error', error => {
      if (socket !== opened) return
      broken = error
      leave()
      onLost(error)
    })
    return opened
  }

  return {
    send: async (records, signal) => {
      const messages = messagesOf(records, header)
      const datagrams = await connected(signal)
      // Datagrams beyond the receiver's buffer are lost without an error, so we pause between groups.
      for (const [at, message] of messages.entries()) {
        if (at % datagramsAtOnce === 0) await clock.sleep(datagramsPauseMs, signal)
        signal.throwIfAborted()
        if (socket !== datagrams) throw broken
        await new Promise<void>((resolve, reject) => {
          datagrams.send(message, error => (error ? reject(error) : resolve()))
        }).catch((error: unknown) => {
          if (socket === datagrams) leave()
          throw error
        })
      }
      return records.length - messages.length
    },
    close: () => {
      leave()
      return Promise.resolve()
    },
  }
}
