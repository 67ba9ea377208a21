/** What leaves report upwards. The daemon turns each into a log line and a counter; tests collect them. */

export type Report =
  | { readonly kind: 'input-opened'; readonly path: string; readonly offset: number }
  | { readonly kind: 'input-rotated'; readonly path: string }
  | { readonly kind: 'input-truncated'; readonly path: string; readonly offset: number }
  | { readonly kind: 'input-missing'; readonly path: string }
  | { readonly kind: 'input-unreadable'; readonly path: string; readonly error: string }
  | { readonly kind: 'bootstrap-refreshed'; readonly services: number }
  | { readonly kind: 'bootstrap-failed'; readonly error: string }

export type Telemetry = (report: Report) => void
