/**
 * What the sensors of a site share, in a Redis or Valkey: single, with Sentinels, or a Cluster.
 *
 * Each lease and answer is one call of a Lua function on one key, and so are claims, many of which share a call: it is done or
 * not, whatever dies meanwhile.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { batchQuestionsMax, leaseTokenBytesMax, sharedAnswerBytesMax, sharedKeptMsMax } from '../limits.js'
import type { RedisReply } from '../redis/client.js'
import { orAborted } from '../time/wake.js'
import { answerFromJson, answerToJson } from './answers.js'
import { claimCall, claimReplies, claimsByCall } from './claim-call.js'
import { answerScript, claimScript, finishScript, giveBackScript, leaseScript } from './scripts.js'
import type { Claim, Claimed, Lease, Shared } from './shared.js'
import type { SharedStore } from './store.js'

/** The token of a lease that was granted without the store: it is equal to none there. */
const alone = ''

export const numberIn = (reply: RedisReply | undefined): number =>
  typeof reply === 'number'
    ? reply
    : Number(Buffer.isBuffer(reply) && reply.length > 0 ? reply.toString() : NaN)

/** Makes claims. After the signal has aborted, answers that are still to come are dropped. */
const claimingIn = (store: SharedStore): Shared['claim'] => {
  /** Pipelines whose caller did not wait for the end. */
  let overdue = 0

  const claimAll = async (
    claims: readonly Claim[],
    signal: AbortSignal,
    onAnswer: (at: number, answer: Claimed) => void,
  ): Promise<void> => {
    // A server gets all claims of a batch at once: while it does the first ones the others are on their way.
    for (let from = 0; from < claims.length && !signal.aborted; from += batchQuestionsMax) {
      const byCall = claimsByCall(claims.slice(from, from + batchQuestionsMax), store.isCluster)
      const toCall = (placed: (typeof byCall)[number]) =>
        claimCall(
          placed.map(([, claim]) => claim),
          store.keys.claims,
        )
      const calls = byCall.map(toCall)
      await store.runEach('claim', claimScript, calls, (nth, reply) => {
        const placed = byCall[nth] ?? []
        for (const [at, { answer, foreign }] of claimReplies(reply, placed.length).entries()) {
          if (foreign) store.foreign(calls[nth]?.keys[at] ?? '', foreign === 'replaced')
          const [place] = placed[at] ?? []
          if (answer && place !== undefined) onAnswer(from + place, answer)
        }
      })
    }
  }

  return async (claims, signal) => {
    const answers: (Claimed | undefined)[] = claims.map(() => undefined)
    // Whoever waits behind a pipeline that is late would be late as well.
    if (overdue > 0) return answers
    const answering = claimAll(claims, signal, (at, answer) => (answers[at] = answer))
    try {
      await orAborted(answering, signal)
    } catch (error) {
      if (!signal.aborted) throw error
      // If the time passed because this process was busy, the answers may be there, and only be unread.
      await nextTurn()
      overdue += 1
      void answering.finally(() => (overdue -= 1))
    }
    const answered = answers.filter(answer => answer !== undefined).length
    store.count('claim', 'answered', answered)
    store.count('claim', 'unanswered', claims.length - answered)
    return [...answers]
  }
}

/** @param instance differs from those of all other runs, of this sensor and of others: leases are told apart by it */
export const openRedisShared = (store: SharedStore, instance: string): Shared => {
  const { keys, link } = store
  let leases = 0

  const endLease = async ({ registrable, token }: Lease): Promise<void> => {
    if (token === alone) return
    await store.run('lease', giveBackScript, { key: keys.lookup(registrable), args: [token] })
  }

  return {
    isAway: () => link.isAway(),
    lease: async (registrable, forMs) => {
      leases += 1
      const token = `${instance}:${leases}`
      const args = [token, String(forMs), String(leaseTokenBytesMax)]
      const granted = await store.run('lease', leaseScript, { key: keys.lookup(registrable), args })
      store.count('lease', granted === 1 ? 'granted' : granted === 0 ? 'taken' : 'alone')
      if (granted === 0) return undefined
      return { registrable, token: granted === 1 ? token : alone }
    },
    finish: async (lease, answer, forMs) => {
      const json = answerToJson(answer)
      if (json === undefined) {
        await endLease(lease)
        return
      }
      const args = [lease.token, json, String(forMs)]
      await store.run('lease', finishScript, { key: keys.lookup(lease.registrable), args })
    },
    giveBack: lease => endLease(lease),
    answerOf: async registrable => {
      const args = [String(sharedAnswerBytesMax), String(sharedKeptMsMax)]
      const reply = await store.run('answer', answerScript, { key: keys.lookup(registrable), args })
      const answer = Buffer.isBuffer(reply) ? answerFromJson(reply.toString()) : undefined
      if (answer) store.count('answer', 'found')
      return answer
    },
    claim: claimingIn(store),
  }
}
