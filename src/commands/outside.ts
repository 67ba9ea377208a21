/** What `scan` and `query` say of those who are asked outside: before, how many; at the end, who got how many names. */
import type { Config } from '../config/schema.js'
import { UsageError } from './terminal.js'

/** Hosts that are named; of more, how many. */
const hostsNamed = 8

export interface AskFlags {
  readonly data: string | undefined
  /** Undefined where neither `--lookup` nor `--no-lookup` is given. */
  readonly lookup: boolean | undefined
  readonly peek?: boolean
}

/**
 * Whether anybody may be asked: without a data folder only where the user says so.
 *
 * @throws UsageError where the flags contradict each other
 */
export const mayAskOutside = ({ data, lookup, peek = false }: AskFlags): boolean => {
  if (peek && lookup === true)
    throw new UsageError('--peek asks nobody outside: leave out --lookup, or --peek.')
  return !peek && (lookup ?? data !== undefined)
}

/** For whoever did not say what he wants. */
export const notAsked = 'Registries were not asked (--lookup asks them).\n'

/** Before anybody is asked. */
export const willAsk = (registries: number): string =>
  `${count(registries, 'registry', 'registries')} will be asked (--no-lookup asks nobody).\n`

/** The same, where the names are not known yet. @param hosts those that are known by now */
export const mayBeAsked = (hosts: number, { mode }: Config): string => {
  const others = mode === 'rdap' ? ', and others that IANA names,' : ''
  return `${count(hosts, 'registry', 'registries')}${others} may be asked (--no-lookup asks nobody).\n`
}

/** At the end. @param hosts names by host, the most first */
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
