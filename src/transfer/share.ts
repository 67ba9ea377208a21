/**
 * What a sensor and its site know of each other's contacts: pushed as claims (shared/), and pulled into the store. Both can
 * be done again at any time and change nothing then, since the earliest contact with a domain stays.
 */
import { hash } from 'node:crypto'
import { isPlausible } from '../detect/suppression.js'
import { claimBuckets, claimBucketsAtOnce, refusalsMax, sharedRetryMs, shareTriesMax } from '../limits.js'
import type { Domain } from '../model/domain.js'
import type { Reducer } from '../names/psl.js'
import type { BucketPart, BucketPlace, SiteContact } from '../shared/claims.js'
import type { Claim, Shared } from '../shared/shared.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'
import { mergeRow, type Options } from './import.js'

export interface ShareTools {
  readonly store: Pick<Store, 'pages' | 'commit' | 'meta' | 'putMeta' | 'domainsCount'>
  /** By the settings of the sensor: a name that it skips is neither pushed nor pulled. */
  readonly reducer: Pick<Reducer, 'reduce'>
  /** True while the shared store cannot be reached. */
  readonly isAway: () => boolean
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Called with the domains that were pushed, or the buckets that were read, since the last call. */
  readonly onDone: (count: number) => void
}

/** A contact with a domain, as this sensor or another one of the site had it. */
interface Contact {
  readonly domain: string
  /** Below a private suffix: a registration date judges nothing. */
  readonly hosted: boolean
  /** Epoch ms. */
  readonly seen: number
}

/** The shared store gave no answer; what was done before stays. */
export class NoAnswer extends Error {
  override get name(): string {
    return 'NoAnswer'
  }
}

/** Adds to the error how far the work came. */
const saying =
  (how: string) =>
  (error: unknown): never => {
    if (!(error instanceof NoAnswer)) throw error
    throw new NoAnswer(`${error.message}; ${how}`, { cause: error })
  }

/**
 * Asks, and asks again for what was not answered, as long as the shared store is away.
 *
 * @returns in the order of `asked`; undefined where the store refused, or holds a key that is none of ours
 * @throws NoAnswer if it stays away, or answers nothing at all
 */
const insist = async <A, B>(
  asked: readonly A[],
  ask: (some: readonly A[]) => Promise<readonly (B | undefined)[]>,
  { isAway, clock, signal }: ShareTools,
): Promise<readonly (B | undefined)[]> => {
  const answers: (B | undefined)[] = asked.map(() => undefined)
  for (let tries = 1; ; tries += 1) {
    const open = asked.flatMap((one, at) => (answers[at] === undefined ? [{ one, at }] : []))
    const given = await ask(open.map(({ one }) => one))
    for (const [nth, { at }] of open.entries()) answers[at] = given[nth]
    if (signal.aborted || answers.every(answer => answer !== undefined)) return answers
    const isBack = !isAway()
    if (isBack && answers.some(answer => answer !== undefined)) return answers
    if (isBack || tries >= shareTriesMax) throw new NoAnswer('the shared store gave no answer')
    await clock.sleep(sharedRetryMs, signal)
  }
}

/** The name as a domain of this sensor; a string says why it is none. */
const domainOf = (
  name: string,
  reducer: ShareTools['reducer'],
): Pick<Contact, 'domain' | 'hosted'> | string => {
  const reduced = reducer.reduce(name)
  if (typeof reduced === 'string') return reduced
  const { domain, registrable } = reduced
  return domain === name ? { domain, hosted: domain !== registrable } : 'not-a-domain'
}

/** A contact brings no date of a registration, and is one by its own time alone. */
const contactOnly: Options = { neverExpire: false, seen: false, source: undefined, origin: '' }

/** Stores contacts in one transaction; of each domain the earliest stays. Returns how many domains were new, and earlier. */
const storeContacts = (contacts: readonly Contact[], store: ShareTools['store'], now: number) => {
  if (contacts.length === 0) return { added: 0, earlier: 0 }
  return store.commit(
    { domains: new Set(contacts.map(({ domain }) => domain)) },
    known => {
      const domains = new Map<string, Domain>()
      let [added, earlier] = [0, 0]
      for (const { domain, hosted, seen } of contacts) {
        const before = domains.get(domain) ?? known.domains.get(domain)
        if (before?.firstSeen !== undefined && before.firstSeen <= seen) continue
        if (before?.firstSeen === undefined) added += 1
        else earlier += 1
        domains.set(domain, mergeRow({ domain, hosted, firstSeen: seen }, before, contactOnly, now))
      }
      return { domains: [...domains.values()], added, earlier }
    },
    now,
  )
}

