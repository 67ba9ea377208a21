/** A loaded configuration in lines for people: what differs from the defaults, and what has no effect. */
import type { LoadedConfig } from './load.js'
import { excerpt, printable } from './problem.js'
import { keyOf, settingAt, type Path } from './settings.js'

const isBranch = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (!Array.isArray(value) || value.some(item => typeof item === 'object'))

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return excerpt(value.join(', '))
  if (typeof value === 'object' || value === undefined) return ''
  return excerpt(typeof value === 'string' ? value : JSON.stringify(value))
}

const lines = (value: unknown, path: Path): string[] => {
  if (isBranch(value))
    return Object.entries(value).flatMap(([key, inner]) =>
      lines(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    )
  const setting = settingAt(path)
  if (value === undefined || setting?.effect === 'none') return []
  const [now, usual] = [setting?.secret ? '(set)' : shown(value), shown(setting?.default)]
  if (now === usual) return []
  return [`${printable(keyOf(path))}: ${now}${usual === '' ? '' : ` (default ${usual})`}`]
}

/** What `domainstats check` prints of a configuration that is in order. */
export const describeConfig = ({ config, file, notices }: LoadedConfig): string[] => [
  file === undefined ? 'configuration: defaults, there is no file' : `configuration: ${printable(file)}`,
  ...lines(config, []),
  ...notices,
]
