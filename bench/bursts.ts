/**
 * Measures bursts: how often ordinary names make one, how many families of malware do, and what real logs have:
 *
 *   npm run build:all && node build/bench/bursts.js [../shared/data]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import {
  burstOfClient,
  burstOfSuffix,
  burstScore,
  type FailedContact,
  suffixOf,
} from '../src/detect/burst.js'
import type { BurstRing } from '../src/detect/burst.js'
import { builtInDgaScorer } from '../src/dga/load.js'
import type { RealFamily } from '../src/dga/testing/names.js'
import { readCompared } from '../src/dga/testing/separation.js'
import { burstNamesMax, burstNamesMin } from '../src/limits.js'
import type { Registered } from '../src/names/psl.js'
import { burstPolicy, burstsIn, logsIn, mixed, questionsOf } from '../src/sightings/testing/bursts.js'
import { openStore } from '../src/store/store.js'
import { chanceFrom } from '../src/testing/chaos/chance.js'
import { see } from '../src/testing/pipeline-kit.js'

const needed = ['benign/benign.tsv', 'dga/dga.tsv', 'zeek', 'eve']
const dga = builtInDgaScorer()
const chance = chanceFrom(1)
const rings = 200_000
const familyRings = 1_000
const steps = [60, 70, 80, 90, 100] as const

const print = (cells: readonly string[]) =>
  console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(34) : cell.padStart(10))).join(''))
const percent = (part: number, digits = 1) => `${(100 * part).toFixed(digits)} %`

/** All within one window, each of a client of its own where `clients` says so. */
const contactsOf = (domains: readonly Registered[], clients = false): FailedContact[] =>
  domains.map(({ domain, registrable }, n) => ({
    ...{ domain, ts: n, score: dga.score(domain, registrable) ?? 0, client: clients ? n : 1 },
  }))

/** Distinct ones, as far as there are so many. */
const draw = <T>(from: readonly T[], count: number): T[] => {
  const drawn = new Set<T>()
  while (drawn.size < Math.min(count, from.length)) {
    const one = from[chance.between(0, from.length - 1)]
    if (one !== undefined) drawn.add(one)
  }
  return [...drawn]
}

const ringOf = (contacts: readonly FailedContact[]): BurstRing => ({ contacts })

const part = (rounds: number, isFound: () => boolean): number => {
  let found = 0
  for (let round = 0; round < rounds; round += 1) if (isFound()) found += 1
  return found / rounds
}

const printFalseAlarms = (ordinary: ReadonlyMap<string, readonly Registered[]>): void => {
  print(['rings of ordinary names', 'names', ...steps.map(step => `>= ${step}`)])
  for (const [source, domains] of ordinary) {
    if (domains.length === 0) continue
    const contacts = contactsOf(domains)
    for (const count of [burstNamesMin, burstNamesMax]) {
      const scores = Array.from({ length: rings }, () =>
        burstScore(draw(contacts, count).map(({ score }) => score)),
      )
      const reached = steps.map(step => scores.filter(score => score >= step).length / rings)
      print([source, String(count), ...reached.map(found => percent(found, 4))])
    }
  }
  print(['\nof one suffix', 'known', `${burstNamesMin} names`, `${burstNamesMax} names`])
  const good = [...ordinary.values()].flat()
  for (const suffix of ['com', 'net', 'org', 'ru', 'de', 'co.uk']) {
    const contacts = contactsOf(good.filter(({ domain }) => suffixOf(domain) === suffix))
    const found = [burstNamesMin, burstNamesMax].map(count =>
      part(rings / 10, () => burstOfClient(ringOf(draw(contacts, count)))?.kind === 'words'),
    )
    print([`words, .${suffix}`, String(contacts.length), ...found.map(some => percent(some, 3))])
  }
}

