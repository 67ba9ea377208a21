/**
 * The kinds of values of settings. Each has its schema and its description, so that docs/settings.md and the remedies in
 * errors always agree with the schema.
 */
import { isIP } from 'node:net'
import * as z from 'zod'

// The settings are read once: to compile their schema first, as zod would, takes longer.
z.config({ jitless: true })

export interface Doc {
  /** One line: what the setting does. */
  readonly description: string
  /** The allowed values, to complete "Give …". */
  readonly values: string
  /** `none`: accepted so that a file of domain_stats 1.x loads unchanged; nothing reads it. */
  readonly effect?: 'none'
  /** The value is never shown. */
  readonly secret?: true
}

export const docs = z.registry<Doc>()

export interface SettingKind<T extends z.ZodType> {
  readonly schema: T
  readonly values: string
}

/** domain_stats 1.x wrote some numbers as text: `local_port: '5730'`. */
const numeral = (value: unknown): unknown =>
  typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value

/** Booleans of YAML 1.1, which PyYAML, and so domain_stats 1.x, reads; people still write them. */
const truth = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['no', false],
  ['off', false],
])

const boolean = (value: unknown): unknown =>
  typeof value === 'string' ? (truth.get(value.toLowerCase()) ?? value) : value

const range = (from: number, to: number, unit: string): string =>
  `${unit === '' ? '' : `of ${unit} `}from ${from} to ${to}`

/** A whole number; the unit may be empty. */
export const whole = (from: number, to: number, unit = '') => ({
  schema: z.preprocess(numeral, z.int().min(from).max(to)),
  values: `a whole number ${range(from, to, unit)}`,
})

/** A number, fractions allowed; the unit may be empty. */
export const number = (from: number, to: number, unit = '') => ({
  schema: z.preprocess(numeral, z.number().min(from).max(to)),
  values: `a number ${range(from, to, unit)}`,
})

export const flag = { schema: z.preprocess(boolean, z.boolean()), values: 'true or false' }

/** `a, b or c`. Intl.ListFormat would read its locales at each start, which takes 8 ms. */
const anyOf = (options: readonly string[]): string =>
  [options.slice(0, -1).join(', '), ...options.slice(-1)].filter(part => part !== '').join(' or ')

export const choice = <const T extends readonly [string, ...string[]]>(...options: T) => ({
  schema: z.enum(options),
  values: anyOf(options),
})

/** Addresses and networks. */
export const ranges = {
  schema: z.array(
    z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], 'is no address, and no range like 10.0.0.0/8'),
  ),
  values: 'a list of addresses and ranges like 10.0.0.0/8',
}

/** Text in one line, without control characters, so that it cannot carry a terminal sequence. */
export const textKind = (charsMax: number, values: string) => ({
  schema: z
    .string()
    .min(1)
    .max(charsMax)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'holds an unprintable character'),
  values,
})

/** A path, at most PATH_MAX of Linux long. All characters but control characters are allowed. */
export const path = (values: string) => ({
  schema: z
    .string()
    .min(1)
    .max(4096)
    .regex(/^\P{Cc}*$/u, 'holds a control character'),
  values,
})

/** Whom a server can write to. One word of ASCII, since it goes into an HTTP header. */
export const contactKind = {
  schema: z
    .string()
    .max(200)
    .regex(/^[!-~]+$/, 'holds a character that is not plain ASCII')
    .regex(/^(https?:\/\/|[^@]+@)[^@<>()]+$/, 'is neither a mail address nor a URL'),
  values: 'a mail address or an http or https URL',
}

/** Whether a host of a URL is this machine, as it stands there: no name is resolved. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))

const documented = <T extends z.ZodType>(schema: T, doc: Doc): T => {
  docs.add(schema, doc)
  return schema
}

/** A setting with a default. `readonly` freezes its value. */
export const setting = <T extends z.ZodType>(
  kind: SettingKind<T>,
  fallback: z.core.util.NoUndefined<z.output<T>>,
  description: string,
) => documented(kind.schema.default(fallback).readonly(), { description, values: kind.values })

/** A setting that may be left out, without a default. */
export const optional = <T extends z.ZodType>(kind: SettingKind<T>, description: string) =>
  documented(kind.schema.optional(), { description, values: kind.values })

/** A setting that must be given. */
export const required = <T extends z.ZodType>(kind: SettingKind<T>, description: string) =>
  documented(kind.schema, { description, values: kind.values })

/** Marks a setting that is accepted for compatibility and has no effect. */
export const unused = <T extends z.ZodType>(schema: T): T => {
  const doc = docs.get(schema)
  return doc ? documented(schema, { ...doc, effect: 'none' }) : schema
}

/** Marks a setting whose value is never shown. */
export const secret = <T extends z.ZodType>(schema: T): T => {
  const doc = docs.get(schema)
  return doc ? documented(schema, { ...doc, secret: true }) : schema
}
