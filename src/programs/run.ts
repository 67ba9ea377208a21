/**
 * Runs a program once, without a shell, within limits of time and output. It leads a process group of its own (setpgid(2)),
 * so that what it has started ends with it.
 */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import process from 'node:process'
import { commandComplaintBytes, commandDrainMs, commandKillMs } from '../limits.js'
import type { Clock } from '../time/clock.js'

export interface ProgramOptions {
  readonly argv: readonly string[]
  /** All variables that it gets. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Whether stderr is part of the output, in the order in which the pieces arrive. */
  readonly mergesStderr: boolean
  readonly timeoutMs: number
  readonly outputBytesMax: number
}

export interface ProgramRun {
  /** Undefined if a signal ended it. */
  readonly exit: number | undefined
  /** `SIGKILL`; undefined if it ended by itself. */
  readonly signal: string | undefined
  /** Why we ended it; undefined if we did not. */
  readonly ended: 'timeout' | 'too-much-output' | undefined
  /** At most outputBytesMax. */
  readonly output: Buffer
  /** The last line that it wrote to stderr, as it is; '' if there is none. It may begin in the middle. */
  readonly complaint: string
  /** From its start to its end. */
  readonly ms: number
}

/** Sends a signal to all that is left of a group. */
const signalGroup = (leader: number | undefined, name: NodeJS.Signals): void => {
  if (leader === undefined) return
  try {
    process.kill(-leader, name)
  } catch {
    // ESRCH: all have ended. EPERM: what is left runs as another user (setuid), and is not ours to end.
  }
}

/** Collects output up to a limit. */
const collector = (bytesMax: number, onFull: () => void) => {
  const pieces: Buffer[] = []
  let bytes = 0
  return {
    add: (piece: Buffer): void => {
      const taken = piece.subarray(0, bytesMax - bytes)
      if (taken.length > 0) pieces.push(taken)
      bytes += taken.length
      if (taken.length < piece.length) onFull()
    },
    all: () => Buffer.concat(pieces),
  }
}

/** Keeps the end of what is written, however much that is. */
const tail = (bytesMax: number) => {
  let end = Buffer.alloc(0)
  return {
    add: (piece: Buffer): void => {
      end = Buffer.concat([end, piece.subarray(-bytesMax)]).subarray(-bytesMax)
    },
    lastLine: (): string => {
      const lines = end.toString('utf8').split(/[\r\n]/)
      return lines.findLast(line => line.trim() !== '')?.trim() ?? ''
    },
  }
}

/**
 * Runs a program to its end: SIGTERM goes to its group at the time limit, or when there is too much output, and SIGKILL
 * commandKillMs later. What is left of its group when it ends gets SIGKILL; a program that has left its group (setsid(2))
 * is out of reach.
 *
 * @throws Error with the code of the system (ENOENT, EACCES) if it cannot be started; the signal's reason when that aborts
 */
export const runProgram = (options: ProgramOptions, clock: Clock, signal: AbortSignal): Promise<ProgramRun> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const { argv, env, cwd, mergesStderr, timeoutMs, outputBytesMax } = options
    const [file = '', ...words] = argv
    const began = clock.now()
    const stdio: SpawnOptions['stdio'] = ['ignore', 'pipe', 'pipe']
    const child: ChildProcess = spawn(file, words, { env, cwd, shell: false, detached: true, stdio })
    const timers = new AbortController()
    const [exit, ended]: [{ code?: number; signal?: string }, { why?: ProgramRun['ended'] }] = [{}, {}]
    // Without a free file descriptor there are none, whatever their type says: the error comes in the next turn.
    const pipes = [child.stdout, child.stderr].flatMap(pipe => pipe ?? [])

    const after = (ms: number, act: () => void): void =>
      void clock.sleep(ms, timers.signal).then(() => {
        if (!timers.signal.aborted) act()
      })
    const release = (): void => {
      timers.abort()
      signal.removeEventListener('abort', stop)
      for (const pipe of pipes) pipe.destroy()
      child.unref()
    }
    const settle = (): void => {
      release()
      const ms = Math.max(0, clock.now() - began)
      const complaint = stderr.lastLine()
      resolve({ exit: exit.code, signal: exit.signal, ended: ended.why, output: output.all(), complaint, ms })
    }
    const end = (why: ProgramRun['ended']): void => {
      if (ended.why !== undefined) return
      ended.why = why
      signalGroup(child.pid, 'SIGTERM')
      after(commandKillMs, () => {
        signalGroup(child.pid, 'SIGKILL')
        // A process in an uninterruptible wait, for a dead file server, does not end even then.
        after(commandKillMs, settle)
      })
    }
    const stop = (): void => {
      signalGroup(child.pid, 'SIGKILL')
      release()
      reject(signal.reason as Error) // an AbortError, unless the caller gave another reason
    }
    const output = collector(outputBytesMax, () => {
      for (const pipe of pipes) pipe.destroy()
      end('too-much-output')
    })

    const stderr = tail(commandComplaintBytes)
    child.stderr?.on('data', stderr.add)
    if (mergesStderr) child.stderr?.on('data', output.add)
    child.stdout?.on('data', output.add)
    child.on('error', error => {
      release()
      reject(error)
    })
    child.on('exit', (code, name) => {
      Object.assign(exit, { code: code ?? undefined, signal: name ?? undefined })
      signalGroup(child.pid, 'SIGKILL')
      // A program that has left the group may keep the pipe open.
      after(commandDrainMs, settle)
    })
    child.on('close', settle)
    signal.addEventListener('abort', stop)
    after(timeoutMs, () => end('timeout'))
  })
