/**
 * Writes what is known of domains as datasets for Suricata, with rules that alert on them. A dataset has whole names: so it
 * holds each domain, `www.` below it, and the names that passive DNS knows below it.
 *
 * @see https://docs.suricata.io/en/suricata-7.0.10/rules/datasets.html
 */
import { join } from 'node:path'
import { bitOf, type TagTable } from '../detect/tags.js'
import { replaceIfChanged } from '../files/replace.js'
import { feedbackBelowMax, feedbackDomainsAtOnce, hashSizeMax, hashSizeMin } from '../limits.js'
import type { TagName } from '../model/tag.js'
import { bytesOfText } from '../names/canonical.js'
import type { Reducer } from '../names/psl.js'
import type { Reader } from '../store/reader.js'
import { dayMs } from '../time/clock.js'

/** The datasets. Those with a priority have rules: 1 is the highest (suricata.yaml, classification.config). */
const datasets = {
  new: { rules: 'NEW domain', priority: 2 },
  threat: { rules: 'THREAT domain', priority: 1 },
  interest: { rules: 'INTEREST domain', priority: 3 },
  seen: undefined,
} as const
type DatasetName = keyof typeof datasets
const datasetNames = ['new', 'threat', 'interest', 'seen'] as const satisfies readonly DatasetName[]

/**
 * Where a name stands in traffic. Clients send names in any case (draft-vixie-dnsext-dns0x20), and a dataset compares
 * bytes: to_lowercase is there since Suricata 7.0.3. The host of HTTP is in lower case already.
 */
const places = [
  { protocol: 'dns', buffer: 'dns.query; to_lowercase', text: 'DNS query' },
  { protocol: 'tls', buffer: 'tls.sni; to_lowercase', text: 'TLS SNI' },
  { protocol: 'http', buffer: 'http.host', text: 'HTTP host' },
] as const

export interface FeedbackOptions {
  /** A domain is in the dataset `new` while it is younger, in days. */
  readonly newDays: number
  /** Names in each dataset. */
  readonly namesMax: number
  /** The number of the first rule. */
  readonly sid: number
  /** Whether the tag `trust` keeps a name out of the dataset `new`, as it drops the alert YOUNG. */
  readonly sparesTrusted: boolean
}

export interface FeedbackTools {
  readonly store: Pick<Reader, 'feedback' | 'tags'>
  readonly tagTable: () => TagTable
  /** By the settings of the site: names that it ignores are in no dataset but those of its tags. */
  readonly reduce: Reducer['reduce']
  /** Epoch ms. */
  readonly now: number
}

/** What was written of a dataset. */
export interface DatasetCounts {
  readonly file: string
  readonly names: number
  readonly domains: number
  /** Domains that are not in it, because it is full. */
  readonly leftOut: number
}

export interface WrittenFeedback {
  readonly sets: Readonly<Record<DatasetName, DatasetCounts>>
  /** The file of the rules, with the first and the last sid. */
  readonly rules: { readonly file: string; readonly sids: readonly [number, number] }
  /** The files that are not as they were. */
  readonly changed: readonly string[]
}

/** The names of which a dataset is made, and those that stand in it for each. */
interface Content {
  readonly pages: Iterable<readonly string[]>
  /** None if the name itself does not belong into it. */
  readonly namesOf: (name: string) => readonly string[]
}

/** A domain, and what is known below it that belongs to no other domain. */
const ofDomains = (
  pages: Iterable<readonly string[]>,
  { store, reduce }: FeedbackTools,
  spares: (name: string) => boolean,
): Content => ({
  pages,
  namesOf: domain => {
    const isOwn = (name: string) => {
      const reduced = reduce(name)
      return typeof reduced === 'object' && reduced.domain === domain
    }
    if (!isOwn(domain)) return []
    const below = new Set([`www.${domain}`, ...store.feedback.namesBelow(domain)])
    return [domain, ...below].filter(name => isOwn(name) && !spares(name))
  },
})

/** A name with a tag, and the names below it to which the tag applies. */
const ofTag = ({ store, tagTable, reduce }: FeedbackTools, tag: TagName): Content => {
  const bit = bitOf[tag]
  const written = new Set<string>()
  const pages = function* () {
    for (const page of store.tags.pages())
      yield page.flatMap(({ target, tag: other }) =>
        other === tag && target.kind === 'name' ? [target.name] : [],
      )
  }
  return {
    pages: pages(),
    namesOf: name => {
      const table = tagTable()
      const reduced = reduce(name)
      const www = typeof reduced === 'object' && reduced.domain === name ? [`www.${name}`] : []
      const names = [name, ...www, ...store.feedback.namesBelow(name)].filter(
        // Below a tagged name there may be another one.
        one => !written.has(one) && ((table.ofName(one)?.set ?? 0) & bit) !== 0,
      )
      for (const one of names) written.add(one)
      return [...new Set(names)]
    },
  }
}