/* Push */

/** The site, as a sensor that pushes sees it. */
export interface PushSite {
  readonly shared: Pick<Shared, 'claim'>
  /** As in Claim. */
  readonly sensor: string
  /** Tells sites apart: where a push was interrupted is kept for each. */
  readonly name: string
}

export interface Pushed {
  /** Domains that the site knows now. */
  readonly told: number
  /** Of these: another sensor has the first contact. */
  readonly others: number
  /** Of these: the site's first contact is earlier than this sensor's, which has its time now. */
  readonly earlier: number
  /** Contacted domains that this sensor skips by its present settings: they were not pushed. */
  readonly skipped: number
  /** Domains that the store did not take. */
  readonly refused: number
  /** The last domain of an earlier push that was interrupted, and went on here. */
  readonly from: string | undefined
  /** False if the signal ended it. */
  readonly isWhole: boolean
}

/** Where the store keeps the last domain of an interrupted push. */
const placeKey = (site: string): string => `share:${site}`

/** 128 bits that are the same each time, so that the same push has the same answer. */
const claimIdOf = (sensor: string, domain: string): string =>
  hash('sha256', `${sensor} ${domain}`, 'hex').slice(0, 32)

/**
 * Claims each contacted domain of the store. Where nobody owned its first contact this sensor does from now on; otherwise
 * the earliest time stays, and the store of this sensor takes it. Goes on behind the last page that was taken as a whole.
 *
 * @throws NoAnswer with how many domains were pushed
 */
export const pushContacts = async (site: PushSite, tools: ShareTools): Promise<Pushed> => {
  const { store, reducer, clock, signal, onDone } = tools
  const key = placeKey(site.name)
  const from = store.meta(key) ?? ''
  const sums = { told: 0, others: 0, earlier: 0, skipped: 0, refused: 0 }
  for (const page of store.pages(from)) {
    const now = clock.now()
    const contacts = page.flatMap(({ domain, firstSeen }) => {
      if (firstSeen === undefined) return []
      const named = domainOf(domain, reducer)
      if (typeof named === 'string') sums.skipped += 1
      return typeof named === 'string'
        ? []
        : { ...named, seen: isPlausible(firstSeen, now) ? firstSeen : now }
    })
    const claim = (some: readonly Contact[]) => site.shared.claim(some.map(toClaim(site.sensor)), signal)
    const answers =
      contacts.length === 0
        ? []
        : await insist(contacts, claim, tools).catch(
            saying(`${sums.told} domains were pushed, and the next share goes on there`),
          )
    if (signal.aborted) break
    const answered = contacts.flatMap((contact, at) => {
      const answer = answers[at]
      return answer ? [{ contact, answer }] : []
    })
    const sites = answered.flatMap(({ contact, answer: { seen } }) =>
      seen < contact.seen && isPlausible(seen, now) ? [{ ...contact, seen }] : [],
    )
    sums.earlier += storeContacts(sites, store, now).earlier
    sums.told += answered.length
    sums.others += answered.filter(({ answer }) => !answer.owns).length
    sums.refused += contacts.length - answered.length
    if (sums.refused === 0) store.putMeta(key, page.at(-1)?.domain ?? '')
    onDone(page.length)
  }
  const isWhole = !signal.aborted
  if (isWhole && sums.refused === 0) store.putMeta(key, '')
  return { ...sums, from: from === '' ? undefined : from, isWhole }
}

const toClaim =
  (sensor: string) =>
  ({ domain, seen }: Contact): Claim => ({
    domain,
    sensor,
    seen,
    id: claimIdOf(sensor, domain),
    kind: 'kept',
  })

/* Pull */

/** The site, as a sensor that pulls sees it. */
export interface PullSite {
  /** Reads parts of buckets, as readClaims. */
  readonly read: (places: readonly BucketPlace[]) => Promise<readonly (BucketPart | undefined)[]>
  /** The bucket of a domain: a claim elsewhere is none of ours. */
  readonly bucketOf: (domain: string) => number
}

