/** Takes published registrations while a `run` reads, by the settings: never without them. */
import { userAgent } from '../telemetry/report.js'
import { hourMs } from '../time/clock.js'
import { takeUpdates } from '../transfer/updates.js'
import { meanwhile, type Following } from './meanwhile.js'
import type { Parts, Settings, World } from './parts.js'

/** When the store was last brought up to date, so that a restart does not ask again. */
const key = 'updates-at'

/** Reads logs, and takes what is new meanwhile; nothing with `once`. Failures are reported, and tried again at the next time. */
export const withUpdates = <T>(
  { store, reader, answering, telemetry }: Parts,
  { config }: Settings,
  { network }: World,
  following: Following,
  read: () => Promise<T>,
): Promise<T> => {
  const { url, every_hours: hours } = config.updates
  if (url === undefined || hours === undefined || following.once) return read()
  const { clock } = following
  const everyMs = hours * hourMs
  const take = async (signal: AbortSignal) => {
    store.putMeta(key, String(clock.now()))
    const tools = { store, way: network.own, clock, userAgent: userAgent(config.contact), signal }
    try {
      for await (const update of takeUpdates(url, tools)) {
        // A registration may raise an alert with the next question: no name is counted unseen any more.
        reader.clear()
        answering.forget()
        const { major, minor, taken, refused } = update
        telemetry({ kind: 'updates-taken', url, version: `${major}.${minor}`, registrations: taken, refused })
      }
    } catch (error) {
      if (!signal.aborted) telemetry({ kind: 'updates-failed', url, error: String(error) })
    }
  }
  // abs: the clock may have been set back since.
  const ageMs = Math.abs(clock.now() - Number(store.meta(key) ?? -Infinity))
  return meanwhile(take, { everyMs, firstMs: Math.max(0, everyMs - ageMs) }, following, read)
}
