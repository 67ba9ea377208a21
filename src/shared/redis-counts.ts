/** What the sensors of a site count together, in a Redis or Valkey. Each count is one call of a Lua function on one key. */
import { clientsExactMax, countsAtOnce, countSensorsMax, countSumMax } from '../limits.js'
import { listIn, type RedisReply } from '../redis/client.js'
import { clientsIn, isSketch } from '../model/client-sketch.js'
import { orAborted } from '../time/wake.js'
import { countScript, readCountScript, saltScript } from './count-scripts.js'
import type { SensorCount, SharedCounts, SiteCount } from './counts.js'
import { inParts } from './in-parts.js'
import { fieldOf } from './keys.js'
import { numberIn } from './redis.js'
import type { ScriptCall, SharedStore } from './store.js'

/** What tells a sensor from the others in a value: 40 bits. Among 1,000 sensors two with the same are one in 2 million. */
export const sensorBytes = (sensor: string): Buffer => Buffer.from(sensor.slice(0, 10), 'hex')

/** Six bytes last until the year 10889. */
export const timeOf = (ms: number): number => Math.min(Math.max(0, Math.floor(ms)), 2 ** 48 - 1)

/** Undefined if it is none, as from a server that is no Redis. */
const siteCountIn = (reply: RedisReply): SiteCount | undefined => {
  const [own, queries, sensors, , last, clients, more] = listIn(reply)
  const numbers = [own, queries, sensors, last, more].map(numberIn)
  if (!Buffer.isBuffer(clients) || !numbers.every(number => number >= 0 && number <= Number.MAX_SAFE_INTEGER))
    return undefined
  const [ownSum = 0, sum = 0, sensorsCount = 0, lastAt = 0, hasMore = 0] = numbers
  const { count, isExact } = clientsIn(clients.length > 0 && isSketch(clients) ? clients : null)
  const areClientsExact = isExact && hasMore === 0
  return { own: ownSum, queries: sum, last: lastAt, clients: count, areClientsExact, sensors: sensorsCount }
}

export const openRedisCounts = (store: SharedStore): SharedCounts => {
  const { keys, link } = store

  const callOf = ({ domain, sensor, queries, last, clients, hasMoreClients }: SensorCount): ScriptCall => ({
    key: keys.counts(domain),
    args: [
      ...[
        fieldOf(domain),
        sensorBytes(sensor),
        String(Math.min(queries, countSumMax)),
        '',
        String(timeOf(last)),
        clients,
      ],
      ...[hasMoreClients ? '1' : '0', String(clientsExactMax), String(countSensorsMax)],
    ],
  })

  const pushSome = async (counts: readonly SensorCount[]): Promise<readonly (boolean | undefined)[]> => {
    const answers: (boolean | undefined)[] = counts.map(() => undefined)
    const calls = counts.map(callOf)
    await store.runEach('count', countScript, calls, (at, reply) => {
      if (reply === 2) store.foreign(calls[at]?.key ?? '', true)
      if (typeof reply === 'number') answers[at] = reply > 0
    })
    store.count('count', 'pushed', answers.filter(answer => answer === true).length)
    store.count('count', 'refused', answers.filter(answer => answer === false).length)
    store.count('count', 'unanswered', answers.filter(answer => answer === undefined).length)
    return answers
  }

  return {
    isAway: () => link.isAway(),
    salt: async ours => {
      const reply = await store.run('count', saltScript, { key: keys.salt, args: [ours] })
      const salt = Buffer.isBuffer(reply) ? reply.toString('latin1') : ''
      return /^[0-9a-f]{16}$/i.test(salt) ? salt : undefined
    },
    push: async counts => {
      const answers: (boolean | undefined)[] = []
      for (const some of inParts(counts, countsAtOnce)) answers.push(...(await pushSome(some)))
      return answers
    },
    read: async (domains, sensor, signal) => {
      const answers: (SiteCount | undefined)[] = domains.map(() => undefined)
      const calls = domains.map(domain => ({
        key: keys.counts(domain),
        args: [fieldOf(domain), sensorBytes(sensor), String(countSensorsMax)],
      }))
      const reading = store.runEach('count', readCountScript, calls, (at, reply) => {
        answers[at] = siteCountIn(reply)
      })
      // What comes later is dropped.
      await orAborted(reading, signal).catch(() => undefined)
      return [...answers]
    },
  }
}
