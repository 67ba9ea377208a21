/** What somebody typed → the value of a setting, by the schema. */
import { isDeepStrictEqual } from 'node:util'
import { nested } from '../config/edit.js'
import { check } from '../config/check.js'
import type { Config } from '../config/schema.js'
import { readYaml, type Finding } from '../config/yaml-text.js'

/** A setting that shall change. */
export interface Change {
  /** As `rdap.per_second`. */
  readonly key: string
  /** Undefined takes it out of the file: its default holds. */
  readonly value: unknown
}

/** What was typed: a change, undefined where it would change nothing, or what is wrong with it. */
export type Reading = { readonly change: Change | undefined } | { readonly findings: readonly Finding[] }

const partOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined

/** The value of a setting; undefined where it has none. */
export const valueAt = (config: Config, key: string): unknown =>
  key.split('.').reduce<unknown>(partOf, config)

/** What a value comes to, and what the schema has against it, whatever the other settings are. */
const judge = (key: string, value: unknown): { effective: unknown; findings: readonly Finding[] } => {
  const checked = check(nested(key.split('.'), value), () => undefined)
  if ('config' in checked) return { effective: valueAt(checked.config, key), findings: [] }
  const isOfKey = (finding: Finding) =>
    finding.key === key || finding.key.startsWith(`${key}.`) || finding.key.startsWith(`${key}[`)
  return { effective: value, findings: checked.findings.filter(isOfKey) }
}

/**
 * Reads a value for a setting.
 *
 * @param value undefined for none, so that the default holds
 * @param config as it is before
 */
export const readValue = (key: string, value: unknown, config: Config): Reading => {
  const { effective, findings } = judge(key, value)
  if (findings.length > 0) return { findings }
  if (isDeepStrictEqual(effective, valueAt(config, key))) return { change: undefined }
  // `yes` is written as true; a list as it was given, without the defaults of its elements.
  const isPlain = value !== undefined && typeof effective !== 'object'
  return { change: { key, value: isPlain ? effective : value } }
}

/** Reads text as YAML. What is no text as YAML is meant as it stands where the setting takes it so: `@soc`, `-`, `42`. */
export const readText = (key: string, text: string, config: Config): Reading => {
  const tree = readYaml(text)
  const asItStands = () => readValue(key, text, config)
  if ('errors' in tree || tree.findings.length > 0 || tree.value === undefined) return asItStands()
  const asYaml = readValue(key, tree.value, config)
  if ('change' in asYaml || typeof tree.value === 'string') return asYaml
  const other = asItStands()
  return 'change' in other ? other : asYaml
}
