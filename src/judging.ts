/** What names are judged by: their letters, the ignore list, whoever registered them, and the settings. */
import type { Clock } from './clock.js'
import { resolveIn } from './config/load.js'
import { excerpt } from './config/problem.js'
import type { Config } from './config/schema.js'
import { loadFreqTable } from './freq/load.js'
import { score } from './freq/score.js'
import type { Network } from './lookup/network.js'
import type { Registries } from './lookup/open.js'
import { SentQueries } from './lookup/sent-queries.js'
import type { Services } from './lookup/services.js'
import { emptyEfficiency, iscCounts } from './pipeline/efficiency.js'
import { Outage } from './pipeline/outage.js'
import { rulesOf, type Rules } from './pipeline/rules.js'
import type { IgnoreList } from './reduce/ignore-list.js'
import { loadIgnored } from './reduce/ignored.js'
import { loadSuffixes } from './reduce/psl-file.js'
import type { Suffixes } from './reduce/public-suffixes.js'
import { createReducer, type Reducer } from './reduce/reducer.js'
import { bootstrapIn } from './store/bootstrap.js'
import { migrations } from './store/schema.js'
import type { Store } from './store/store.js'
import { firstStart } from './state.js'
import type { Telemetry } from './telemetry.js'

/**
 * The names that the site ignores.
 *
 * @param dir the data folder; undefined where there is none
 * @throws Error that names the lines that are refused: a list that is meant to keep names inside must not shrink in
 *   silence
 */
const ignoredBy = async (config: Config, dir: string | undefined): Promise<IgnoreList> => {
  const file = config.ignore_file && resolveIn(dir ?? '.', config.ignore_file)
  const { list, refused, refusals } = await loadIgnored(config.ignore, file)
  if (file === undefined || refused === 0) return list
  const lines = refusals.map(({ line, text, why }) => `${file}:${line}: "${excerpt(text.trim())}" is ${why}`)
  const [what, more] = [refused === 1 ? '1 line is' : `${refused} lines are`, refused - lines.length]
  throw new Error(
    [
      `ignore_file: ${what} refused. Mend or remove what is no name:`,
      ...lines,
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join('\n'),
  )
}

/** The public suffixes that names are reduced by. @throws Error as loadSuffixes */
export const suffixesBy = ({ psl_file: file }: Config, dir: string | undefined): Promise<Suffixes> =>
  loadSuffixes(file && resolveIn(dir ?? '.', file))

/**
 * Reduces names as the site's lists want it.
 *
 * @throws Error as ignoredBy and loadSuffixes, or where a zone of the site is a public suffix
 */
export const reducerBy = async (config: Config, dir: string | undefined): Promise<Reducer> => {
  const suffixes = await suffixesBy(config, dir)
  const isSuffix = (zone: string) => suffixes(zone) === undefined && suffixes(`x.${zone}`) !== undefined
  const suffix = config.internal_zones.find(zone => isSuffix(zone.toLowerCase()))
  if (suffix !== undefined)
    throw new Error(
      `internal_zones: anybody may have a name below ${suffix}. Name the domains that are yours.`,
    )
  return createReducer(await ignoredBy(config, dir), config.internal_zones, suffixes)
}

/**
 * Scores domains; undefined where that is switched off.
 *
 * @param dir the data folder; undefined where there is none
 * @throws Error that names the table and says what is wrong with it
 */
export const scoreBy = async (config: Config, dir: string | undefined) => {
  const table = config.enable_freq_scores ? await loadFreqTable(config.freq_table, dir ?? '.') : undefined
  return table && ((name: string) => score(table, name))
}

export interface JudgingOptions {
  readonly config: Config
  /** The site's own bootstrap file; undefined where IANA's is fetched. */
  readonly services: Services | undefined
  readonly store: Store
  readonly score: Rules['freq'] | undefined
  /** False for a name that the site ignores by now. */
  readonly mayLeave: (name: string) => boolean
  /** False: nobody is asked, whatever the settings say. */
  readonly asks?: boolean
  /** First contacts are recorded and not alerted. */
  readonly baseline: boolean
  readonly network: Network
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The life of the program. */
  readonly signal: AbortSignal
}

/** With `mode: off`. */
const nobody: Registries = {
  lookup: () => Promise.resolve({ kind: 'unsupported', reason: 'no-rdap-service' }),
  serverOf: () => '',
  aheadOf: () => 0,
  readyIn: () => 0,
  hostsCount: () => 0,
  start: () => Promise.resolve(),
}

/** Whom registrations are asked of, and the rules that verdicts follow. */
export const openJudging = async (options: JudgingOptions) => {
  const { config, services, store, score, mayLeave, asks = true, baseline } = options
  const { network, clock, telemetry, signal } = options
  const efficiency = emptyEfficiency()
  const sent = new SentQueries(clock)
  const open = async () => {
    // Loaded only where somebody is to be asked: it is a fifth of the program.
    const { openLookup } = await import('./lookup/open.js')
    return openLookup({
      ...{ config, ...bootstrapIn(store), file: services, network, clock, telemetry, signal },
      onSent: sent.add,
      databaseVersion: `${migrations.length}.0`,
      efficiency: () => iscCounts(efficiency),
    })
  }
  const registries = config.mode === 'off' || !asks ? nobody : await open()
  const started = baseline ? Infinity : firstStart(store, clock.now())
  const freq: Rules['freq'] = domain => score?.(domain)
  const outage = new Outage(telemetry)
  const { serverOf } = registries
  // Not where all is well: it is asked for each record.
  const isCutOff = (name: string) => outage.since !== undefined && outage.covers(serverOf(name))
  const rules = rulesOf(config, { freq, serverOf, isCutOff, mayLeave }, started)
  return { efficiency, registries, outage, rules, sent }
}
