/** Both halves of the story together: they end together, and an error of one ends the other. */
import { setMaxListeners } from 'node:events'
import { ingest, type IngestOptions } from './ingest.js'
import type { Resolver } from './resolve.js'

/**
 * Reads until the signal aborts, or with `once` to the present end, and then waits until no record is held.
 *
 * @throws whatever ended one of the two
 */
export const runPipeline = async (
  options: IngestOptions,
  resolver: Resolver,
  once: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const life = new AbortController()
  // Every look-up under way listens to it.
  setMaxListeners(0, life.signal)
  const end = () => life.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const read = async () => {
    await ingest(options, once, life.signal)
    if (once) await resolver.settled()
  }
  const both = [read().finally(end), resolver.run(life.signal).finally(end)]
  // Nothing may be closed under the one that is still at work when the other has failed.
  await Promise.allSettled(both)
  signal.removeEventListener('abort', end)
  await Promise.all(both)
}
