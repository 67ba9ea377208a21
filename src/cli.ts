#!/usr/bin/env node
/** The shell of the program: signals become an AbortSignal, the result an exit code. The only process.exit. */
import { basename } from 'node:path'
import process from 'node:process'

const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.on(name, () => {
    // The first asks for an end in good order; the second one means now.
    if (stop.signal.aborted) process.exit(1)
    // The terminal has just written `^C`: what is said now begins a line of its own.
    if (name === 'SIGINT' && process.stderr.isTTY) process.stderr.write('\n')
    stop.abort()
  })
// Whoever reads our output may leave first (head, less): that is an end, and no error.
process.stdout.on('error', () => stop.abort())

const { stdin, stdout, stderr } = process
const onHangup = (reload: () => void) => void process.on('SIGHUP', reload)
// Until somebody has something to open again: by itself it would end the program.
onHangup(() => undefined)
// Loaded only now: a signal that comes while it takes its tenths of a second finds its handler.
const { nameSourcesInStackTraces } = await import('./telemetry/stack-traces.js')
nameSourcesInStackTraces()
const { runCommandLine: run } = await import('./commands/command-line.js')
// Keep-alive connections to registries would hold the process: what had to be closed is closed.
const [, path = '', ...argv] = process.argv
process.exit(await run(argv, { stdin, stdout, stderr, signal: stop.signal, onHangup }, basename(path)))
