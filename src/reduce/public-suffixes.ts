/**
 * Public suffixes: where a name ends that anybody may register below. By the list that comes with tldts, or by the site's
 * own copy of the Public Suffix List (https://publicsuffix.org/list/), which may be newer.
 */
import { createRequire } from 'node:module'
import type * as Tldts from 'tldts'
import { toALabels } from './idn.js'

/** What somebody registered. In A-labels. */
export interface Registered {
  /** By the whole list: what first contact is kept for. */
  readonly domain: string
  /** By its ICANN section: what a registry knows. */
  readonly registrable: string
}

/** What was registered that a name in A-labels belongs to; undefined where it is below no suffix, or is one. */
export type Suffixes = (name: string) => Registered | undefined

// By `import` Node would first search its 200 KB for what it exports: a tenth of the time that a start takes.
const { parse } = createRequire(import.meta.url)('tldts') as typeof Tldts

type Options = NonNullable<Parameters<typeof parse>[1]>

// A query is a name, and no URL: `evil.com/.bank.com` lies below bank.com.
const wholeList: Options = {
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
  allowPrivateDomains: true,
}
const icannSection: Options = { ...wholeList, allowPrivateDomains: false }

export const builtInSuffixes: Suffixes = name => {
  const { domain, publicSuffix, isIcann, isPrivate } = parse(name, wholeList)
  if (isIcann === true && domain !== null) return { domain, registrable: domain }
  if (isPrivate !== true) return undefined
  const { domain: registrable } = parse(name, icannSection)
  // A private suffix itself (`github.io`) is somebody's registered domain, or lies in one.
  const found = domain ?? publicSuffix
  return registrable === null || found === null ? undefined : { domain: found, registrable }
}

/**
 * Reads a Public Suffix List; undefined where the text is none.
 *
 * @see https://github.com/publicsuffix/list/wiki/Format
 */
export const readSuffixes = (text: string): Suffixes | undefined => {
  const [icann, whole] = [new Set<string>(), new Set<string>()]
  let section = ''
  for (const line of text.split('\n')) {
    section = /^\/\/ ===BEGIN (ICANN|PRIVATE) DOMAINS===/.exec(line)?.[1] ?? section
    // A rule ends at the first white space.
    const [, sign = '', rule = ''] = /^(!|\*\.)?([^\s/!*]+)/.exec(line) ?? []
    if (rule === '') continue
    const ascii = sign + toALabels(rule.toLowerCase())
    whole.add(ascii)
    if (section === 'ICANN') icann.add(ascii)
  }
  if (!icann.has('com')) return undefined
  return name => {
    const suffix = suffixOf(name, whole)
    if (suffix === undefined) return undefined
    const domain = above(name, suffix)
    const icannSuffix = suffixOf(name, icann)
    if (icannSuffix === suffix) return domain === undefined ? undefined : { domain, registrable: domain }
    const registrable = icannSuffix === undefined ? undefined : above(name, icannSuffix)
    return registrable === undefined ? undefined : { domain: domain ?? suffix, registrable }
  }
}

/** The longest suffix that a rule names; an exception (`!city.kawasaki.jp`) is registered although a wildcard covers it. */
const suffixOf = (name: string, rules: ReadonlySet<string>): string | undefined => {
  let longest: string | undefined
  for (let rest = name; ; rest = parentOf(rest)) {
    if (rules.has(`!${rest}`)) return parentOf(rest)
    if (rules.has(rest) || (rest.includes('.') && rules.has(`*.${parentOf(rest)}`))) longest ??= rest
    if (!rest.includes('.')) return longest
  }
}

const parentOf = (name: string): string => name.slice(name.indexOf('.') + 1)

/** A suffix with the label before it; undefined where there is none. */
const above = (name: string, suffix: string): string | undefined =>
  name.length === suffix.length
    ? undefined
    : name.slice(name.lastIndexOf('.', name.length - suffix.length - 2) + 1)
