/**
 * Decides on a batch of questions: counts them, and makes records of those that are not suppressed. A record whose
 * registration is known is written at once; the others wait. Pure: it runs inside the write transaction, and may run again.
 */
import { answerAlerts, isFirstContact, questionAlerts } from '../detect/alerts.js'
import { afterContact } from '../detect/pending-alerts.js'
import { NotedAnswers } from '../detect/new-answer.js'
import type { Policy } from '../detect/policy.js'
import { type Draft, isPlausible } from '../detect/suppression.js'
import { alerting, tagsIn } from '../detect/tags.js'
import { pendingAlertsOf, unknownDomain } from '../model/domain.js'
import type { Facts } from '../model/record.js'
import { isAssigned } from '../names/assigned.js'
import type { Known } from '../store/transaction.js'
import { Bursts, hasOutcome } from './bursts.js'
import { BatchClaims, type ClaimAnswers, withSaid } from './claims.js'
import { ClientCounts, hasFewClients, type NotedClient } from './clients.js'
import { Detectors } from './detectors.js'
import { type LateResponse, type Question, factsOf, answeredIdOf } from './question.js'
import type { NotableResponse } from './response.js'
import { type Suppression, suppressionIn } from './suppressed.js'
import { Writer } from './writer.js'
import { type QuestionTags, tagsOfQuestion, WrittenNames } from './written-names.js'

class Sightings {
  readonly domains = new Map<string, Draft>()
  readonly names: WrittenNames
  readonly detectors: Detectors
  readonly writer: Writer
  readonly claims: BatchClaims
  correctedTimes = 0
  readonly #noted: NotedAnswers
  readonly #clients: ClientCounts
  readonly #bursts: Bursts
  readonly #known: Known
  readonly #policy: Policy
  readonly #now: number