export interface Pulled {
  /** Domains that this sensor did not count as contacted. */
  added: number
  /** Domains whose first contact was later here. */
  earlier: number
  /** Claims that were read and could be used. A domain may be counted twice while the store packs its hashes anew. */
  read: number
  /** Claims of long names, of which the site keeps the SHA-256 alone. */
  hashed: number
  /** Domains that this sensor skips, by reason. */
  readonly skipped: Map<string, number>
  /** Fields and keys that are none of ours. */
  foreign: number
  /** The first refusalsMax of them that have a name. */
  readonly refusals: string[]
  /** Why it ended before its end. */
  ended: 'stopped' | 'full' | undefined
}

/** 64 hex digits are no domain: no label has so many. */
const sha256Hex = /^[\da-f]{64}$/
/** Reasons of this sensor's settings; the others are of names that no sensor claims. */
const bySettings: ReadonlySet<string> = new Set([
  'ignored',
  'internal-zone',
  'not-a-domain',
  'no-public-suffix',
])

/**
 * Stores what the site knows as contacted, as far as this sensor does not know it or knows it later: a first contact with
 * these domains raises no alert, also while the site cannot be asked.
 *
 * @param domainsMax with so many domains in the store it ends
 * @throws NoAnswer with how many domains were read; they are stored
 */
export const pullContacts = async (
  { read, bucketOf }: PullSite,
  domainsMax: number,
  tools: ShareTools,
): Promise<Pulled> => {
  const { store, reducer, clock, signal, onDone } = tools
  const pulled: Pulled = {
    ...{ added: 0, earlier: 0, read: 0, hashed: 0, foreign: 0, ended: undefined },
    ...{ skipped: new Map<string, number>(), refusals: [] },
  }
  let open: BucketPlace[] = []
  for (let bucket = 0; bucket < claimBuckets || open.length > 0;) {
    while (open.length < claimBucketsAtOnce && bucket < claimBuckets) {
      open.push({ bucket, cursor: '0' })
      bucket += 1
    }
    const parts = await insist(open, read, tools).catch(
      saying(`${pulled.read} domains were read, and are stored`),
    )
    if (signal.aborted) return { ...pulled, ended: 'stopped' }
    const now = clock.now()
    const contacts = parts.flatMap((part, at) =>
      (part?.contacts ?? []).flatMap(contact => {
        const found = contactIn(contact, open[at]?.bucket, { bucketOf, reducer, now })
        if (typeof found !== 'string') return [found]
        countUnused(pulled, found, contact.field)
        return []
      }),
    )
    pulled.foreign += parts.reduce((sum, part) => sum + (part?.foreign ?? 1), 0)
    pulled.read += contacts.length
    const { added, earlier } = storeContacts(contacts, store, now)
    pulled.added += added
    pulled.earlier += earlier
    onDone(parts.filter(part => part?.next === undefined).length)
    open = parts.flatMap(part => part?.next ?? [])
    if (added > 0 && store.domainsCount() >= domainsMax) return { ...pulled, ended: 'full' }
  }
  return pulled
}

interface ContactRules {
  readonly bucketOf: PullSite['bucketOf']
  readonly reducer: ShareTools['reducer']
  /** Epoch ms. */
  readonly now: number
}

/** The contact in a claim; a string says why it is not used: `hashed`, `foreign`, or why this sensor skips the name. */
const contactIn = (
  { field, seen }: SiteContact,
  bucket: number | undefined,
  { bucketOf, reducer, now }: ContactRules,
): Contact | string => {
  if (!isPlausible(seen, now)) return 'foreign'
  if (sha256Hex.test(field)) return 'hashed'
  if (bucketOf(field) !== bucket) return 'foreign'
  const named = domainOf(field, reducer)
  if (typeof named !== 'string') return { ...named, seen }
  return bySettings.has(named) ? named : 'foreign'
}

const countUnused = (pulled: Pulled, why: string, field: string): void => {
  if (why === 'hashed') pulled.hashed += 1
  else if (why === 'foreign') {
    pulled.foreign += 1
    if (pulled.refusals.length < refusalsMax) pulled.refusals.push(field)
  } else pulled.skipped.set(why, (pulled.skipped.get(why) ?? 0) + 1)
}
