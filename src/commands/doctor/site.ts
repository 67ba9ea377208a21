/** What the examinations of `doctor` are about. */
import type { Config } from '../../config/schema.js'
import type { Network } from '../../lookup/net/addresses.js'
import type { Clock } from '../../time/clock.js'

export interface Site {
  readonly config: Config
  /** The data folder, absolute. */
  readonly dir: string
  /** Whether a `run` is live on it. */
  readonly isLive: boolean
  readonly network: Network
  readonly clock: Clock
  /** Aborts when the user ends it. */
  readonly signal: AbortSignal
}
