/** What the sensors of a site know together of passive DNS, in a Redis or Valkey. Each name, and each target, is one key. */
import {
  factsAtOnce,
  siteFactsBytesMax,
  siteLargestFactBytes,
  siteLargestNameBytes,
  siteFactSensorsMax,
  siteNamesAtOnce,
  siteNamesBytesMax,
} from '../limits.js'
import { presentedName } from '../names/presented.js'
import { listIn, type RedisReply } from '../redis/client.js'
import { orAborted } from '../time/wake.js'
import { factAt, factBytes } from './fact-bytes.js'
import { factsScript, namesScript, readFactsScript, readNamesScript } from './fact-scripts.js'
import { isFoundBy, type SensorFact, type SharedFacts, type SiteFact, type SiteList } from './facts.js'
import { inParts } from './in-parts.js'
import { sensorBytes } from './redis-counts.js'
import type { ScriptCall, SharedStore } from './store.js'

/** Facts by a text of theirs, with their places. */
const placesBy = (
  facts: readonly SensorFact[],
  textOf: (fact: SensorFact) => string | undefined,
): ReadonlyMap<string, readonly number[]> => {
  const places = new Map<string, number[]>()
  for (const [at, fact] of facts.entries()) {
    const text = textOf(fact)
    if (text === undefined) continue
    const some = places.get(text)
    if (some) some.push(at)
    else places.set(text, [at])
  }
  return places
}

/** Names that cannot stand in a text of lines have none there: canonical text has no line feed. */
const isLine = (name: string): boolean => !name.includes('\n')

const pusherTo = (store: SharedStore) => {
  const { keys } = store
  /** Notes which names have which target. Returns the places of facts whose target was not answered. */
  const noteNames = async (facts: readonly SensorFact[]): Promise<ReadonlySet<number>> => {
    const targets = [...placesBy(facts, ({ target, rrname }) => (isLine(rrname) ? target : undefined))]
    const open = new Set(targets.flatMap(([, places]) => places))
    const calls = targets.map(([target, places]): ScriptCall => ({
      key: keys.namesWith(target),
      args: [String(siteNamesBytesMax), ...new Set(places.map(at => facts[at]?.rrname ?? ''))],
    }))
    await store.runEach('fact', namesScript, calls, (nth, reply) => {
      const [foreign, refused] = listIn(reply)
      if (foreign === 1) store.foreign(calls[nth]?.key ?? '', true)
      if (typeof refused !== 'number') return
      store.count('fact', 'not found by its data', refused)
      store.limitReached('siteNamesBytesMax', refused)
      for (const at of targets[nth]?.[1] ?? []) open.delete(at)
    })
    return open
  }
  /** @returns as SharedFacts.push */
  const putFacts = async (facts: readonly SensorFact[], open: ReadonlySet<number>) => {
    const bytes = facts.map(factBytes)
    const answers = bytes.map((one): boolean | undefined => (one ? undefined : false))
    const names = [...placesBy(facts, ({ rrname }) => rrname)].flatMap(([rrname, all]) => {
      const places = all.filter(at => bytes[at] !== undefined && !open.has(at))
      return places.length > 0 ? [{ key: keys.facts(rrname), places }] : []
    })
    const calls = names.map(({ key, places }): ScriptCall => ({
      key,
      args: [
        ...[String(siteFactsBytesMax), String(siteFactSensorsMax)],
        ...places.flatMap(at => bytes[at] ?? []),
      ],
    }))
    await store.runEach('fact', factsScript, calls, (nth, reply) => {
      const [foreign, ...taken] = listIn(reply)
      if (foreign === 1) store.foreign(calls[nth]?.key ?? '', true)
      for (const [of, at] of (names[nth]?.places ?? []).entries())
        if (typeof taken[of] === 'number') answers[at] = taken[of] > 0
    })
    return answers
  }
  return async (facts: readonly SensorFact[]): Promise<readonly (boolean | undefined)[]> => {
    // The names first: a fact is not pushed again once it is noted as pushed, so what finds it must be there before.
    const answers = await putFacts(facts, await noteNames(facts))
    store.count('fact', 'pushed', answers.filter(answer => answer === true).length)
    const refused = answers.filter(answer => answer === false).length
    store.count('fact', 'refused', refused)
    store.limitReached('siteFactsBytesMax', refused)
    store.count('fact', 'unanswered', answers.filter(answer => answer === undefined).length)
    return answers
  }
}

export const openRedisFacts = (store: SharedStore): SharedFacts => {
  const { keys, link } = store
  const push = pusherTo(store)

  /** The text in a reply to a question. Undefined if it is none, as from a server that is no Redis. */
  const textIn = (reply: RedisReply | undefined, key: string): Buffer | undefined => {
    const [foreign, text] = listIn(reply)
    if (foreign === 1) store.foreign(key, false)
    return Buffer.isBuffer(text) ? text : undefined
  }

  /** Undefined if the reply is none. */
  const factsIn = (
    reply: RedisReply,
    rrname: string,
    sensor: Buffer,
    target: string,
  ): SiteList<SiteFact> | undefined => {
    const bytes = textIn(reply, keys.facts(rrname))
    const [, , size] = listIn(reply)
    if (bytes === undefined || typeof size !== 'number') return undefined
    const found: SiteFact[] = []
    for (let at = 0; at < bytes.length;) {
      const { fact, next } = factAt(bytes, at, rrname, sensor)
      at = next
      if (fact === undefined) store.foreign(keys.facts(rrname), false)
      else if (target === '' || isFoundBy(target, fact)) found.push(fact)
    }
    return { found, isFull: size > siteFactsBytesMax - siteLargestFactBytes }
  }

  return {
    isAway: () => link.isAway(),
    push: async facts => {
      const answers: (boolean | undefined)[] = []
      for (const some of inParts(facts, factsAtOnce)) answers.push(...(await push(some)))
      return answers
    },
    ofNames: async (names, sensor, signal, target = '') => {
      const bytes = sensorBytes(sensor)
      const answers: (SiteList<SiteFact> | undefined)[] = []
      for (const some of inParts(names, siteNamesAtOnce)) {
        const ofSome: typeof answers = some.map(() => undefined)
        const calls = some.map(name => ({ key: keys.facts(name), args: [String(siteFactsBytesMax), target] }))
        const reading = store.runEach('fact', readFactsScript, calls, (at, reply) => {
          ofSome[at] = factsIn(reply, some[at] ?? '', bytes, target)
        })
        // What comes later is dropped.
        await orAborted(reading, signal).catch(() => undefined)
        answers.push(...ofSome)
      }
      return answers
    },
    namesOf: async (target, signal) => {
      const key = keys.namesWith(target)
      const reading = store.run('fact', readNamesScript, { key, args: [String(siteNamesBytesMax)] })
      const text = textIn(await orAborted(reading, signal).catch(() => undefined), key)
      if (text === undefined) return undefined
      const lines = text.toString('utf8').split('\n').filter(line => line !== '') // prettier-ignore
      const names = lines.filter(line => presentedName(line) === line)
      if (names.length < lines.length) store.foreign(key, false)
      return { found: names, isFull: text.length > siteNamesBytesMax - siteLargestNameBytes }
    },
  }
}
