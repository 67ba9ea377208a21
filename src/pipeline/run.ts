/** Both halves of the story together: they end together, and an error of one ends the other. */
import { setMaxListeners } from 'node:events'
import { waitForAnswers, type Ending } from './drain.js'
import { ingest, type IngestOptions } from './ingest.js'
import type { Resolver } from './resolve.js'
import type { Store } from '../store/store.js'

export interface PipelineOptions extends IngestOptions {
  readonly store: Store
  readonly resolver: Resolver
  /** The hold time of the settings, in ms, whatever `unresolved` says. */
  readonly holdMs: number
}

/**
 * Reads until the signal aborts, or with an ending to the present end, and then waits for registries.
 *
 * @returns true if records wait still and no registry answers
 * @throws whatever ended one of the two
 */
export const runPipeline = async (
  options: PipelineOptions,
  ending: Ending | undefined,
  signal: AbortSignal,
): Promise<boolean> => {
  const life = new AbortController()
  // Every look-up under way listens to it.
  setMaxListeners(0, life.signal)
  const end = () => life.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const read = async () => {
    await ingest(options, ending !== undefined, life.signal)
    return ending !== undefined && !life.signal.aborted && (await waitForAnswers(options, ending))
  }
  const both = [read().finally(end), options.resolver.run(life.signal).finally(end)] as const
  // Nothing may be closed under the one that is still at work when the other has failed.
  await Promise.allSettled(both)
  signal.removeEventListener('abort', end)
  const [isStill] = await Promise.all(both)
  return isStill
}
