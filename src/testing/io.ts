/** A shell for commands in tests: what they print is kept. */
import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import type { Io } from '../commands/terminal.js'

/** A stream that keeps what was written to it. */
export const keep = () => {
  const pieces: Buffer[] = []
  const stream = new Writable({
    write: (piece: Buffer, _encoding, done) => {
      pieces.push(piece)
      done()
      stream.emit('kept')
    },
  })
  const text = () => Buffer.concat(pieces).toString()
  const says = async (pattern: string | RegExp): Promise<string> => {
    while (!text().match(pattern)) await once(stream, 'kept')
    return text()
  }
  return { stream, text, says }
}

export interface TestIo extends Io {
  readonly out: () => string
  readonly err: () => string
  /** Resolves when the command has said something on stderr. */
  readonly says: (pattern: string | RegExp) => Promise<string>
  /** What SIGTERM does. */
  readonly stop: () => void
  /** What SIGHUP does. */
  readonly hangUp: () => void
}

/** @param stdin what is typed or piped in */
export const testIo = (stdin: string | Buffer = ''): TestIo => {
  const [out, err] = [keep(), keep()]
  const life = new AbortController()
  let hangUp = (): void => undefined
  return {
    stdin: Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdout: out.stream,
    stderr: err.stream,
    signal: life.signal,
    onHangup: reload => (hangUp = reload),
    out: out.text,
    err: err.text,
    says: err.says,
    stop: () => life.abort(),
    hangUp: () => hangUp(),
  }
}
