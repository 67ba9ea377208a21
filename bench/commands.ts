/**
 * Measures how late the HTTP port answers while commands misbehave: they hang, write a gigabyte, ignore SIGTERM, leave
 * grandchildren behind, write what is no UTF-8, or have an expression that never ends. Takes a minute:
 *
 *   npm run build && npm run build:all && node build/bench/commands.js
 */
import { mkdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { openChild } from './child.js'
import { declared, misbehaving } from './commands/misbehaving.js'
import { quantile } from './figures.js'
import { run, workFolder } from './program.js'

/** Questions of a row to each of the two paths. */
const questions = 150
/** Between two of them. */
const pauseMs = 20
interface Lateness {
  /** How long each answer took, in ms. */
  readonly answers: readonly number[]
  /** The delay of this process's own timers, in ms: the precision of the measurement. */
  readonly ours: readonly number[]
}

const measure = async (url: string): Promise<Lateness> => {
  const [answers, ours]: [number[], number[]] = [[], []]
  for (let asked = 0; asked < questions; asked += 1)
    for (const path of ['/healthz', '/commands/kept/a.example']) {
      const begun = performance.now()
      const response = await fetch(url + path)
      if (!response.ok) throw new Error(`${path}: ${response.status}`)
      await response.text()
      const over = performance.now()
      answers.push(over - begun)
      await sleep(pauseMs)
      ours.push(performance.now() - over - pauseMs)
    }
  return { answers, ours }
}

/** Measures while these commands run. Tells how often they have run. */
const beside = async (
  url: string,
  names: readonly string[],
): Promise<Lateness & { readonly runs: number }> => {
  const { asked, end } = openChild(join(import.meta.dirname, 'commands', 'provoker.js'))
  await asked(JSON.stringify({ url, names }))
  const lateness = await measure(url)
  const runs = z.number().parse(await asked('stop'))
  end()
  return { ...lateness, runs }
}

const print = (...columns: readonly string[]): void => {
  const widths = [22, 20, 10, 24, 8]
  void process.stdout.write(`${columns.map((text, i) => text.padEnd(widths[i] ?? 0)).join('')}\n`)
}
const spreadOf = (figures: readonly number[]): string =>
  [0.5, 0.99, 1].map(part => quantile(figures, part).toFixed(0)).join(', ')

const load = () => loadavg()[0]?.toFixed(1) ?? ''
const root = workFolder()
const programs = join(root, 'programs')
mkdirSync(programs)
const opened = /"kind":"http-opened","address":"([^"]+)"/
const kept = { argv: ['printf', 'kept %s', '{value}'], accepts: 'host', keep_hours: -2 }
const settings = {
  ...{ mode: 'off', http_serve: ['health', 'commands'] },
  commands: { kept, ...declared(programs) },
}
const { said, end } = await run(join(root, 'data'), settings, ['--http', '127.0.0.1:0'], opened)
const url = opened.exec(said)?.[1] ?? ''
await measure(url)

print('ms: p50, p99, most', 'answers', 'most', 'timers of the bench', 'runs')
const rows: readonly (readonly [what: string, names: readonly string[]])[] = [
  ['nothing else', []],
  ...Object.keys(misbehaving).map(name => [name, [name]] as const),
  ['all at once', Object.keys(misbehaving)],
]
for (const [what, names] of rows) {
  const { answers, ours, runs } = await beside(url, names)
  print(what, spreadOf(answers), '<= 200', spreadOf(ours), String(runs), `load ${load()}`)
}
await end('SIGTERM')
