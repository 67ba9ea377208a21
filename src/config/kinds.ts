/**
 * The kinds of values a setting can have. Each kind knows how it is asked for in words, so that the schema,
 * docs/settings.md and every remedy in an error say the same.
 */
import * as z from 'zod'

export interface Doc {
  /** One line: what the setting does. */
  readonly description: string
  /** What may be given, as the object of "Give …". */
  readonly values: string
  /** `none`: accepted so that a file of domain_stats 1.x loads unchanged; nothing reads it. */
  readonly effect?: 'none'
  /** Never shown. */
  readonly secret?: true
}

export const docs = z.registry<Doc>()

export interface SettingKind<T extends z.ZodType> {
  readonly schema: T
  readonly values: string
}

/** 1.x asked for its settings at a prompt and wrote some numbers as text: `local_port: '5730'`. */
const numeral = (value: unknown): unknown =>
  typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value

/** PyYAML reads YAML 1.1, where these words were booleans; people still write them. */
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

export const choice = <const T extends readonly [string, ...string[]]>(...options: T) => ({
  schema: z.enum(options),
  values: `${options.slice(0, -1).join(', ')} or ${options.at(-1) ?? ''}`,
})

/** Text on one line that cannot carry a terminal sequence. */
export const textKind = (charsMax: number, values: string) => ({
  schema: z
    .string()
    .min(1)
    .max(charsMax)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'holds an unprintable character'),
  values,
})

/** A path; PATH_MAX of Linux. Odd characters are the file system's business, control characters are not. */
export const path = (values: string) => ({
  schema: z
    .string()
    .min(1)
    .max(4096)
    .regex(/^\P{Cc}*$/u, 'holds a control character'),
  values,
})

const documented = <T extends z.ZodType>(schema: T, doc: Doc): T => {
  docs.add(schema, doc)
  return schema
}

/** A setting that may be left out. Freezing is part of the schema: nobody changes a configuration once read. */
export const setting = <T extends z.ZodType>(
  kind: SettingKind<T>,
  fallback: z.core.util.NoUndefined<z.output<T>>,
  description: string,
) => documented(kind.schema.default(fallback).readonly(), { description, values: kind.values })

/** A setting that may be left out and then has no value. */
export const optional = <T extends z.ZodType>(kind: SettingKind<T>, description: string) =>
  documented(kind.schema.optional(), { description, values: kind.values })

/** A setting that must be given. */
export const required = <T extends z.ZodType>(kind: SettingKind<T>, description: string) =>
  documented(kind.schema, { description, values: kind.values })

/** Marks a setting as accepted for compatibility, with no effect. */
export const unused = <T extends z.ZodType>(schema: T): T => {
  const doc = docs.get(schema)
  return doc ? documented(schema, { ...doc, effect: 'none' }) : schema
}

/** Marks a setting whose value nobody may see. */
export const secret = <T extends z.ZodType>(schema: T): T => {
  const doc = docs.get(schema)
  return doc ? documented(schema, { ...doc, secret: true }) : schema
}
