/** What leaves report upwards. The daemon turns each into a log line and a counter; tests collect them. */

import type { Skip } from './event.js'

export type Report =
  /** Lines read and questions found in one batch, and what was skipped, by reason. */
  | {
      readonly kind: 'batch'
      readonly lines: number
      readonly questions: number
      readonly skips: ReadonlyMap<Skip, number>
    }
  /** Event times that could not be true and count as now. */
  | { readonly kind: 'times-corrected'; readonly count: number }
  | { readonly kind: 'looked-up'; readonly registrable: string; readonly outcome: string }
  | { readonly kind: 'lookup-crashed'; readonly registrable: string; readonly error: string }
  | { readonly kind: 'input-opened'; readonly path: string; readonly offset: number }
  | { readonly kind: 'input-rotated'; readonly path: string }
  | { readonly kind: 'input-truncated'; readonly path: string; readonly offset: number }
  | { readonly kind: 'input-missing'; readonly path: string }
  | { readonly kind: 'input-unreadable'; readonly path: string; readonly error: string }
  | { readonly kind: 'output-stalled'; readonly path: string; readonly error: string }
  | { readonly kind: 'output-recovered'; readonly path: string; readonly bytes: number }
  | { readonly kind: 'store-stalled'; readonly error: string }
  | { readonly kind: 'bootstrap-refreshed'; readonly services: number }
  | { readonly kind: 'bootstrap-failed'; readonly error: string }

export type Telemetry = (report: Report) => void
