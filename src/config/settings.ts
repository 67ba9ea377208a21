/** The schema as a flat table, for docs/settings.md, `domainstats settings`, and the remedies in errors. */
import type * as z from 'zod'
import { docs, type Doc } from './kinds.js'
import { feedbackShape } from './schema-feedback.js'
import { inputShape } from './schema-inputs.js'
import { sinkShape } from './schema-sinks.js'
import { pdnsShape } from './schema-pdns.js'
import { configShape, iscShape, rdapShape, clientsShape } from './schema.js'
import { tagsShape } from './schema-tags.js'

export interface Setting extends Doc {
  /** Such as `hold_seconds`, `inputs[].path` or `rdap.servers`. */
  readonly key: string
  /** Undefined if there is none. */
  readonly default: unknown
}

const rows = (prefix: string, shape: Readonly<Record<string, z.ZodType>>): Setting[] =>
  Object.entries(shape).flatMap(([key, schema]) => {
    const doc = docs.get(schema)
    return doc ? [{ key: `${prefix}${key}`, ...doc, default: schema.safeParse(undefined).data }] : []
  })

/** All settings. */
export const settings: readonly Setting[] = [
  ...rows('', configShape),
  ...rows('inputs[].', inputShape),
  ...rows('sinks[].', sinkShape),
  ...rows('pdns.', pdnsShape),
  ...rows('feedback.', feedbackShape),
  ...rows('tags.', tagsShape),
  ...rows('clients.', clientsShape),
  ...rows('rdap.', rdapShape),
  ...rows('isc.', iscShape),
]

const byKey = new Map(settings.map(setting => [setting.key, setting]))

export type Path = readonly PropertyKey[]

/** `['inputs', 0, 'path']` as `inputs[0].path`. With `index` returning '', the key of the setting: `inputs[].path`. */
export const keyOf = (path: Path, index = (at: number): string => String(at)): string =>
  path.reduce<string>(
    (key, part) =>
      typeof part === 'number' ? `${key}[${index(part)}]` : `${key}${key === '' ? '' : '.'}${String(part)}`,
    '',
  )

/** The setting at a path, or its nearest parent that is a setting. */
export const settingAt = (path: Path): Setting | undefined =>
  path.length === 0 ? undefined : (byKey.get(keyOf(path, () => '')) ?? settingAt(path.slice(0, -1)))

/** The keys that the mapping at a path may have. */
export const keysAt = (path: Path): string[] => {
  const prefix = path.length === 0 ? '' : `${keyOf(path, () => '')}.`
  return settings
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key }) => key.slice(prefix.length))
    .filter(key => /^\w+$/.test(key))
}
