/** Runs the program as a process, as users do. Needs the build in dist/. */
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import process, { execPath } from 'node:process'
import type { Readable } from 'node:stream'

export const program = resolve('dist/cli.js')

/** A run of the program: as a process (`Started`), or in the test's own process (`startHere`). */
export interface Run {
  /** Resolves when its output, on either stream, matches. Returns the whole output so far. */
  readonly says: (text: string | RegExp) => Promise<string>
  /** Its exit code, or the signal that ended it. Resolves when the whole output has come. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

export interface Started extends Run {
  readonly child: ChildProcess
  /** Sends a signal and waits for the end. Returns the exit code, or the signal. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | NodeJS.Signals | null>
}

/** Kills a process when the test's own process ends, so that a failed test leaves no process behind. */
export const endWithTest = <Child extends ChildProcess>(child: Child): Child => {
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

export const start = (...args: readonly string[]): Started =>
  started(spawn(execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }))

/** Keeps the output of a process from its start. */
export const started = (child: ChildProcessByStdio<null, Readable, Readable>): Started => {
  endWithTest(child)
  const output = new EventEmitter()
  let text = ''
  const add = (piece: Buffer) => {
    text += piece.toString()
    output.emit('more')
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  // `close`, not `exit`: at `exit` the last output may not have come yet.
  const ended = once(child, 'close').then(() => child.exitCode ?? child.signalCode)
  return {
    child,
    ended,
    says: async pattern => {
      while (!text.match(pattern)) await once(output, 'more')
      return text
    },
    end: async signal => {
      child.kill(signal)
      return ended
    },
  }
}

/** Resolves when the text of a file passes the test, which runs at each change of its folder. */
export const untilFile = async (path: string, test: (text: string) => boolean): Promise<string> =>
  new Promise((done, fail) => {
    const watcher = watch(dirname(path))
    const look = async () => {
      const text = await readFile(path, 'utf8').catch(() => '')
      if (!test(text)) return
      watcher.close()
      done(text)
    }
    watcher.on('change', (_event, name) => {
      if (name === basename(path)) look().catch(fail)
    })
    look().catch(fail)
  })
