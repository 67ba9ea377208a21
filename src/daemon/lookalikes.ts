/** The names that first contacts are compared with: the site's own, the built-in list, and what the site asks most. */
import { setImmediate } from 'node:timers/promises'
import * as z from 'zod'
import type { Config } from '../config/schema.js'
import { askedBrandsEveryMs, askedBrandsMax } from '../limits.js'
import type { Brand, Matcher } from '../lookalike/lookalikes.js'
import { nameOfText } from '../names/canonical.js'
import { isHostname, toALabels } from '../names/hostname.js'
import type { Store } from '../store/store.js'
import type { Telemetry } from '../telemetry/report.js'
import { dayMs } from '../time/clock.js'
import { meanwhile, type Following } from './meanwhile.js'
import { suffixesBy } from './names.js'

/**
 * Key in meta: the domains that the site asks most, and when they were looked for. A restart need not look again, and
 * commands beside a `run` take them from there.
 */
export const mostAskedKey = 'most-asked'

const storedSchema = z.object({ at: z.number(), domains: z.array(z.string()).max(askedBrandsMax) })

/**
 * The brands of the setting: a domain as its registered domain, a label as it is.
 *
 * @param dir the data folder; undefined if there is none
 * @throws Error as suffixesBy, or if one is no name or is below no public suffix
 */
export const ownBrandsBy = async (config: Config, dir: string | undefined): Promise<readonly Brand[]> => {
  if (config.brands.length === 0) return []
  const suffixes = await suffixesBy(config, dir)
  return config.brands.map(written => {
    const name = toALabels(nameOfText(written))
    if (!isHostname(name)) throw new Error(`brands: ${written} is no name that can be registered.`)
    const domain = name.includes('.') ? suffixes(name)?.domain : name
    if (domain === undefined)
      throw new Error(
        `brands: ${written} is below no public suffix. Give the registered domain, or its first label alone.`,
      )
    return { name: domain, kind: 'own' }
  })
}

/** The matcher with what the store has of the most asked domains. */
export const openLookalikes = async (own: readonly Brand[], store: Pick<Store, 'meta' | 'putMeta'>) => {
  // Loaded on demand: most commands compare no names.
  const [{ createMatcher }, { topBrands, topBrandWords }] = await Promise.all([
    import('../lookalike/lookalikes.js'),
    import('../lookalike/top-brands.data.js'),
  ])
  const stored = (): z.output<typeof storedSchema> | undefined => {
    const text = store.meta(mostAskedKey)
    // Another version may have stored it in another form: then it is looked for again.
    return text === undefined ? undefined : storedSchema.safeParse(JSON.parse(text)).data
  }
  const matcherFor = (domains: readonly string[]): Matcher =>
    createMatcher([
      ...own,
      ...topBrands.map(name => ({ name, kind: 'distinct' }) as const),
      ...[...topBrandWords, ...domains].map(name => ({ name, kind: 'word' }) as const),
    ])
  const before = stored()
  let matcher = matcherFor(before?.domains ?? [])
  return {
    resembles: (domain: string) => matcher(domain),
    /** Epoch ms at which the most asked domains were looked for; undefined if never. */
    learnedAt: (): number | undefined => stored()?.at,
    /** Compares with these domains from now on, and stores them. @param now epoch ms */
    learn: (domains: readonly string[], now: number): void => {
      store.putMeta(mostAskedKey, JSON.stringify({ at: now, domains }))
      matcher = matcherFor(domains)
    },
  }
}

type Lookalikes = Awaited<ReturnType<typeof openLookalikes>>

interface Learning {
  readonly store: Pick<Store, 'mostAsked'>
  readonly lookalikes: Lookalikes
  readonly telemetry: Telemetry
}

/**
 * Reads logs, and looks once a day for the domains that the site asks most; with `once` when the logs are read. The whole
 * table of domains is looked through, in steps between which the database and the event loop are free.
 */
export const withLookalikes = async <T>(
  { store, lookalikes, telemetry }: Learning,
  config: Config,
  following: Following,
  read: () => Promise<T>,
): Promise<T> => {
  const { clock, once } = following
  const establishedMs = config.established_days_age * dayMs
  const learn = async (signal: AbortSignal): Promise<void> => {
    try {
      let most: readonly string[] = []
      for (const step of store.mostAsked(clock.now(), establishedMs)) {
        most = step.map(({ domain }) => domain)
        await setImmediate()
        if (signal.aborted) return
      }
      lookalikes.learn(most, clock.now())
    } catch (error) {
      if (!signal.aborted) telemetry({ kind: 'most-asked-failed', error: String(error) })
    }
  }
  // abs: the clock may have been set back since.
  const dueMs = () => askedBrandsEveryMs - Math.abs(clock.now() - (lookalikes.learnedAt() ?? -Infinity))
  if (!once)
    return meanwhile(learn, { everyMs: askedBrandsEveryMs, firstMs: Math.max(0, dueMs()) }, following, read)
  const result = await read()
  if (dueMs() <= 0) await learn(following.signal)
  return result
}
