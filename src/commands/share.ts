/** `domainstats share`: tells the site which domains a sensor has contacted, or takes what the site knows. */
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { reducerBy } from '../daemon/names.js'
import { pushersOf } from '../daemon/pushers.js'
import { openSite, sensorOf, sumsOf } from '../daemon/shared.js'
import { claimBuckets, sharedRetryMs, shareTriesMax } from '../limits.js'
import { jsonEscaped } from '../output/json.js'
import type { PushAnswer, SitePusher } from '../resolve/site-pusher.js'
import { openStore, type Store } from '../store/store.js'
import type { Telemetry } from '../telemetry/report.js'
import { pullContacts, pushContacts, type Pulled, type Pushed, type ShareTools } from '../transfer/share.js'
import { demandFolder, demandState } from './data-folder.js'
import { openBar } from './fix.js'
import { UsageError, type Io } from './io.js'
import { openLog } from './log.js'
import { openWorld } from './world.js'

export interface ShareFlags {
  readonly data: string
  readonly pull: boolean
  /** Counts and facts that the site knew are pushed once more: it has lost some. */
  readonly again: boolean
}

/**
 * @throws UsageError without a shared store in the settings, or if there is nothing to push
 * @throws Error if the store must not be used, or does not answer; and if the work is not done to its end
 */
export const shareData = async ({ data, pull, again }: ShareFlags, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const { url } = config.shared
  if (url === undefined)
    throw new UsageError('Share with whom? The settings name no shared.url: docs/fleet.md says how.')
  if (!pull) demandState(dir)
  const reducer = await reducerBy(config, dir)
  const { clock, telemetry } = openWorld(io, openLog(io.stderr, 'warn'))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  const life = new AbortController()
  let site: Awaited<ReturnType<typeof openSite>> | undefined
  let bar: ReturnType<typeof openBar>
  try {
    site = await openSite({ url, config, dir, clock, telemetry, signal: life.signal })
    const { ofSite } = site
    bar = openBar(
      io,
      pull ? claimBuckets : store.domainsCount(),
      '{bar} {percentage}% | {eta_formatted} left',
    )
    const tools: ShareTools = {
      ...{ store, reducer, clock, signal: io.signal },
      ...{ isAway: () => ofSite.link.isAway(), onDone: count => bar?.increment(count) },
    }
    const say = (lines: readonly string[]) => {
      bar?.stop()
      for (const line of lines) io.stderr.write(`${line}\n`)
    }
    if (pull) await pullFrom(site, config, tools, say)
    else {
      if (again) await forgetPushed(store, tools)
      await pushTo(site, sensorOf(store), tools, say)
      await pushSums(site, store, config, { tools, telemetry, say })
    }
  } finally {
    bar?.stop()
    life.abort()
    site?.close()
    store.close()
  }
}

type Site = Awaited<ReturnType<typeof openSite>>
type Say = (lines: readonly string[]) => void

const some = (count: number, text: string): string[] => (count > 0 ? [`${count} ${text}`] : [])

/* push */

const pushTo = async ({ ofSite, name }: Site, sensor: string, tools: ShareTools, say: Say): Promise<void> => {
  const { openRedisShared } = await import('../shared/redis.js')
  // It takes no leases: they need no instance.
  const pushed = await pushContacts({ shared: openRedisShared(ofSite, ''), sensor, name }, tools)
  say(saidOfPush(pushed))
  if (!pushed.isWhole) throw new Error('stopped before its end: the next share goes on there')
  if (pushed.refused > 0)
    throw new Error('not all domains were pushed: the next share tries those again, and what follows them')
}

const saidOfPush = ({ told, others, earlier, skipped, refused, from }: Pushed): string[] => [
  ...(from === undefined ? [] : [`goes on behind ${jsonEscaped(from)}, where the last share ended`]),
  `${told} domains pushed, ${told - others} of them with the first contact of this sensor`,
  ...some(earlier, 'are known to the site from an earlier time, which this sensor has now'),
  ...some(skipped, 'are skipped by the settings, and were not pushed'),
  ...some(refused, 'were not taken by the shared store'),
]

