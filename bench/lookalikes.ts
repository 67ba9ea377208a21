/**
 * Measures how often ordinary names look like a known one, whatever their age, how many made look-alikes are found, and how
 * fast names are compared:
 *
 *   npx tsc -p bench && node build/bench/lookalikes.js [../shared/data] [--show]
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { createMatcher, type Brand, type Matcher } from '../src/lookalike/lookalikes.js'
import { topBrands, topBrandWords } from '../src/lookalike/top-brands.data.js'
import { openDnsTopDomains } from '../src/transfer/top-domains.data.js'

/** Ordinary domains: what people asked for, and what is in lists of popular domains. */
const ordinaryNames = (dir: string): string[] => {
  const benign = readFileSync(join(dir, 'benign', 'benign.tsv'), 'utf8')
    .split('\n')
    .slice(1)
  const imported = ['top1m-rebuilt.import', 'domain_stats2-dates-converted.import'].flatMap(name =>
    [...readFileSync(join(dir, 'import', name), 'utf8').matchAll(/"domain": "([^"]+)"/g)].map(
      ([, domain = '']) => domain,
    ),
  )
  const names = [
    ...benign.map(row => row.split('\t')[0] ?? ''),
    ...imported,
    ...openDnsTopDomains.split('\n'),
  ]
  return [...new Set(names)].filter(name => name !== '')
}

const top: Brand[] = [
  ...topBrands.map(name => ({ name, kind: 'distinct' }) as const),
  ...topBrandWords.map(name => ({ name, kind: 'word' }) as const),
]
/** As if the site asked these most. */
const asked: Brand[] = openDnsTopDomains
  .split('\n')
  .slice(0, 200)
  .map(name => ({ name, kind: 'word' }))
/** As if these were in `brands`: short and long, one of them two common words. */
const own: Brand[] = ['contoso.com', 'northwindtraders.com', 'fabrikam.com', 'blueyonder.com'].map(name => ({
  name,
  kind: 'own',
}))

const sets: readonly (readonly [string, readonly Brand[]])[] = [
  ['built-in list', top],
  ['and the 200 most asked', [...top, ...asked]],
  ['and 4 in brands', [...own, ...top, ...asked]],
]

const print = (cells: readonly string[]) =>
  console.log(
    cells
      .map((cell, at) => cell.padEnd(at === 0 ? 26 : 11))
      .join('')
      .trimEnd(),
  )

const hows = ['similar', 'typo', 'token', 'affix', 'suffix'] as const

/** How many names resemble a known one, in all and by kind. */
const flagged = (names: readonly string[], matcher: Matcher, show: boolean) => {
  const counts = new Map<string, number>()
  for (const name of names) {
    const found = matcher(name)
    if (!found) continue
    counts.set(found.how, (counts.get(found.how) ?? 0) + 1)
    if (show) console.log(`  ${name} ${found.how} ${found.name}`)
  }
  return counts
}

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((all, one) => all + one, 0)

/** Look-alikes of a domain, as attackers make them. */
const made = (domain: string): [how: string, name: string][] => {
  const [label = '', ...suffix] = domain.split('.')
  const named = (text: string) => [text, ...suffix].join('.')
  const middle = Math.floor(label.length / 2)
  const typos =
    label.length < 7
      ? []
      : [
          label.slice(0, middle) + label.slice(middle + 1),
          label.slice(0, middle) + (label[middle] ?? '') + label.slice(middle),
          label.slice(0, middle - 1) +
            (label[middle] ?? '') +
            (label[middle - 1] ?? '') +
            label.slice(middle + 1),
        ]
  const similar = [
    label.replace('o', '0'),
    label.replace('l', '1'),
    label.replace('m', 'rn'),
    label.replace('w', 'vv'),
  ]
  const unicode = [label.replace('a', 'а'), label.replace('o', 'о'), label.replace('e', 'é')]
  return [
    ...typos.map(text => ['typo', text] as const),
    ...similar.map(text => ['similar', text] as const),
    ...unicode.map(text => ['IDN', new URL(`http://${text}.a`).hostname.slice(0, -2)] as const),
    ...[`${label}-login`, `secure-${label}-support`].map(text => ['token', text] as const),
  ]
    .filter(([, text]) => text !== label)
    .map(([how, text]) => [how, named(text)])
}

/** Comparisons a second: the best of several rounds. */
const speed = (names: readonly string[], matcher: Matcher, rounds: number): number => {
  let best = Infinity
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now()
    for (const name of names) matcher(name)
    best = Math.min(best, performance.now() - start)
  }
  return (names.length / best) * 1000
}

/** Names of the longest labels, which cost most: of letters, of hyphens, and internationalised ones. */
const costly = (): [string, string[]][] => {
  const letters = Array.from({ length: 5_000 }, (_, i) => `${i}`.padStart(63, 'paypalrnicrosoft') + '.com')
  const hyphens = Array.from({ length: 5_000 }, (_, i) => `${i}`.padStart(63, 'a-b1-') + '.com')
  const idn = Array.from({ length: 5_000 }, (_, i) => {
    const text = Array.from({ length: 24 }, (_, at) =>
      String.fromCodePoint(0x430 + ((i * 7 + at * 5) % 32)),
    ).join('')
    return new URL(`http://${text}.com`).hostname
  })
  return [
    ['63 letters', letters],
    ['hyphens', hyphens],
    ['24 Cyrillic letters', idn],
  ]
}

const main = (dir: string, show: boolean): void => {
  const names = ordinaryNames(dir)
  console.log(`${names.length} ordinary names, of any age, that resemble a known one`)
  print(['compared with', 'names', '%', ...hows])
  for (const [what, brands] of sets) {
    const counts = flagged(
      names,
      createMatcher(brands),
      show && brands.length === own.length + top.length + asked.length,
    )
    const all = sum(counts)
    const percent = ((100 * all) / names.length).toFixed(3)
    print([what, String(all), percent, ...hows.map(how => String(counts.get(how) ?? 0))])
  }
  const all = createMatcher([...own, ...top, ...asked])
  console.log('\nmade look-alikes of the built-in list that are found')
  for (const kind of ['typo', 'similar', 'IDN', 'token']) {
    const planted = topBrands.flatMap(made).filter(([how]) => how === kind)
    const found = planted.filter(([, name]) => all(name) !== undefined)
    print([kind, `${found.length} of ${planted.length}`])
  }
  console.log('\ncomparisons a second')
  print(['ordinary names', `${Math.round(speed(names, all, 10))}`])
  for (const [what, some] of costly()) print([what, `${Math.round(speed(some, all, 3))}`])
}

const args = process.argv.slice(2)
const dir = args.find(arg => !arg.startsWith('--')) ?? join('..', 'shared', 'data')
if (existsSync(join(dir, 'benign', 'benign.tsv'))) main(dir, args.includes('--show'))
else {
  console.error(`lookalikes: ${dir} holds no benign/benign.tsv; name the folder of the shared test data`)
  process.exitCode = 1
}
