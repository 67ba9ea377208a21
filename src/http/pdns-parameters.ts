/** The query parameters of the paths below `/pdns`, which mean what the flags of `domainstats pdns` mean. */
import * as z from 'zod'
import {
  httpTuplesDefault,
  pdnsDaysDefault,
  pdnsDaysMax,
  pdnsRowsMax,
  pdnsTopDefault,
  ttlSecondsMax,
} from '../limits.js'
import { tagNames } from '../model/tag.js'
import { rrtypeOf } from '../names/rrtypes.js'
import type { PdnsFilter } from '../store/pdns-search.js'
import { tupleOrders, type TupleOrder } from '../transfer/pdns-answer.js'
import { unansweredKinds } from '../transfer/pdns-counts.js'
import { readSince, sinceForms } from '../transfer/since.js'
import { RefusedRequest } from './respond.js'

const whole = (least: number, most: number, meaning: string) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .optional()
    .describe(meaning)

const time = (meaning: string) => z.string().max(64).optional().describe(`${meaning}: ${sinceForms}.`)

/** Which rows, in which order. */
export const rowParameters = z.strictObject({
  type: z.string().max(16).optional().describe('Only rows of this record type.'),
  since: time('Only rows seen since'),
  until: time('Only rows seen until'),
  ttl: whole(0, ttlSecondsMax, 'Only rows whose TTLs include this one.'),
  ttl_below: whole(1, ttlSecondsMax, 'Only rows whose lowest TTL is below.'),
  sort: z
    .enum(tupleOrders)
    .optional()
    .describe('The latest, the highest count, or by name; else as they are found.'),
  limit: whole(1, httpTuplesDefault, 'So many rows at most.'),
})

const limit = whole(1, pdnsRowsMax, `So many rows at most; ${pdnsTopDefault} by default.`)

export const topParameters = z.strictObject({
  by: z
    .enum(['questions', 'clients', 'names', 'addresses'])
    .default('questions')
    .describe('Names by questions or clients, domains by the names below them, addresses by their names.'),
  limit,
})
export const newParameters = z.strictObject({
  days: whole(1, pdnsDaysMax, `So many days up to today; ${pdnsDaysDefault} by default.`),
})
export const unansweredParameters = z.strictObject({
  rcode: z
    .enum(unansweredKinds)
    .optional()
    .describe('Only for this reason; EMPTY: no record, NONE: no response.'),
  limit,
})

const tag = z.enum(tagNames).describe('trust, interest or threat.')
export const nearParameters = z.strictObject({ tag: tag.default('threat'), limit })
export const tagParameters = z.strictObject({ tag: tag.optional() })

/** @throws RefusedRequest that names the parameter */
export const readParameters = <T>(schema: z.ZodType<T>, query: unknown): T => {
  const { data, error } = schema.safeParse(query)
  if (error === undefined) return data
  const [{ path, message } = { path: [], message: '' }] = error.issues
  throw new RefusedRequest(400, path.length === 0 ? message : `${path.join('.')}: ${message}`)
}

export interface Rows {
  readonly filter: PdnsFilter
  readonly sort: TupleOrder | undefined
  readonly limit: number | undefined
}

/**
 * @param now epoch ms
 * @throws RefusedRequest
 */
export const readRows = (query: unknown, now: number): Rows => {
  const { type, since, until, ttl, ttl_below: ttlBelow, sort, limit } = readParameters(rowParameters, query)
  const rrtype = type === undefined ? undefined : rrtypeOf(type)
  if (type !== undefined && rrtype === undefined) throw new RefusedRequest(400, 'type: no record type')
  const at = (name: string, text: string | undefined): number | undefined => {
    const ms = text === undefined ? undefined : readSince(text, now)
    if (text !== undefined && ms === undefined)
      throw new RefusedRequest(400, `${name}: it takes ${sinceForms}`)
    return ms
  }
  return {
    filter: { rrtype, since: at('since', since), until: at('until', until), ttl, ttlBelow },
    sort,
    limit,
  }
}
