/** The messages of commands about who is asked: before look-ups how many registries, at the end how many names at each host. */
import type { Config } from '../config/schema.js'
import { jsonEscaped } from '../output/json.js'
import { UsageError, type Io } from './io.js'

/** Hosts that are named; of the others only the number. */
const hostsNamed = 8

export interface AskFlags {
  readonly data: string | undefined
  /** Undefined if neither `--lookup` nor `--no-lookup` is given. */
  readonly lookup: boolean | undefined
  readonly peek?: boolean
}

/**
 * Whether registries may be asked. Without a data folder only with `--lookup`.
 *
 * @throws UsageError if the flags contradict each other
 */
export const mayAskOutside = ({ data, lookup, peek = false }: AskFlags): boolean => {
  if (peek && lookup === true)
    throw new UsageError('--peek asks nobody outside: leave out --lookup, or --peek.')
  return !peek && (lookup ?? data !== undefined)
}

/** For a user who gave neither `--lookup` nor `--no-lookup`. */
export const notAsked = 'Registries were not asked (--lookup asks them).\n'

/** Printed before the look-ups. */
export const willAsk = (registries: number): string =>
  `${count(registries, 'registry', 'registries')} will be asked (--no-lookup asks nobody).\n`

/** The same if the names are not known yet. `hosts`: number of hosts known so far. */
export const mayBeAsked = (hosts: number, { mode }: Config): string => {
  const others = mode === 'rdap' ? ', and others that IANA names,' : ''
  return `${count(hosts, 'registry', 'registries')}${others} may be asked (--no-lookup asks nobody).\n`
}

/** Printed at the end. `hosts`: number of names by host, the largest first. */
export const wentTo = (hosts: readonly (readonly [host: string, names: number])[]): string => {
  if (hosts.length === 0) return 'No name was sent to anybody.\n'
  const named = hosts
    .slice(0, hostsNamed)
    .map(([host, names]) => `${count(names, 'name', 'names')} to ${host}`)
  const others = hosts.slice(hostsNamed).reduce((sum, [, names]) => sum + names, 0)
  const more = others > 0 ? [`${others} to ${hosts.length - hostsNamed} more`] : []
  return `Sent: ${[...named, ...more].join(', ')}.\n`
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

/** Says why a command shares nothing with the site, although the settings say so. */
export const aloneTo =
  ({ stderr }: Io) =>
  (error: unknown): void =>
    void stderr.write(`alone, without the store of the site: ${jsonEscaped(String(error))}\n`)
