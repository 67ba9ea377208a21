/** The settings of the store that the sensors of a site share. */
import * as z from 'zod'
import { sensorNameCharsMax, sharedPrefixCharsMax } from '../limits.js'
import { flag, optional, setting, textKind } from './kinds.js'
import { checkRedis, redisAddress, redisShape } from './schema-redis.js'

/** No braces: in a Cluster they choose the node. No other sign that a pattern of ACL or KEYS would read as more than itself. */
const prefix = {
  schema: z
    .string()
    .max(sharedPrefixCharsMax)
    .regex(/^[\w.:-]+$/, 'holds more than letters, digits and _ . : -'),
  values: 'letters, digits, and _ . : -',
}

export const sharedShape = {
  url: optional(
    redisAddress,
    'The Redis or Valkey that all sensors of the site share. Without it a sensor is alone.',
  ),
  prefix: setting(prefix, 'domainstats', 'What the keys there begin with: the same for all sensors.'),
  sensor: optional(
    textKind(sensorNameCharsMax, 'a name'),
    'The name of this sensor: no other has it. Without it, that of the host.',
  ),
  counts: setting(
    flag,
    true,
    'Whether the sensors tell each other their counts: how often the site has asked for a domain, when last, and how many clients. Each domain takes some hundred bytes more in the shared store.',
  ),
  pdns: setting(
    flag,
    false,
    'Whether the sensors tell each other their facts of passive DNS, for `pdns QUERY --site`: which name had which record, when, and how often. Each fact takes some 230 bytes in the shared store, and stays there.',
  ),
  ...redisShape,
}

/** What may be set without a shared store. */
const needless: ReadonlySet<string> = new Set(['prefix', 'counts'])

export type SharedSettings = z.output<typeof shared.schema>

export const shared = {
  schema: z
    .strictObject(sharedShape)
    .superRefine(({ url, ...settings }, context) => {
      const refuse = (key: string, input: unknown, message: string) =>
        context.addIssue({ code: 'custom', path: [key], input, message })
      if (url !== undefined) checkRedis(url, settings, 'url', refuse)
      else
        for (const [key, value] of Object.entries(settings))
          if (!needless.has(key) && value !== undefined && !(key === 'pdns' && value === false))
            refuse(key, value, 'needs url')
    })
    .readonly(),
  values: 'a mapping with url, and what belongs to it',
}
