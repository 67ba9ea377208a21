/** What an input stands for at present, for `domainstats check`. */
import { resolve } from 'node:path'
import type { Config } from '../config/schema.js'
import { refusal, whyRefused } from '../files/rights.js'
import { printable } from '../output/json.js'
import { whyNothing } from '../tail/missing.js'
import { find } from '../tail/paths.js'
import { warningAbout } from './check-log.js'

/** Lines for people, and what of it is wrong, a line each. */
export interface Checked {
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

/** With how many logs that can be read there is something the matter. */
interface CheckedInput extends Checked {
  readonly warnings: number
}

/** One that means nothing is a mistake, too: nobody can tell it from one that is mistyped. */
export const checkInput = async (
  configured: Config['inputs'][number],
  dir: string,
  config: Config,
): Promise<CheckedInput> => {
  const input = { ...configured, path: resolve(dir, configured.path), sensor: configured.sensor }
  const { places, closed } = await find(input)
  const there = [...places.keys(), ...closed.keys()].filter(path => refusal(path, 'read') !== 'ENOENT')
  const name = `input ${printable(input.path)} (${input.format})`
  if (there.length === 0) {
    const why = `${name}: ${printable(await whyNothing(input))}`
    return { lines: [why], problems: [why], warnings: 0 }
  }
  const [lines, problems] = [[name], [] as string[]]
  let warnings = 0
  // One after the other: there may be more of them than files that may be open.
  for (const path of there) {
    const why = whyRefused(path, 'read') ?? whyClosed(closed.get(path))
    const warning = why === undefined ? await warningAbout(path, input.format, config) : undefined
    if (why !== undefined) problems.push(`${name}: ${printable(why)}`)
    if (warning !== undefined) warnings += 1
    const state = why === undefined ? 'readable' : `not readable: ${printable(why)}`
    lines.push(`    ${printable(path)}: ${warning === undefined ? state : `warning: ${warning}`}`)
  }
  return { lines, problems, warnings }
}

const whyClosed = (error: Error | undefined): string | undefined =>
  error && `it cannot be looked at (${error.message})`
