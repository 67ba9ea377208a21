/** Claims to made-up domains, for benches of the shared store. */
import { createHash } from 'node:crypto'
import type { Claim } from '../../src/shared/shared.js'

/** The same number gives the same claim, and no other does. */
export const claimAt = (at: number): Claim => {
  const digest = createHash('sha256').update(String(at)).digest('hex')
  // 8 to 15 letters and a suffix: the lengths of ordinary domains. The number keeps them apart.
  const domain = `${digest.slice(0, 4 + (at % 8))}${at.toString(36).padStart(4, '0')}.com`
  const [id, sensor] = [digest.slice(0, 32), digest.slice(32, 48)]
  return { domain, id, sensor, seen: Date.UTC(2026, 10, 28) + at, kind: 'live' }
}
