/** The layers of a look-up, in their order: each wraps the next. */
import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.js'
import type { Lookup } from '../registration.js'
import type { Telemetry } from '../telemetry.js'
import { openBootstrap } from './bootstrap.js'
import type { SavedBootstrap } from './bootstrap-fetch.js'
import { memory } from './memory.js'
import { rdap } from './rdap.js'

export interface LookupOptions {
  /** Servers configured by hand: TLD to base URL. */
  readonly servers: Readonly<Record<string, string>>
  /** Who asks: sent to registries, so that they can tell us before they shut us out. */
  readonly userAgent: string
  readonly saved: () => SavedBootstrap | undefined
  readonly save: (copy: SavedBootstrap) => void
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly signal: AbortSignal
}

export const openLookup = (options: LookupOptions): Lookup =>
  memory(rdap({ ...options, bootstrap: openBootstrap(options) }))
