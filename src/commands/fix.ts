/** `domainstats fix`: looks up names without a date once more, by RDAP and then by WHOIS. */
import { setMaxListeners } from 'node:events'
import { join, resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { loadConfig } from '../config/load.js'
import { bootstrapIn } from '../daemon/bootstrap-copy.js'
import { reducerBy } from '../daemon/names.js'
import { sharingOrAlone } from '../daemon/shared.js'
import { lacksDate, openRegistries } from '../lookup/lookup.js'
import { loadBootstrapFile } from '../lookup/rdap/bootstrap.js'
import { SentQueries } from '../lookup/sent-queries.js'
import { fix } from '../resolve/fix.js'
import type { Shared } from '../shared/shared.js'
import { openStore } from '../store/store.js'
import { dayMs } from '../time/clock.js'
import { demandFolder } from './data-folder.js'
import { type Io, UsageError } from './io.js'
import { openLog } from './log.js'
import { aloneTo } from './outside.js'
import { openWorld } from './world.js'

/**
 * Opens a progress bar. Undefined if stderr is not a terminal.
 *
 * @param total undefined if unknown; then there is no bar
 */
export const openBar = (
  io: Io,
  total: number | undefined,
  format: string,
  payload: Readonly<Record<string, number>> = {},
): SingleBar | undefined => {
  if (io.stderr.isTTY !== true || total === undefined) return undefined
  const bar = new SingleBar({ stream: io.stderr, format, hideCursor: true, clearOnComplete: true })
  bar.start(total, 0, payload)
  return bar
}

/** What the site knows without a date is asked for once more. */
const datedOnly = (shared: Shared): Shared => ({
  ...shared,
  answerOf: async registrable => {
    const answer = await shared.answerOf(registrable)
    return answer && lacksDate(answer, registrable) ? undefined : answer
  },
})

/** @throws UsageError if `mode` is not rdap; Error if the store cannot be opened */
export const fixData = async ({ data }: { readonly data: string }, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  if (config.mode !== 'rdap')
    throw new UsageError(`fix asks registries, and the settings say mode: ${config.mode}.`)
  const file = await loadBootstrapFile(config, dir)
  const reducer = await reducerBy(config, dir)
  // Each look-up under way adds a listener.
  setMaxListeners(0, io.signal)
  const world = openWorld(io, openLog(io.stderr, 'warn'))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  const sharing = await sharingOrAlone({ ...world, config, dir, store }, aloneTo(io))
  const bar = openBar(io, store.datelessCount(), '{bar} {value} of {total} names | {eta_formatted} left')
  try {
    const sent = new SentQueries(world.clock)
    const { lookup, serverOf, aheadOf } = openRegistries(
      {
        ...{ config, ...bootstrapIn(store), file, ...world, onSent: sent.add, signal: io.signal },
        ...{ shared: datedOnly(sharing.shared), turns: sharing.turns },
      },
      config.whois === 'off' ? () => false : lacksDate,
    )
    const fixed = await fix(
      {
        ...{ store, lookup, serverOf, aheadOf, sent, ...world },
        mayLeave: name => typeof reducer.reduce(name) !== 'string',
        failedKeptMs: config.rdap_error_ttl_days * dayMs,
        onName: () => bar?.increment(),
      },
      io.signal,
    )
    bar?.stop()
    const { registered, absent, unsupported, failed } = fixed
    io.stderr.write(
      `${registered} dates found, ${absent} not registered, ${unsupported} without a date, ${failed} failed again\n`,
    )
  } finally {
    bar?.stop()
    await sharing.close()
    store.close()
  }
}
