/** The program's own log on stderr: JSON lines for a collector, sentences on a terminal. */
import { pino, type Logger } from 'pino'
import * as z from 'zod'
import { toJsonLine } from '../output/json.js'
import type { Io } from './io.js'

type Write = (about: object, message?: string) => void

/** Each function writes one line. */
export interface Log {
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

/** @param level `info` for a daemon; `warn` for a command that prints results */
export const openLog = (stderr: Io['stderr'], level: 'info' | 'warn'): Log => {
  const log = openPino(stderr, level)
  return {
    info: level === 'info' ? (about, message) => log.info(about, message) : () => undefined,
    warn: (about, message) => log.warn(about, message),
    error: (about, message) => log.error(about, message),
  }
}

const openPino = (stderr: Io['stderr'], level: string): Logger => {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  // With `warn` there may be a progress bar in this line: it is erased, and drawn again below.
  const before = level === 'warn' ? '\r\x1b[K' : ''
  const readable = { write: (line: string) => void stderr.write(before + sentence(line)) }
  return pino(options, stderr.isTTY === true ? readable : stderr)
}

const logLine = z.looseObject({
  time: z.string(),
  level: z.number(),
  kind: z.string().optional(),
  msg: z.string().optional(),
})

/** `08:15:30 input-opened path="/logs/dns.log" offset=0` */
const sentence = (line: string): string => {
  const { time, level, kind, msg, ...rest } = logLine.parse(JSON.parse(line))
  const details = Object.entries(rest).map(([key, value]) => `${key}=${toJsonLine({ value }).slice(9, -1)}`)
  const weight = level > 30 ? ['warning:'] : []
  return `${[time.slice(11, 19), ...weight, kind ?? msg ?? '', ...details].join(' ')}\n`
}
