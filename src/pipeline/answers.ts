/** What is said of a name to whoever asks for it: what the store knows of it, judged by the settings and the time. */
import type { Alert } from '../alerts.js'
import type { Clock } from '../clock.js'
import type { Domain } from '../domain.js'
import type { NameSkip } from '../event.js'
import type { KnownAnswer } from '../name-answer.js'
import type { Reduced } from '../reduce/reducer.js'
import type { Store } from '../store/store.js'
import { originalVerdict, verdict, type Knowledge } from '../verdict.js'
import { knowledgeOf } from './knowledge.js'
import type { Rules } from './rules.js'

export interface AnswersOptions {
  readonly store: Store
  readonly rules: Rules
  readonly reduce: (query: string) => Reduced | NameSkip
  readonly clock: Clock
}

/** Whom there is to ask where nobody shall be. */
const nobody = { lookups: false, isCutOff: () => true }

export class Answers {
  readonly #options: AnswersOptions

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /** What is known of a registrable. */
  known(registrable: string): Knowledge {
    const { store, rules, clock } = this.#options
    return knowledgeOf(registrable, store.registrationOf(registrable), rules, clock.now())
  }

  /** @param said alerts that belong to this question alone @param seen the domain, if it is at hand */
  of(
    reduced: Reduced,
    said: readonly Alert[],
    knowledge: Knowledge,
    seen = this.#options.store.domain(reduced.domain),
  ): KnownAnswer {
    const { rules, clock } = this.#options
    const { query, domain, registrable, unicode } = reduced
    const freq = rules.freq(domain)
    const facts = { freq, alerts: said, domain, registrable }
    const now = clock.now()
    return {
      ...{ kind: 'known', query, queryUnicode: unicode, domain, registrable, freq },
      seenByYou: seen?.firstSeen,
      firstContact: said.includes('YOUR-FIRST-CONTACT'),
      registeredBy: knowledge.kind === 'registered' ? knowledge.source : undefined,
      verdict: verdict(facts, knowledge, rules, now),
      original: originalVerdict(facts, knowledge, rules, now),
    }
  }

  /** What the store holds, though it may be out of date: nobody is asked. */
  unasked(reduced: Reduced): KnownAnswer {
    const { store, rules, clock } = this.#options
    const { domain, registrable } = reduced
    const seen = store.domain(domain)
    const known = knowledgeOf(registrable, store.registrationOf(registrable), nobody, clock.now())
    // A domain that was contacted is in the queue, and its answer to come.
    const isQueued = known.kind === 'off' && rules.lookups && seen?.firstSeen !== undefined
    return this.of(reduced, [], isQueued ? { kind: 'pending' } : known, seen)
  }

  /** What would be said about a domain of the store, without asking anybody; undefined for one that is ignored. */
  stored({ domain }: Pick<Domain, 'domain'>): KnownAnswer | undefined {
    const reduced = this.#options.reduce(domain)
    return typeof reduced === 'string' ? undefined : this.of(reduced, [], this.known(reduced.registrable))
  }
}
