/** What the site has counted of the domains of an answer: asked for when somebody reads it, and never waited for long. */
import { siteWaitMs } from '../limits.js'
import type { SharedCounts, SiteCount } from '../shared/counts.js'
import type { Clock } from '../time/clock.js'
import { within } from '../time/wake.js'

/** The counts by domain; without a domain for which no answer came in time. */
export type AskSite = (
  domains: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, SiteCount>>

/** @param sensor as in Claim: whose sums are `own` */
export const siteCountsBy =
  (counts: SharedCounts, sensor: string, clock: Clock): AskSite =>
  async (domains, signal) => {
    const found = new Map<string, SiteCount>()
    if (domains.length === 0 || signal.aborted || counts.isAway()) return found
    const answers = await within(siteWaitMs, clock, signal, until => counts.read(domains, sensor, until))
    for (const [at, domain] of domains.entries()) {
      const answer = answers?.[at]
      if (answer) found.set(domain, answer)
    }
    return found
  }
