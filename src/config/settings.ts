/** The schema as a flat table, for docs/settings.md, `domainstats settings`, and the remedies in errors. */
import type * as z from 'zod'
import { docs, type Doc } from './kinds.js'
import { apiifyShape } from './schema-apiify.js'
import { commandResultShape, commandShape, presetShape } from './schema-commands.js'
import { enrichShape } from './schema-enrich.js'
import { feedbackShape } from './schema-feedback.js'
import { iscServerShape } from './schema-isc-server.js'
import { serviceShapes } from './schema-services.js'
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
  /**
   * The types of sinks, or the presets of services, that have this setting; undefined for one that all sinks or all programs
   * have, and for any other.
   */
  readonly types: readonly string[] | undefined
  /** Undefined if there is none. */
  readonly default: unknown
}

const rows = (prefix: string, shape: Readonly<Record<string, z.ZodType>>): Setting[] =>
  Object.entries(shape).flatMap(([name, schema]) => {
    const doc = docs.get(schema)
    const key = `${prefix}${name}`
    return doc ? [{ key, types: undefined, ...doc, default: schema.safeParse(undefined).data }] : []
  })

/** The rows of all types. A setting that several types share is one row. */
const rowsByType = (
  prefix: string,
  shapes: ReadonlyMap<string, Readonly<Record<string, z.ZodType>>>,
): Setting[] => {
  const all = [...shapes.keys()]
  return [...shapes].flatMap(([type, shape]) =>
    rows('', shape).flatMap(row => {
      const types = all.filter(other => shapes.get(other)?.[row.key] === shape[row.key])
      return types[0] === type ? [{ ...row, key: `${prefix}${row.key}`, types }] : []
    }),
  )
}

/** All settings. */
export const settings: readonly Setting[] = [
  ...rows('', configShape),
  ...rows('inputs[].', inputShape),
  ...rows('sinks[].', sinkShape),
  ...rowsByType('sinks[].', sinkShapes),
  ...rows('pdns.', pdnsShape),
  ...rows('feedback.', feedbackShape),
  ...rows('updates.', updatesShape),
  ...rows('shared.', sharedShape),
  ...rows('tags.', tagsShape),
  ...rows('risk.', riskShape),
  ...rows('commands.NAME.', { ...presetShape, ...commandShape }),
  ...rows('commands.NAME.result.', commandResultShape),
  ...rows('enrich[].', enrichShape),
  ...rows('apiify.', apiifyShape),
  ...rowsByType('commands.NAME.', serviceShapes),
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

/** What a command has because of its preset: the keys of a service, or those of a program. */
const isOfPreset = ({ key, types }: Setting, preset: unknown): boolean => {
  if (!key.startsWith('commands.NAME.') || key === 'commands.NAME.preset') return true
  const isService = typeof preset === 'string' && serviceShapes.has(preset)
  return isService ? types?.includes(preset) === true : types === undefined
}

/**
 * The settings of which the path may be in: of a sink, those of its type alone, and of a command, those of its preset.
 *
 * @param root the configuration, or what stands in its place
 */
const settingsFor = (path: Path, root: unknown): readonly Setting[] => {
  const valueOf = (key: string) => valueAt(root, [...path.slice(0, 2), key])
  if (path[0] === 'commands') return settings.filter(setting => isOfPreset(setting, valueOf('preset')))
  if (path[0] !== 'sinks' || path.length < 2) return settings
  const type = valueOf('type') ?? sinkTypeDefault
  return settings.filter(({ types }) => types === undefined || types.some(one => one === type))
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
