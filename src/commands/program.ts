/** What `dist/program.cjs` exports to the shell of the program (cli.ts), and to its build. */
export { nameSourcesInStackTraces } from '../telemetry/stack-traces.js'
export { runCommandLine } from './command-line.js'
