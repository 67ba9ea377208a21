/** What a command is handed by the shell that runs it. */
import type { Readable, Writable } from 'node:stream'

export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  /** SIGTERM, SIGINT: finish what was begun and leave. */
  readonly signal: AbortSignal
  /** Called with what SIGHUP shall do. */
  readonly onHangup: (reload: () => void) => void
}

/** Standard input, which ends when the program shall stop: a terminal or a pipe may never end by itself. */
export const stdinOf = ({ stdin, signal }: Io): Readable => {
  const end = () => {
    stdin.pause()
    stdin.push(null)
  }
  signal.addEventListener('abort', end, { once: true })
  return stdin
}

/** The command line asks for something that makes no sense: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
