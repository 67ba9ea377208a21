/** Which values a command of APIify is meant for, by its program: APIify itself hands over any text. */
import type { ValueKind } from './schema-command-keys.js'

interface KnownProgram {
  readonly accepts: ValueKind
  /** Whether `--` ends its options. */
  readonly endsOptions?: true
  /** How long it may take, where the default is too short. */
  readonly timeoutSeconds?: number
}

const whois = { accepts: 'domain', endsOptions: true } as const
const ping = { accepts: 'host', endsOptions: true } as const
const asksHost = { accepts: 'host' } as const
const traces = { accepts: 'host', timeoutSeconds: 60 } as const
const asksAddress = { accepts: 'ip' } as const

const programs: ReadonlyMap<string, KnownProgram> = new Map<string, KnownProgram>([
  ...['whois', 'jwhois'].map(name => [name, whois] as const),
  ...['ping', 'ping6'].map(name => [name, ping] as const),
  ...['fping', 'dig', 'host', 'nslookup', 'drill', 'kdig', 'getent'].map(name => [name, asksHost] as const),
  ...['traceroute', 'traceroute6', 'tcptraceroute', 'tracepath', 'mtr', 'nmap'].map(
    name => [name, traces] as const,
  ),
  ...['geoiplookup', 'geoiplookup6', 'mmdblookup'].map(name => [name, asksAddress] as const),
])

const fetchers = new Set(['curl', 'wget', 'http', 'https', 'xh'])

/** What the address of a service is about, by its words. The first that fits counts. */
const services: readonly (readonly [about: RegExp, accepts: ValueKind])[] = [
  [/(?:^|[^a-z])ip(?:v[46])?(?:$|[^a-z])|ip-?(?:api|info|details|data|db|geo|stack)|geo-?ip|ipdb/i, 'ip'],
  [/domain|whois|rdap/i, 'domain'],
  [/host|dns|resolve/i, 'host'],
]

const nameOf = (word: string): string => word.replace(/^.*\//s, '')

/** A program and what it is known for. */
export interface ProgramMeaning extends KnownProgram {
  readonly program: string
}

/**
 * What the words of a command line tell. A program may stand behind another one: `timeout 5 whois`.
 *
 * @param place where the value stands
 * @returns undefined if the program is not known, or the address that it fetches does not tell
 */
export const meaningOf = (words: readonly string[], place: string): ProgramMeaning | undefined => {
  for (const word of words) {
    const program = nameOf(word)
    const known = programs.get(program)
    if (known) return { program, ...known }
    if (!fetchers.has(program)) continue
    const url = words.find(other => other.includes(place)) ?? ''
    const [, accepts] = services.find(([about]) => about.test(url.replace(place, ' '))) ?? []
    return accepts && { program, accepts }
  }
  return undefined
}
