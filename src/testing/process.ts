/** The program as a process of its own, as its users run it. Needs the build in dist/. */
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import process, { execPath } from 'node:process'
import type { Readable } from 'node:stream'

export const program = resolve('dist/cli.js')

/** A run of the program: as a process (`Started`), or within the test's own (`startHere`). */
export interface Run {
  /** Resolves when it has said something, on either stream. Gives all that it has said. */
  readonly says: (text: string | RegExp) => Promise<string>
  /** Its exit code, or the signal that ended it, when it has ended and all that it said is here. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

export interface Started extends Run {
  readonly child: ChildProcess
  /** Sends a signal and waits for the end. Gives the exit code, or the signal. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | NodeJS.Signals | null>
}

/** A process that is killed at the latest when the test's own process ends: a test that fails leaves nothing behind. */
export const endWithTest = <Child extends ChildProcess>(child: Child): Child => {
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

export const start = (...args: readonly string[]): Started =>
  started(spawn(execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }))

/** Listens to a process from its begin. */
export const started = (child: ChildProcessByStdio<null, Readable, Readable>): Started => {
  endWithTest(child)
  const output = new EventEmitter()
  let said = ''
  const hear = (piece: Buffer) => {
    said += piece.toString()
    output.emit('said')
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  // Not `exit`: what it said last may still be on its way then.
  const ended = once(child, 'close').then(() => child.exitCode ?? child.signalCode)
  return {
    child,
    ended,
    says: async text => {
      while (!said.match(text)) await once(output, 'said')
      return said
    },
    end: async signal => {
      child.kill(signal)
      return ended
    },
  }
}

/** Resolves when the text of a file fulfils the test: looks at each change of its folder. */
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
