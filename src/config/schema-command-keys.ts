/** The keys that programs and services have in common: which values, how often, how long an answer is kept. */
import * as z from 'zod'
import { number, optional, setting, whole } from './kinds.js'

/** Where the value stands in `argv`, and in the address of a service. */
export const valuePlace = '{value}'

/** What `accepts` names, besides a regular expression. */
const valueKinds = ['domain', 'host', 'ip', 'cidr'] as const
export type ValueKind = (typeof valueKinds)[number]

const isValueKind = (text: string): text is ValueKind => valueKinds.some(kind => kind === text)

/** The expression between slashes; undefined for a kind of value. */
export const expressionOf = (accepts: string): string | undefined =>
  isValueKind(accepts) ? undefined : /^\/(.+)\/$/s.exec(accepts)?.[1]

/** Whether no address, or nothing but addresses, may be asked about. Of an expression nobody knows. */
export const isNameOnly = (accepts: string): boolean => accepts === 'domain'
export const isAddressOnly = (accepts: string): boolean => accepts === 'ip' || accepts === 'cidr'

export const accepted = 'Which values it may be asked about; any other is refused.'

export const acceptedValues = {
  schema: z
    .string()
    .max(4096)
    .refine(
      text => isValueKind(text) || expressionOf(text) !== undefined,
      'is no kind of value, and no expression between slashes',
    ),
  values: 'domain, host, ip, cidr or /an expression of RE2 for the whole value/',
}

export const timeoutSeconds = number(0.1, 600, 'seconds')

const atOnce = 'Runs under way at the same time; further values wait.'
const perMinute = 'Runs that begin within any minute.'

export const commandTurnsShape = {
  at_once: setting(whole(1, 64, 'runs'), 2, atOnce),
  per_minute: optional(whole(1, 6_000, 'runs'), `${perMinute} Without it, any number.`),
}

/** The same, for a service that others run: it has a pace, whatever the settings say. */
export const pacedTurnsShape = {
  at_once: setting(whole(1, 64, 'runs'), 1, atOnce),
  per_minute: setting(whole(1, 6_000, 'runs'), 20, perMinute),
}

const hours = number(-2, 87_600, 'hours')
const keepHours = {
  schema: hours.schema.refine(value => value >= 0 || Number.isInteger(value), 'is neither -1 nor -2'),
  values: 'a number of hours, 0, -1 or -2',
}

const keptText = 'How long an answer is kept; 0 not at all, -1 until there is no room, -2 for ever.'

/** @param fallback the default, in hours */
export const keepHoursSetting = (fallback: number) => setting(keepHours, fallback, keptText)

export const keptErrors = setting(
  number(0, 87_600, 'hours'),
  0.1,
  'How long the answer of a run that failed is kept, if keep_hours is not less; 0 not at all.',
)

export const keptShape = { keep_hours: keepHoursSetting(24), keep_errors_hours: keptErrors }