const printFamilies = (families: readonly RealFamily[]): void => {
  const counts = [burstNamesMin, 15, burstNamesMax]
  print(['families found', '', ...counts.map(count => `${count} names`), '10 clients'])
  const sums: { readonly isDev: boolean; readonly found: readonly number[] }[] = []
  for (const { name, kind, isDev, domains } of families) {
    const contacts = contactsOf(domains)
    const several = contactsOf(domains, true)
    const found = [
      ...counts.map(count =>
        part(familyRings, () => burstOfClient(ringOf(draw(contacts, count))) !== undefined),
      ),
      part(familyRings, () => burstOfSuffix(ringOf(draw(several, burstNamesMax))) !== undefined),
    ]
    sums.push({ isDev, found })
    print([`${name} (${kind})`, isDev ? 'dev' : 'check', ...found.map(some => percent(some))])
  }
  for (const [title, some] of [
    ['mean of all', sums],
    ['mean of dev', sums.filter(({ isDev }) => isDev)],
    ['mean of check', sums.filter(({ isDev }) => !isDev)],
  ] as const)
    print([
      title,
      String(some.length),
      ...[...counts, 0].map((_, at) =>
        percent(some.reduce((sum, { found }) => sum + (found[at] ?? 0), 0) / some.length),
      ),
    ])
}

/** Runs with a store of its own. */
const withStore = <T>(run: (store: ReturnType<typeof openStore>) => T): T => {
  const dir = mkdtempSync(join(tmpdir(), 'bursts-'))
  const store = openStore(join(dir, 'domainstats.sqlite'), { output: '' })
  try {
    return run(store)
  } finally {
    store.close()
    rmSync(dir, { recursive: true })
  }
}

const rounds = 5

/** As the detector sees them: through the pipeline, among the questions that the same client asks in a real log. */
const printMixed = (families: readonly RealFamily[], dir: string): void => {
  const others = questionsOf(join(dir, 'zeek', 'brim-wrccdc2018.dns.log.gz'))
  print(['among a real log, 5 to 200 between', '', `${burstNamesMin} names`, '30 names'])
  for (const [title, some] of [
    ['dev', families.filter(({ isDev }) => isDev)],
    ['check', families.filter(({ isDev }) => !isDev)],
  ] as const) {
    const found = [burstNamesMin, 30].map(count => {
      let bursts = 0
      for (const { domains } of some)
        for (let round = 0; round < rounds; round += 1) {
          const names = draw(domains, count)
          const attack = { names, client: '10.9.8.7', between: () => chance.between(5, 200) }
          if (withStore(store => burstsIn(store, mixed(others, attack, chance))).length > 0) bursts += 1
        }
      return bursts / some.length / rounds
    })
    print([title, String(some.length), ...found.map(one => percent(one))])
  }
}

/** Each log with a store of its own: all that it asks is new. */
const printLogs = (dir: string): void => {
  print(['real logs', 'logs', 'questions', 'first', 'failed', 'bursts'])
  for (const room of ['zeek', 'eve']) {
    const counts = { logs: 0, questions: 0, first: 0, failed: 0, bursts: 0 }
    for (const path of logsIn(join(dir, room))) {
      const questions = questionsOf(path)
      if (questions.length === 0) continue
      const { records } = withStore(store => see(store, questions, burstPolicy))
      const first = records.filter(({ facts }) => facts.alerts.includes('YOUR-FIRST-CONTACT'))
      counts.logs += 1
      counts.questions += questions.length
      counts.first += first.length
      counts.failed += first.filter(
        ({ facts }) => facts.rcodeName !== 'NOERROR' && facts.scores['dga_score'] !== undefined,
      ).length
      counts.bursts += records.filter(({ facts }) => facts.burst !== undefined).length
    }
    print([room, ...Object.values(counts).map(String)])
  }
}

const dir = process.argv[2] ?? join('..', 'shared', 'data')
const missing = needed.filter(path => !existsSync(join(dir, path)))
if (missing.length === 0) {
  const { ordinary, families } = await readCompared(process.cwd(), dir)
  printFalseAlarms(ordinary)
  console.log('')
  printFamilies(families)
  console.log('')
  printMixed(families, dir)
  console.log('')
  printLogs(dir)
} else {
  console.error(`bursts: ${dir} holds no ${missing.join(', no ')}; name the folder of the shared test data`)
  process.exitCode = 1
}