/** Beside a live `run` it takes no long transaction. */
const forgetPushed = async (
  { pushedCounts, pushedFacts }: Pick<Store, 'pushedCounts' | 'pushedFacts'>,
  { clock, signal }: ShareTools,
): Promise<void> => {
  for (const steps of [pushedCounts.forgetPushed(), pushedFacts.forgetPushed()])
    while (!signal.aborted && steps.next().done !== true) await clock.sleep(1, signal)
}

/** Pushes until the site knows all. @param named what is pushed, for messages @returns what to say of it */
const pushAll = async (
  pusher: Pick<SitePusher, 'push'>,
  named: (count: number) => string,
  { clock, signal }: ShareTools,
): Promise<string[]> => {
  const sums = { pushed: 0, refused: 0 }
  const add = ({ pushed, refused }: PushAnswer) => {
    sums.pushed += pushed
    sums.refused += refused
  }
  for (let tries = 1; !(await pusher.push(signal, add)); tries += 1) {
    if (signal.aborted || tries >= shareTriesMax)
      throw new Error(`${named(sums.pushed)} were pushed, and not all: the next share goes on there`)
    await clock.sleep(sharedRetryMs, signal)
  }
  return [`${named(sums.pushed)} pushed`, ...some(sums.refused, 'found no room at the site')]
}

/**
 * Pushes how often this sensor has counted each domain, and its facts of passive DNS, also from before it shared. Beside a live
 * `run` both push the same sums.
 */
const pushSums = async (
  { ofSite }: Site,
  store: Store,
  { shared }: Config,
  { tools, telemetry, say }: { readonly tools: ShareTools; readonly telemetry: Telemetry; readonly say: Say },
): Promise<void> => {
  const { reducer, clock } = tools
  const { pusher, factPusher } = pushersOf({
    ...{ store, clock, telemetry, path: '', reduce: reducer.reduce, onNewSalt: () => undefined },
    sharing: { ...(await sumsOf(ofSite, shared)), sensor: sensorOf(store) },
    mayLeave: name => typeof reducer.reduce(name) !== 'string',
    record: pushed => Promise.resolve(store.commit({}, () => pushed, clock.now())),
  })
  if (pusher) say(await pushAll(pusher, count => `the counts of ${count} domains`, tools))
  if (factPusher) say(await pushAll(factPusher, count => `${count} facts of passive DNS`, tools))
}

/* pull */

const pullFrom = async ({ ofSite }: Site, config: Config, tools: ShareTools, say: Say): Promise<void> => {
  const [{ readClaims }, { bucketOf }] = await Promise.all([
    import('../shared/claims.js'),
    import('../shared/keys.js'),
  ])
  const read = (places: Parameters<typeof readClaims>[1]) => readClaims(ofSite, places)
  const pulled = await pullContacts({ read, bucketOf }, config.domains_max, tools)
  say(saidOfPull(pulled))
  if (pulled.ended === 'stopped') throw new Error('stopped before its end; what came before that is stored')
  if (pulled.ended === 'full')
    throw new Error(
      `the database is full: it holds ${config.domains_max} domains (domains_max); the rest of the site was not taken`,
    )
}

const saidOfPull = ({ read, added, earlier, hashed, skipped, foreign, refusals }: Pulled): string[] => [
  ...refusals.map(name => `"${jsonEscaped(name)}" is no domain of the site, or has an impossible time`),
  `${read} domains read, ${added} of them new to this sensor`,
  ...some(earlier, 'were contacted earlier than this sensor knew'),
  ...some(hashed, 'have long names, of which the site keeps a hash: they stay new to this sensor'),
  ...[...skipped].map(([why, count]) => `${count} are skipped here: ${why}`),
  ...some(foreign, 'entries of the shared store are none of domainstats'),
]
