/** The words of `--set KEY=VALUE`. */
import { nearest } from '../config/nearest.js'
import { ConfigError, excerpt } from '../config/problem.js'
import type { Config } from '../config/schema.js'
import { settingAt, settings } from '../config/settings.js'
import { UsageError } from './io.js'
import { readText, readValue, type Change } from './settings-value.js'

/** Inputs are given as one list. */
const known = settings.map(({ key }) => key).filter(key => !key.includes('['))

const hintFor = (key: string): string => {
  const meant = nearest(key, known)
  if (meant !== undefined) return `Did you mean ${meant}?`
  const whole = settingAt(key.split(/[.[]/))?.key
  return whole === undefined ? 'The README lists the keys.' : `Give ${whole} as a whole.`
}

const wordsOf = (words: string): readonly [key: string, text: string] => {
  const [, key, text = ''] = /^([^=]+)=(.*)$/su.exec(words) ?? []
  if (key === undefined) throw new UsageError(`--set ${excerpt(words)}: not of the form KEY=VALUE`)
  if (known.includes(key)) return [key, text.trim()]
  throw new UsageError(`--set ${excerpt(key)}: unknown key. ${hintFor(key)}`)
}

/**
 * What the words change; `KEY=` takes a setting out of the file.
 *
 * @throws UsageError for words that make no sense; ConfigError for values that cannot be
 */
export const changesFrom = (set: readonly string[], config: Config): Change[] => {
  const words = set.map(wordsOf)
  const twice = words.find(([key], at) => words.findIndex(other => other[0] === key) < at)
  if (twice) throw new UsageError(`--set ${twice[0]} is given twice`)
  const read = words.map(([key, text]) =>
    text === '' ? readValue(key, undefined, config) : readText(key, text, config),
  )
  const findings = read.flatMap(reading => ('findings' in reading ? reading.findings : []))
  if (findings.length > 0) throw new ConfigError(findings.map(finding => ({ file: '--set', ...finding })))
  return read.flatMap(reading => ('change' in reading && reading.change ? [reading.change] : []))
}