const contentOf = (set: DatasetName, options: FeedbackOptions, tools: FeedbackTools): Content => {
  const { store, tagTable, now } = tools
  const isTrusted = (name: string) => ((tagTable().ofName(name)?.set ?? 0) & bitOf.trust) !== 0
  switch (set) {
    case 'new':
      return ofDomains(
        store.feedback.registeredAfter(now - options.newDays * dayMs),
        tools,
        options.sparesTrusted ? isTrusted : () => false,
      )
    case 'seen':
      return ofDomains(store.feedback.contacted(), tools, () => false)
    case 'threat':
    case 'interest':
      return ofTag(tools, set)
  }
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** The lines of a dataset of strings: base64, since a string may hold any byte. Counts them on the way. */
function* linesOf(
  { pages, namesOf }: Content,
  namesMax: number,
  counts: Draft<Omit<DatasetCounts, 'file'>>,
): Generator<string, void> {
  for (const page of pages) {
    let text = ''
    for (const name of page) {
      const names = namesOf(name)
      if (names.length === 0) continue
      if (counts.leftOut > 0 || counts.names + names.length > namesMax) {
        counts.leftOut += 1
        continue
      }
      text += names.map(one => `${bytesOfText(one).toString('base64')}\n`).join('')
      counts.names += names.length
      counts.domains += 1
      // Here the logs go on.
      if (counts.domains % feedbackDomainsAtOnce !== 0 && names.length < feedbackBelowMax) continue
      yield text
      text = ''
    }
    yield text
  }
}

/** The size of the hash table of a dataset: near the number of names (Datasets, Global config). */
const hashSizeOf = (names: number): number =>
  Math.min(hashSizeMax, Math.max(hashSizeMin, 2 ** Math.ceil(Math.log2(names + 1))))

const rulesOf = (counts: Readonly<Record<DatasetName, DatasetCounts>>, sid: number): string[] => {
  const lines = datasetNames.flatMap(name => {
    const set = datasets[name]
    if (set === undefined) return []
    const { file, names } = counts[name]
    const isSet = `dataset:isset,domainstats-${name},type string,load ${file},hashsize ${hashSizeOf(names)}`
    return places.map(
      ({ protocol, buffer, text }) =>
        `alert ${protocol} any any -> any any (msg:"domainstats ${set.rules}: ${text}"; ${buffer}; ${isSet}; priority:${set.priority};`,
    )
  })
  return lines.map((line, i) => `${line} sid:${sid + i}; rev:1;)\n`)
}

/**
 * Brings the datasets and the rules in a folder up to date. Each file is replaced as a whole, if it is not as it was; the
 * rules come last. Only names of at most {@link FeedbackOptions.namesMax} are in a dataset.
 *
 * @throws Error of the system if a file cannot be written, and that of `signal`: the files before it are written then
 */
export const writeFeedback = async (
  folder: string,
  options: FeedbackOptions,
  tools: FeedbackTools,
  signal: AbortSignal,
): Promise<WrittenFeedback> => {
  const changed: string[] = []
  const replace = async (file: string, pieces: Iterable<string>): Promise<void> => {
    if (await replaceIfChanged(join(folder, file), pieces, signal)) changed.push(file)
  }
  const write = async (set: DatasetName): Promise<DatasetCounts> => {
    const file = `domainstats-${set}.lst`
    const counts = { names: 0, domains: 0, leftOut: 0 }
    await replace(file, linesOf(contentOf(set, options, tools), options.namesMax, counts))
    return { file, ...counts }
  }
  const sets = {
    ...{ new: await write('new'), threat: await write('threat') },
    ...{ interest: await write('interest'), seen: await write('seen') },
  }
  const file = 'domainstats.rules'
  const rules = rulesOf(sets, options.sid)
  await replace(file, ['# Written by domainstats, again and again: do not edit it.\n', ...rules])
  return { sets, rules: { file, sids: [options.sid, options.sid + rules.length - 1] }, changed }
}
