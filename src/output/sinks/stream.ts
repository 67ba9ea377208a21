/**
 * Sinks over a connection: TCP, TLS or a Unix stream socket. Receivers send no answer: a record counts as received when
 * the operating system has taken it and the connection still stands a second later.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { sinkBatchBytes } from '../../limits.js'
import type { Sink, SinkRecord, SkippedRecords } from './sink.js'

/** In PEM. */
export interface TlsFiles {
  /** The authority that signs the receiver's certificate; undefined for those that Node trusts. */
  readonly ca: string | undefined
  /** Our client certificate. */
  readonly cert: string | undefined
  readonly key: string | undefined
}

export interface Remote {
  readonly host: string
  readonly port: number
}

export type StreamTarget =
  | (Remote & { readonly scheme: 'tcp' })
  | (Remote & { readonly scheme: 'tls'; readonly files: TlsFiles })
  | { readonly scheme: 'unix'; readonly path: string }

const connectionTo = (target: StreamTarget): Socket => {
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

/** Some records as bytes of a stream, and those that cannot be sent at all. */
interface Framed {
  readonly bytes: Buffer
  readonly skipped: readonly SkippedRecords[]
}

/** Opens a sink over a stream. Nothing is connected yet. @param onLost as of OpenSink */
export const overStream = (
  target: StreamTarget,
  frame: (records: readonly SinkRecord[]) => Framed,
  onLost: (error: unknown) => void,
): Sink => {
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
    batchBytes: sinkBatchBytes,
    send: async (records, signal) => {
      const { bytes, skipped } = frame(records)
      const stream = await connected(signal)
      await unlessItEnds(stream, signal, done => {
        // Called when the system has taken the bytes. After an error the stream closes, too.
        stream.write(bytes, error => {
          if (!error) done()
        })
      })
      return skipped
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
