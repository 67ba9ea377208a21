#!/usr/bin/env node
/** The entry point: turns signals into an AbortSignal, and the result into an exit code. The only process.exit. */
import { basename, join } from 'node:path'
import process from 'node:process'
import type * as Program from './commands/program.js'

const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.on(name, () => {
    // The first signal stops the program cleanly, the second one at once.
    if (stop.signal.aborted) process.exit(1)
    // The terminal has just printed `^C`: start a new line.
    if (name === 'SIGINT' && process.stderr.isTTY) process.stderr.write('\n')
    stop.abort()
  })
// A reader of our output may close the pipe first (head, less): this stops the program and is no error.
process.stdout.on('error', () => stop.abort())

const { stdin, stdout, stderr, env: variables } = process
const onHangup = (reload: () => void) => void process.on('SIGHUP', reload)
// Ignores SIGHUP until `run` sets a handler: by default it would kill the program.
onHangup(() => undefined)

const run = async (): Promise<number> => {
  // Loaded only now, which takes some tenths of a second: a signal meanwhile finds its handler.
  const { runCached } = await import('./files/code-cache.js')
  const { exports: program } = runCached(join(import.meta.dirname, 'program.cjs'))
  if (!isProgram(program)) throw new Error('program.cjs is of another version of domainstats')
  const [, path = '', ...argv] = process.argv
  const io = { stdin, stdout, stderr, signal: stop.signal, variables, onHangup }
  const ended = program.runCommandLine(argv, io, basename(path))
  // Only after yargs is set up: it throws and catches an error then, and to map that stack would delay each start.
  program.nameSourcesInStackTraces()
  return ended
}

// Exits explicitly, since keep-alive connections to registries would keep the process alive. All files are closed by now.
void run().then(code => process.exit(code))

function isProgram(exported: unknown): exported is typeof Program {
  return typeof exported === 'object' && exported !== null && 'runCommandLine' in exported
}
