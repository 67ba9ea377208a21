/** What the ceilings of the settings mean on the disk, for `domainstats check`. */
import type { Config } from '../config/schema.js'
import { followupsMax, heldMax } from '../limits.js'

/**
 * Bytes of a row with its indexes, measured on real logs: a domain with its registration and some names, a name in the
 * queue, a record that waits.
 */
const bytesOf = { domain: 150, queued: 120, waiting: 600 }
/** What SQLite keeps beside the database while it is open. */
const walBytes = 16 * 1024 * 1024

const mb = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`

/** One line. */
export const diskLine = ({ domains_max, queue_max }: Pick<Config, 'domains_max' | 'queue_max'>): string => {
  const [domains, queue] = [domains_max * bytesOf.domain, queue_max * bytesOf.queued]
  const waiting = (heldMax + followupsMax) * bytesOf.waiting
  return (
    `disk: at most about ${mb(domains + queue + waiting + walBytes)}: ${mb(domains)} for domains_max, ` +
    `${mb(queue)} for queue_max, ${mb(waiting)} for records that wait, ${mb(walBytes)} for SQLite's -wal`
  )
}
