/** The names that scores are compared on. No family of them is trained on. */
import { join } from 'node:path'
import { readRows } from '../../freq/testing/lists.js'
import { builtInSuffixes, type Registered } from '../../names/psl.js'

/** A family of real malware. */
export interface RealFamily {
  readonly name: string
  readonly kind: string
  /** Parameters may be chosen by this one; the others are kept to check what was chosen. */
  readonly isDev: boolean
  /** Distinct domains of its names. */
  readonly domains: readonly Registered[]
}

/** The domains of names, each once. */
export const distinctDomains = (names: Iterable<string>): Registered[] => {
  const found = new Map<string, Registered>()
  for (const name of names) {
    const registered = builtInSuffixes(name)
    if (registered) found.set(registered.domain, registered)
  }
  return [...found.values()]
}

/** Names below no public suffix (`.bazar` of EmerDNS), as if they were domains: the daemon skips them. */
const outside = (names: readonly string[]): Registered[] =>
  names.filter(name => !builtInSuffixes(name)).map(name => ({ domain: name, registrable: name }))

/**
 * The families of dga.tsv, by kind and then by name. The first, third, fifth and so on of each kind are the dev families.
 *
 * @param dir the folder of the shared test data
 */
export const readRealFamilies = async (dir: string): Promise<RealFamily[]> => {
  const rows = await readRows(join(dir, 'dga', 'dga.tsv'), ['kind', 'family', 'domain'])
  const names = new Map<string, string[]>()
  for (const [kind = '', family = '', domain = ''] of rows) {
    const key = `${kind}\t${family}`
    const list = names.get(key) ?? []
    names.set(key, list)
    list.push(domain)
  }
  const ofKind = new Map<string, number>()
  return [...names.keys()].sort().map(key => {
    const [kind = '', name = ''] = key.split('\t')
    const place = ofKind.get(kind) ?? 0
    ofKind.set(kind, place + 1)
    const domains = [...distinctDomains(names.get(key) ?? []), ...outside(names.get(key) ?? [])]
    return { name, kind, isDev: place % 2 === 0, domains }
  })
}

/** The domains of benign.tsv by their source. @param dir the folder of the shared test data */
export const readOrdinary = async (dir: string): Promise<Map<string, Registered[]>> => {
  const rows = await readRows(join(dir, 'benign', 'benign.tsv'), ['source', 'domain'])
  const bySource = new Map<string, string[]>()
  for (const [source = '', domain = ''] of rows) {
    const list = bySource.get(source) ?? []
    bySource.set(source, list)
    list.push(domain)
  }
  return new Map(Array.from(bySource, ([source, domains]) => [source, distinctDomains(domains)]))
}
