/** What zod found → findings in the words of the settings. */
import type { z } from 'zod'
import { nearest } from './nearest.js'
import { excerpt } from './problem.js'
import { keyOf, keysAt, settingAt, type Path } from './settings.js'
import type { Finding } from './yaml-text.js'

const nouns = new Map([
  ['int', 'a whole number'],
  ['string', 'text'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a mapping'],
  ['record', 'a mapping'],
])

const shown = (input: unknown): string => {
  if (typeof input === 'string') return `'${excerpt(input)}'`
  if (typeof input === 'number' || typeof input === 'boolean') return String(input)
  return Array.isArray(input) ? 'a list' : 'a mapping'
}

const messageOf = (issue: z.core.$ZodIssue): string => {
  const { code } = issue
  const input = settingAt(issue.path)?.secret && issue.input !== undefined ? '…' : issue.input
  if (code === 'invalid_type' && input === undefined) return 'required'
  if (code === 'invalid_type')
    return `${shown(input)} is not ${nouns.get(issue.expected) ?? `a ${issue.expected}`}`
  if (code === 'custom' || code === 'invalid_format') return `${shown(input)} ${issue.message}`
  if (code !== 'too_small' && code !== 'too_big') return `${shown(input)} is not possible here`
  const [less, more] = typeof input === 'number' ? ['small', 'large'] : ['short', 'long']
  return `${shown(input)} is too ${code === 'too_small' ? less : more}`
}

const unknownKey = (path: Path, key: string): Omit<Finding, 'line'> => {
  const known = keysAt(path)
  const meant = nearest(key, known)
  const choices = known.length > 8 ? 'The README lists the keys.' : `Known here: ${known.join(', ')}.`
  return {
    key: excerpt(keyOf([...path, key])),
    message: 'unknown key',
    remedy: meant === undefined ? `Remove it. ${choices}` : `Did you mean ${meant}?`,
  }
}

/** The findings of one issue: several for unknown keys, else one. */
export const explain = (issue: z.core.$ZodIssue, lineOf: (path: Path) => number | undefined): Finding[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ ...unknownKey(issue.path, key), line: lineOf([...issue.path, key]) }))
  const asked = settingAt(issue.path)?.values ?? 'keys with values'
  return [
    {
      line: lineOf(issue.path),
      key: excerpt(keyOf(issue.path)),
      message: messageOf(issue),
      remedy: `Give ${asked}.`,
    },
  ]
}
