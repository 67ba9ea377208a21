/** For `doctor`: whether something answers at an address. */
import { connect, type TcpNetConnectOpts, type IpcNetConnectOpts } from 'node:net'
import { examinationMs } from '../../limits.js'
import type { Clock } from '../../time/clock.js'
import { within } from '../../time/wake.js'
import { messageOf } from './diagnosis.js'

/** Connects, and closes at once. Resolves to why nothing answers; undefined if something does. Rejects only when the signal aborts. */
export const whyUnreachable = async (
  to: TcpNetConnectOpts | IpcNetConnectOpts,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const tried = await within(examinationMs, clock, signal, until => tryOnce(to, until))
  return tried === undefined ? `no answer within ${examinationMs / 1000} s` : tried.why
}

/** In an object, since `within` says undefined when the time is over. */
const tryOnce = (to: TcpNetConnectOpts | IpcNetConnectOpts, signal: AbortSignal) =>
  new Promise<{ readonly why: string | undefined }>((done, fail) => {
    const socket = connect(to)
    const end = (why: string | undefined) => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      done({ why })
    }
    const stop = () => {
      socket.destroy()
      fail(new Error('stopped'))
    }
    signal.addEventListener('abort', stop, { once: true })
    socket.once('connect', () => end(undefined))
    socket.once('error', error => end(messageOf(error)))
  })
