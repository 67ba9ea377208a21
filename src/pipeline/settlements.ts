/**
 * What becomes of records that wait: the registry answered, or their time is up. Pure: it runs inside the write
 * transaction, and may run again.
 */
import { unknownDomain } from '../domain.js'
import type { Registration } from '../registration.js'
import type { Known } from '../store/batch.js'
import { learn } from './learning.js'
import type { Rules } from './rules.js'
import { Settling, type Settled } from './settling.js'

/** What a registry answered just now; or `stored`: the store knows it already, only records wait still. */
export type Answer =
  | {
      readonly registration: Registration
      /** 0 to 1, drawn for this answer: what failed together is not tried again together. */
      readonly random: number
    }
  | 'stored'

/**
 * What the answers of registries do to the domains asked about and to the records that wait for them.
 *
 * @param known with the domains and the held records of the registrables answered
 * @param now epoch ms
 */
export const settlements = (
  answers: ReadonlyMap<string, Answer>,
  known: Known,
  rules: Rules,
  now: number,
): Settled => {
  const settling = new Settling(known, rules, now)
  for (const [registrable, answer] of answers) {
    const before = known.domains.get(registrable) ?? unknownDomain(registrable)
    if (answer !== 'stored') {
      const { registration, random } = answer
      settling.settle(
        registrable,
        learn(before, registration, now, { keptMsMax: rules.failedKeptMs, random }),
      )
    } else if (before.known) settling.settle(registrable, { ...before, known: before.known })
  }
  return settling.effects()
}

/** What becomes of held records whose time is up. @param now epoch ms */
export const overdue = (known: Known, rules: Rules, now: number): Settled => {
  const settling = new Settling(known, rules, now)
  for (const held of known.held) settling.release(held)
  return settling.effects()
}
