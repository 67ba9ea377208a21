/** By the settings: which names are ignored, which suffixes are public, and so what the domain of a name is. */
import { resolveIn } from '../config/load.js'
import { excerpt } from '../config/problem.js'
import type { Config } from '../config/schema.js'
import { suffixesOldMs } from '../limits.js'
import { type IgnoreList, loadIgnored } from '../names/ignore-list.js'
import { loadSuffixes, type Suffixes, createReducer, type Reducer } from '../names/psl.js'
import type { Telemetry } from '../telemetry/report.js'
import { dayMs } from '../time/clock.js'

/**
 * Loads the ignore list.
 *
 * @param dir the data folder; undefined if there is none
 * @throws Error that names refused lines: the list keeps names inside the network, so it must not shrink unnoticed
 */
export const ignoredBy = async (config: Config, dir: string | undefined): Promise<IgnoreList> => {
  const file = config.ignore_file && resolveIn(dir ?? '.', config.ignore_file)
  const { list, refused, refusals } = await loadIgnored(config.ignore, file)
  if (file === undefined || refused === 0) return list
  const lines = refusals.map(({ line, text, why }) => `${file}:${line}: "${excerpt(text.trim())}" is ${why}`)
  const [what, more] = [refused === 1 ? '1 line is' : `${refused} lines are`, refused - lines.length]
  throw new Error(
    [
      `ignore_file: ${what} refused. Correct or remove these lines:`,
      ...lines,
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join('\n'),
  )
}

/** Loads the suffixes of `psl_file`. @throws Error as loadSuffixes */
export const suffixesBy = ({ psl_file: file }: Config, dir: string | undefined): Promise<Suffixes> =>
  loadSuffixes(file && resolveIn(dir ?? '.', file))

/**
 * Creates the reducer with the site's ignore list, suffixes and internal zones.
 *
 * @throws Error as ignoredBy and loadSuffixes, or if an internal zone is a public suffix
 */
export const reducerBy = async (
  config: Config,
  dir: string | undefined,
  onSuffixes: (suffixes: Suffixes) => void = () => undefined,
): Promise<Reducer> => {
  const suffixes = await suffixesBy(config, dir)
  onSuffixes(suffixes)
  const isSuffix = (zone: string) => suffixes(zone) === undefined && suffixes(`x.${zone}`) !== undefined
  const suffix = config.internal_zones.find(zone => isSuffix(zone.toLowerCase()))
  if (suffix !== undefined)
    throw new Error(
      `internal_zones: anybody may have a name below ${suffix}. Name the domains that are yours.`,
    )
  return createReducer(await ignoredBy(config, dir), config.internal_zones, suffixes)
}

/** The age in days of a list that is older than suffixesOldMs; undefined if it is not, or does not say. */
export const oldDaysOf = ({ madeAt = Infinity }: Suffixes, now: number): number | undefined =>
  now - madeAt > suffixesOldMs ? Math.floor((now - madeAt) / dayMs) : undefined

/** A site that never updates takes new suffixes for domains, and nothing else would tell it. */
export const warnOfAge = (suffixes: Suffixes, now: number, telemetry: Telemetry): void => {
  const days = oldDaysOf(suffixes, now)
  if (days !== undefined) telemetry({ kind: 'suffixes-old', days })
}
