/** The Io of a command in a test: keeps what it prints. */
import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import type { Io } from '../commands/io.js'

/** A stream that keeps the text written to it. `says` waits until the text matches. */
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
  /** Resolves when stderr matches the pattern. */
  readonly says: (pattern: string | RegExp) => Promise<string>
  /** Does what SIGTERM does. */
  readonly stop: () => void
  /** Does what SIGHUP does. */
  readonly hangUp: () => void
}

/** @param stdin the input of the command */
export const testIo = (stdin: string | Buffer = ''): TestIo => {
  const [out, err] = [keep(), keep()]
  const life = new AbortController()
  let hangUp = (): void => undefined
  return {
    stdin: Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdout: out.stream,
    stderr: err.stream,
    signal: life.signal,
    variables: {},
    onHangup: reload => (hangUp = reload),
    out: out.text,
    err: err.text,
    says: err.says,
    stop: () => life.abort(),
    hangUp: () => hangUp(),
  }
}
