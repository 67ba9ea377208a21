/** What the shell hands to a command: streams and signals. And what a command says of words that make no sense. */
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** The streams and signals of a command. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  /** Aborts at SIGTERM and SIGINT. */
  readonly signal: AbortSignal
  /** The environment. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Sets the handler of SIGHUP. */
  readonly onHangup: (reload: () => void) => void
}

/** Standard input, ended when the signal aborts: a terminal or a pipe may never end by itself. */
export const stdinOf = ({ stdin, signal }: Io): Readable => {
  const end = () => {
    stdin.pause()
    stdin.push(null)
  }
  signal.addEventListener('abort', end, { once: true })
  return stdin
}

/** Wrong usage of the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Ends a command that did its work with an exit code that says something, and without a message. */
export class ExitStatus extends Error {
  override readonly name = 'ExitStatus'
  readonly code: number

  constructor(code: number) {
    super(`exit code ${code}`)
    this.code = code
  }
}

/*
 * The data folder. Most commands need an existing one, so that a mistyped name does not become a new, empty one. Some
 * create it, but none creates its parent.
 */

/** Why a command was ended from outside: the reader of stdout closed the pipe, or the signal aborted. */
export const endOf = ({ stdout, signal }: Io): 'reader-left' | 'stopped' | undefined => {
  const { errored } = stdout
  if (errored !== null && 'code' in errored && errored.code === 'EPIPE') return 'reader-left'
  return signal.aborted ? 'stopped' : undefined
}

/**
 * Writes the pieces to a stream, no faster than it is read, and leaves it open. Resolves without an error when the signal
 * aborts, as it does when a reader closes the pipe.
 */
export const writeAll = async (
  stream: Writable,
  pieces: Iterable<string> | AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await pipeline(Readable.from(pieces), stream, { end: false, signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
