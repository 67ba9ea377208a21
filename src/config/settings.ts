/** The schema as a flat table, for docs/settings.md, `domainstats settings`, and the remedies in errors. */
import type * as z from 'zod'
import { docs, type Doc } from './kinds.js'
import { apiifyShape } from './schema-apiify.js'
import { commandResultShape, commandShape } from './schema-commands.js'
import { enrichShape } from './schema-enrich.js'
import { feedbackShape } from './schema-feedback.js'
import { iscServerShape } from './schema-isc-server.js'
import { updatesShape } from './schema-updates.js'
import { inputShape } from './schema-inputs.js'
import { sinkShape, sinkShapes, sinkTypeDefault } from './schema-sinks.js'
import { pdnsShape } from './schema-pdns.js'
import { configShape, iscShape, rdapShape, clientsShape } from './schema.js'
import { riskShape } from './schema-risk.js'
import { sharedShape } from './schema-shared.js'
import { tagsShape } from './schema-tags.js'

export interface Setting extends Doc {
  /** Such as `hold_seconds`, `inputs[].path`, `rdap.servers` or `commands.NAME.argv`. */
  readonly key: string
  /** The types of sinks that have this setting; undefined for one that all have, and outside of sinks. */
  readonly sinks: readonly string[] | undefined
  /** Undefined if there is none. */
  readonly default: unknown
}

const rows = (prefix: string, shape: Readonly<Record<string, z.ZodType>>): Setting[] =>
  Object.entries(shape).flatMap(([name, schema]) => {
    const doc = docs.get(schema)
    const key = `${prefix}${name}`
    return doc ? [{ key, sinks: undefined, ...doc, default: schema.safeParse(undefined).data }] : []
  })

/** The rows of all types of sinks. A setting that several types share is one row. */
const rowsOfSinks = (): Setting[] => {
  const types = [...sinkShapes.keys()]
  return [...sinkShapes].flatMap(([type, shape]) =>
    rows('', shape).flatMap(row => {
      const sinks = types.filter(other => sinkShapes.get(other)?.[row.key] === shape[row.key])
      return sinks[0] === type ? [{ ...row, key: `sinks[].${row.key}`, sinks }] : []
    }),
  )
}

/** All settings. */
export const settings: readonly Setting[] = [
  ...rows('', configShape),
  ...rows('inputs[].', inputShape),
  ...rows('sinks[].', sinkShape),
  ...rowsOfSinks(),
  ...rows('pdns.', pdnsShape),
  ...rows('feedback.', feedbackShape),
  ...rows('updates.', updatesShape),
  ...rows('shared.', sharedShape),
  ...rows('tags.', tagsShape),
  ...rows('risk.', riskShape),
  ...rows('commands.NAME.', commandShape),
  ...rows('commands.NAME.result.', commandResultShape),
  ...rows('enrich[].', enrichShape),
  ...rows('apiify.', apiifyShape),
  ...rows('clients.', clientsShape),
  ...rows('rdap.', rdapShape),
  ...rows('isc.', iscShape),
  ...rows('isc_server.', iscServerShape),
]

export type Path = readonly PropertyKey[]

/** The value at a path; undefined if there is none. */
export const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    root,
  )

/** `['inputs', 0, 'path']` as `inputs[0].path`. With `index` returning '', the key of the setting: `inputs[].path`. */
export const keyOf = (path: Path, index = (at: number): string => String(at)): string =>
  path.reduce<string>(
    (key, part) =>
      typeof part === 'number' ? `${key}[${index(part)}]` : `${key}${key === '' ? '' : '.'}${String(part)}`,
    '',
  )

/** A command has a name of the user's: `commands.whois.argv` is the setting `commands.NAME.argv`. */
const shapeKeyOf = ([first, name, ...rest]: Path): string => {
  const path = [first, first === 'commands' && name !== undefined ? 'NAME' : name, ...rest]
  return keyOf(
    path.filter(part => part !== undefined),
    () => '',
  )
}

/**
 * The settings of which the path may be in: of a sink, those of its type alone.
 *
 * @param root the configuration, or what stands in its place
 */
const settingsFor = (path: Path, root: unknown): readonly Setting[] => {
  if (path[0] !== 'sinks' || path.length < 2) return settings
  const type = valueAt(root, [...path.slice(0, 2), 'type']) ?? sinkTypeDefault
  return settings.filter(({ sinks }) => sinks === undefined || sinks.some(sink => sink === type))
}

/** The setting at a path of a configuration, or its nearest parent that is a setting. */
export const settingAt = (path: Path, root?: unknown): Setting | undefined => {
  if (path.length === 0) return undefined
  const key = shapeKeyOf(path)
  return settingsFor(path, root).find(setting => setting.key === key) ?? settingAt(path.slice(0, -1), root)
}

/** The keys that the mapping at a path of a configuration may have. */
export const keysAt = (path: Path, root?: unknown): string[] => {
  const prefix = path.length === 0 ? '' : `${shapeKeyOf(path)}.`
  return settingsFor(path, root)
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key }) => key.slice(prefix.length))
    .filter(key => /^\w+$/.test(key))
}