  constructor(
    known: Known,
    policy: Policy,
    now: number,
    noted: NotedAnswers,
    claimed: ClaimAnswers | undefined,
  ) {
    this.claims = new BatchClaims(claimed, now)
    this.detectors = new Detectors(known, policy, now)
    this.#noted = noted
    this.#clients = new ClientCounts(policy.clients.record, known.clientHash)
    this.#known = known
    this.#policy = policy
    this.#now = now
    this.names = new WrittenNames(known, policy)
    this.writer = new Writer(known, name => this.#domain(name), policy, now)
    this.#bursts = new Bursts(this.detectors.memory, known, policy, now, this.writer.muted)
  }

  /** @param clients that the skim noted between the questions: a record says how many there were before it */
  addInOrder(questions: readonly Question[], clients: readonly NotedClient[]): void {
    let next = 0
    const addClients = (behind: number): void => {
      for (let one = clients[next]; one && one.behind <= behind; one = clients[next]) {
        next += 1
        if (this.#isStored(one.domain)) this.#clients.note(this.#domain(one.domain), one.client)
      }
    }
    for (const [i, question] of questions.entries()) {
      addClients(i)
      this.add(question)
    }
    addClients(questions.length)
  }

  add(question: Question): void {
    const ts = this.#plausible(question.event.ts)
    const domain = this.#domain(question.domain)
    const first = domain.firstSeen === undefined
    const contact = first ? this.claims.contact(domain.domain, ts) : undefined
    if (domain.firstSeen === undefined || ts < domain.firstSeen)
      this.#contacted(domain, question, contact?.seen ?? ts)
    domain.lastSeen = Math.max(domain.lastSeen ?? ts, ts)
    domain.queries += 1
    const [client, clientsBefore] = [this.#clients.keyOf(question), domain.clients]
    const clients = this.#clients.see(domain, question, client)
    const tags = tagsOfQuestion(question, this.#known.tags)
    const suppression =
      this.#policy.emit === 'every' ? 'none' : this.names.suppression(domain, question.name, tags, ts, first)
    const registry = question.registrable === domain.domain ? domain : this.#domain(question.registrable)
    const pendingAlerts = pendingAlertsOf(domain.domain, registry)
    const newNetworks = this.#newNetworks(question, ts)
    const isNewName = suppression !== 'suppressed'
    const watched = { question, client, domain, clientsBefore, registry, isNewName, ts }
    const detected = this.detectors.see(watched)
    // An alert ends the suppression: it must not wait for tomorrow.
    const isAlerted = pendingAlerts.length > 0 || newNetworks !== undefined || detected !== undefined
    if (this.#isSuppressed(domain, suppression, tags, first) && !isAlerted) {
      this.writer.efficiency.silent += 1
      this.writer.refresh(question)
      return
    }
    const sighting = {
      isFirst: contact?.isSites ?? false,
      isAssigned: isAssigned(question.domain),
      isLearning: this.#now < this.#policy.learningUntil,
      isOverThreshold: suppression === 'over-threshold',
      ...detected,
    }
    const alerts = questionAlerts(sighting)
    // The first contact with a name that a provider assigned raises no alert.
    const firstRecord = domain.windowFrom === undefined && !(first && sighting.isAssigned)
    domain.windowFrom ??= ts
    const scores = this.#policy.scores(question.domain, question.registrable)
    const resembles = isFirstContact(alerts) ? this.#policy.resembles(question.domain) : undefined
    const seenByYou = domain.firstSeen ?? ts
    const firstHere = this.claims.isShared ? first : undefined
    const claimDue = isFirstContact(alerts) ? contact?.claimDue : undefined
    const found = { ts, seenByYou, firstHere, claimDue, scores, alerts, newNetworks, ...clients, resembles }
    const facts = factsOf(question, this.#policy.clients.record, found)
    if (contact) this.claims.add(facts, contact)
    this.writer.write(facts, firstRecord, question)
    if (first && hasOutcome(question)) this.addOutcome(facts)
  }

  /** The outcome of a question is known: it may complete a burst. */
  addOutcome(facts: Facts): void {
    this.writer.records.push(...this.#bursts.note(facts))
  }

  /**
   * A response came after its question was decided, or was only counted: writes what its addresses say, by their tags once a
   * window, and by a network that is new.
   */
  addLate({ question, followupOf }: LateResponse): void {
    if (!this.#isStored(question.domain)) return
    const { tags } = this.#known
    const { answers } = question.response
    const ts = this.#plausible(question.event.ts)
    const byName = tags.ofName(question.name)?.set ?? 0
    const fresh = tags.ofAnswers(answers) & ~byName & alerting
    const newNetworks = this.#newNetworks(question, ts)
    if (fresh === 0 && newNetworks === undefined) return
    const domain = this.#domain(question.domain)
    const all = { set: byName | fresh, by: question.domain }
    const isSaid =
      fresh === 0 ||
      (this.#policy.emit !== 'every' &&
        this.names.suppression(domain, question.name, all, ts, false) === 'suppressed')
    if (isSaid && newNetworks === undefined) return
    const scores = this.#policy.scores(question.domain, question.registrable)
    const contact = { ts, seenByYou: domain.firstSeen ?? ts, scores, alerts: [], newNetworks }
    const added = answerAlerts(isSaid ? [] : tagsIn(fresh), newNetworks ?? [])
    this.writer.writeAnswered(factsOf(question, this.#policy.clients.record, contact), followupOf, added)
  }

  /** A pending record has got its response: what its addresses say by their tags counts as written in this window. */
  addCompleted({ facts, state, set, fresh }: NotableResponse): void {
    if (!this.#isStored(facts.domain)) return
    // Its row is written together with the name.
    if (fresh !== 0) this.#domain(facts.domain)
    const isSaid = fresh === 0 || this.names.rememberTagged(facts, set)
    const added = answerAlerts(isSaid ? [] : tagsIn(fresh), facts.newNetworks ?? [])
    if (state === 'owed' && added.length > 0)
      this.writer.writeAnswered({ ...facts, id: answeredIdOf(facts.id) }, facts.id, added)
  }

  /** The networks in the answers of a question that are new for its domain and to be alerted; undefined if there are none. */
  #newNetworks({ domain, registrable, response }: Question, ts: number): readonly string[] | undefined {
    if (this.#policy.newAnswerMs === undefined) return undefined
    const { answers } = response
    const found = this.#noted.note({ domain, registrable, answers, ts }, this.#domain(registrable).known)
    return found.length > 0 ? found : undefined
  }

  /** False if the domain was evicted meanwhile. */
  #isStored(domain: string): boolean {
    return this.domains.has(domain) || this.#known.domains.has(domain)
  }

  /** Under `emit: domains` only the first name of a domain's window may write a record, and each name that is tagged. */
  #isSuppressed(
    { windowNames }: Draft,
    suppression: ReturnType<WrittenNames['suppression']>,
    { set }: QuestionTags,
    first: boolean,
  ): boolean {
    if (suppression !== 'none') return suppression === 'suppressed'
    return this.#policy.emit === 'domains' && !first && windowNames > 1 && (set & alerting) === 0
  }

  /** The questions whose names are suppressed from now on. */
  suppressed(questions: readonly Question[]): SuppressedQuestion[] {
    const decided = {
      ...{ known: this.#known, policy: this.#policy, now: this.#now, detectors: this.detectors },
      domainOf: (name: string) => this.#domain(name),
      lastOf: (domain: string, key: string) => this.names.lastOf(domain, key),
    }
    return questions.flatMap(question => {
      const suppression = suppressionIn(question, decided)
      return suppression ? [{ question, suppression }] : []
    })
  }

  /** Sets the first contact, or an earlier one. A known registration date may be later than it now. */
  #contacted(domain: Draft, { registrable }: Question, ts: number): void {
    const before = domain.known && domain.domain === registrable ? { ...domain } : undefined
    domain.firstSeen = ts
    if (before) Object.assign(domain, afterContact(before, domain, this.#now))
  }

  /** The event time, or the current time if that is not plausible. */
  #plausible(ts: number): number {
    if (isPlausible(ts, this.#now)) return ts
    this.correctedTimes += 1
    return this.#now
  }

  #domain(name: string): Draft {
    const found = this.domains.get(name)
    if (found) return found
    const known = this.#known.domains.get(name)
    const draft = known ? { ...known } : unknownDomain(name)
    this.domains.set(name, draft)
    return draft
  }
}

/** What else a batch brings: responses to questions of earlier ones, and clients. */
export interface Besides {
  /** To questions that were decided without them. */
  readonly late?: readonly LateResponse[]
  /** To pending records, where addresses raise an alert. */
  readonly completed?: readonly NotableResponse[]
  /** The facts of pending records whose response came. */
  readonly answered?: readonly Facts[]
  /** What these have noted of the networks in answers. */
  readonly noted?: NotedAnswers
  /** Clients that the skim noted, in their order. */
  readonly clients?: readonly NotedClient[]
  /** What the shared store answered to the claims of its new domains; undefined: the site shares nothing. */
  readonly claimed?: ClaimAnswers | undefined
}

/**
 * What a batch of questions does.
 *
 * @param now epoch ms
 */
export const sightings = (
  questions: readonly Question[],
  known: Known,
  policy: Policy,
  now: number,
  {
    late = [],
    completed = [],
    answered = [],
    noted = new NotedAnswers(known.networksOf, policy, now),
    clients = [],
    claimed,
  }: Besides = {},
) => {
  const seen = new Sightings(known, policy, now, noted, claimed)
  for (const one of completed) seen.addCompleted(one)
  for (const facts of answered) seen.addOutcome(facts)
  seen.addInOrder(questions, clients)
  for (const one of late) seen.addLate(one)
  const { domains, names, writer, correctedTimes } = seen
  const { newPending, lookupRequests, records, efficiency, muted } = writer
  return {
    domains: domains.values(),
    windows: names.windows,
    networks: noted.changed,
    remembered: seen.detectors.memory.changed(),
    namesKept: names.namesKept,
    /** Domains of which names were forgotten. */
    forgetful: [...names.full.keys()],
    newPending,
    ...withSaid(seen.claims.newClaims, records),
    muted,
    lookupRequests: lookupRequests.values(),
    records,
    correctedTimes,
    efficiency,
    limits: writer.limits(),
    suppressed: () => seen.suppressed(questions),
    /** Of the names whose clients were noted: those whose domains have many by now. */
    widelyAsked: () =>
      clients.flatMap(({ name, domain }) => {
        const draft = seen.domains.get(domain)
        return draft && hasFewClients(draft) ? [] : [name]
      }),
    /** There are records or look-ups that wait for a registry. */
    waiting: newPending.length > 0 || lookupRequests.size > 0,
    /** All questions are suppressed and need no look-up: only counts change. */
    isCountOnly: efficiency.silent === questions.length && lookupRequests.size === 0,
  }
}

/** A question whose name is suppressed from now on. */
export interface SuppressedQuestion {
  readonly question: Question
  readonly suppression: Suppression
}
