import t from 'tap'
import type { ServerOutcome } from '../pacing/token-bucket.js'
import { serverOutcomeOf } from './http-client.js'

const now = Date.parse('2026-02-01T12:00:00Z')

void t.test('an HTTP status gives an outcome for its server', t => {
  const busy = (retryAfterMs: number | undefined): ServerOutcome => ({ kind: 'busy', retryAfterMs })
  const broken: ServerOutcome = { kind: 'down', answered: true }
  const table: [status: number, retryAfter: string | undefined, outcome: ServerOutcome][] = [
    [200, undefined, { kind: 'well' }],
    [200, '5', { kind: 'well' }],
    [304, undefined, { kind: 'well' }],
    [404, undefined, { kind: 'well' }],
    [429, undefined, busy(undefined)],
    [429, 'soon', busy(undefined)],
    [429, '5', busy(5_000)],
    [401, undefined, { kind: 'well' }],
    [401, '5', { kind: 'well' }],
    [403, undefined, busy(undefined)],
    [403, 'soon', busy(undefined)],
    [403, '5', busy(5_000)],
    [503, '5', busy(5_000)],
    [503, 'soon', broken],
    [503, undefined, broken],
    [500, '5', broken],
    [599, undefined, broken],
    [600, undefined, { kind: 'well' }],
  ]
  for (const [status, retryAfter, outcome] of table)
    t.strictSame(serverOutcomeOf(status, retryAfter, now), outcome, `${status} ${retryAfter ?? ''}`)
  t.end()
})
