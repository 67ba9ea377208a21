/**
 * How syslog messages get to a receiver: in datagrams (RFC 5426), or in a stream with counted octets over TCP (RFC 6587),
 * TLS (RFC 5425) or a Unix socket.
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { datagramsAtOnce, datagramsPauseMs, sinkBatchBytes, syslogBytesMax } from '../../limits.js'
import type { Clock } from '../../time/clock.js'
import { orAborted } from '../../time/wake.js'
import { octetCounted, syslogMessage, type SyslogHeader } from './syslog.js'
import type { OpenSink, Sink, SinkRecord, SkippedRecords } from './sink.js'
import { overStream, type Remote, type StreamTarget } from './stream.js'

type Datagram = Remote & { readonly scheme: 'udp' }

export type SyslogTarget = Datagram | StreamTarget

export const openSyslog =
  (target: SyslogTarget, header: SyslogHeader, clock: Clock): OpenSink =>
  onLost =>
    target.scheme === 'udp'
      ? overDatagrams(target, header, clock, onLost)
      : overStream(target, records => framesOf(records, header), onLost)

/** The messages of records; those that are too long are left out. */
const messagesOf = (records: readonly SinkRecord[], header: SyslogHeader): string[] =>
  records.flatMap(record => syslogMessage(record, header) ?? [])

const tooLong = (records: number): SkippedRecords[] =>
  records === 0 ? [] : [{ records, reason: `longer than a syslog message may be (${syslogBytesMax} bytes)` }]

const framesOf = (records: readonly SinkRecord[], header: SyslogHeader) => {
  const messages = messagesOf(records, header)
  return {
    bytes: Buffer.from(messages.map(octetCounted).join(''), 'latin1'),
    skipped: tooLong(records.length - messages.length),
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
    batchBytes: sinkBatchBytes,
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
      return tooLong(records.length - messages.length)
    },
    close: () => {
      leave()
      return Promise.resolve()
    },
  }
}
