/** Reduces a queried name to its registered domain by the Public Suffix List, or gives the reason to skip it. */
import { parse } from 'tldts'
import { readSmall } from '../files/files.js'
import { suffixFileBytesMax } from '../limits.js'
import type { NameSkip } from '../model/event.js'
import {
  toALabels,
  isHostname,
  isIpLiteral,
  isLabel,
  isName,
  toUnicode,
  isReverseZone,
  isSpecialUse,
} from './hostname.js'
import { IgnoreList } from './ignore-list.js'
import { builtInHasRuleBelow, hasRuleBelowIn, type HasRuleBelow } from './split-domains.js'

/*
 * Public suffixes: by the list that comes with tldts, or by the site's own copy (https://publicsuffix.org/list/), which
 * may be newer.
 */

/** The domain of a name, in A-labels. */
export interface Registered {
  /** By the whole list: first contact is kept for this one. */
  readonly domain: string
  /** By its ICANN section: the domain that a registry knows. */
  readonly registrable: string
}

/** The domain of a name in A-labels; undefined if the name is below no suffix, or is itself a suffix. */
export interface Suffixes {
  (name: string): Registered | undefined
  /** Whether a name below a domain may be registered by somebody else. Undefined if the list cannot tell. */
  readonly hasRuleBelow?: HasRuleBelow
  /** Epoch ms of the list; undefined if it does not say. */
  readonly madeAt?: number | undefined
}

type Options = NonNullable<Parameters<typeof parse>[1]>

// A query is a name, and no URL: `evil.com/.bank.com` lies below bank.com.
const wholeList: Options = {
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
  allowPrivateDomains: true,
}
const icannSection: Options = { ...wholeList, allowPrivateDomains: false }

const builtIn = (name: string): Registered | undefined => {
  const { domain, publicSuffix, isIcann, isPrivate } = parse(name, wholeList)
  if (isIcann === true && domain !== null) return { domain, registrable: domain }
  if (isPrivate !== true) return undefined
  const { domain: registrable } = parse(name, icannSection)
  // A private suffix itself (`github.io`) is a registered domain of its provider, or lies below one.
  const found = domain ?? publicSuffix
  return registrable === null || found === null ? undefined : { domain: found, registrable }
}

/** The release of tldts whose list is built in, and its date in the npm registry: tldts takes the list of that day. */
export const builtInRelease = { version: '7.5.4', madeAt: Date.UTC(2026, 10, 15) } as const

export const builtInSuffixes: Suffixes = Object.assign(builtIn, {
  hasRuleBelow: builtInHasRuleBelow,
  madeAt: builtInRelease.madeAt,
})

/** The head of the list since 2025: `// VERSION: 2026-11-15_08-03-13_UTC`. */
const versionOf = (text: string): number | undefined => {
  const [, day = '', time = ''] = /^\/\/ VERSION: (\d{4}-\d\d-\d\d)_(\d\d-\d\d-\d\d)_UTC/m.exec(text) ?? []
  const at = Date.parse(`${day}T${time.replaceAll('-', ':')}Z`)
  return Number.isNaN(at) ? undefined : at
}

/**
 * Parses a Public Suffix List; undefined if its ICANN section does not have `com`.
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
  const registered = (name: string): Registered | undefined => {
    const suffix = suffixOf(name, whole)
    if (suffix === undefined) return undefined
    const domain = above(name, suffix)
    const icannSuffix = suffixOf(name, icann)
    if (icannSuffix === suffix) return domain === undefined ? undefined : { domain, registrable: domain }
    const registrable = icannSuffix === undefined ? undefined : above(name, icannSuffix)
    return registrable === undefined ? undefined : { domain: domain ?? suffix, registrable }
  }
  const rules = Array.from(whole, rule => rule.replace('!', ''))
  return Object.assign(registered, { hasRuleBelow: hasRuleBelowIn(rules), madeAt: versionOf(text) })
}

/** The longest matching suffix. An exception (`!city.kawasaki.jp`) is a registered domain although a wildcard covers it. */
const suffixOf = (name: string, rules: ReadonlySet<string>): string | undefined => {
  let longest: string | undefined
  for (let rest = name; ; rest = parentOf(rest)) {
    if (rules.has(`!${rest}`)) return parentOf(rest)
    if (rules.has(rest) || (rest.includes('.') && rules.has(`*.${parentOf(rest)}`))) longest ??= rest
    if (!rest.includes('.')) return longest
  }
}

const parentOf = (name: string): string => name.slice(name.indexOf('.') + 1)

/** The suffix with the label before it; undefined if the name is the suffix. */
const above = (name: string, suffix: string): string | undefined =>
  name.length === suffix.length
    ? undefined
    : name.slice(name.lastIndexOf('.', name.length - suffix.length - 2) + 1)

export interface Reduced extends Registered {
  /** As given. */
  readonly query: string
  /** The query in A-labels: the same whether the sensor wrote Unicode or A-labels. */
  readonly name: string
  /** The query in Unicode, where that differs from its A-labels. */
  readonly unicode: string | undefined
}

export interface Reducer {
  /** Reduces a name in its canonical text (Event.query): lower-case, no final dot, escapes as `\xhh`. */
  readonly reduce: (query: string) => Reduced | NameSkip
  /** Whether every hostname at or below a domain, in A-labels, is reduced to it. False where that is not known. */
  readonly isWhole: (domain: string) => boolean
}

/**
 * Creates a reducer that skips the names that `ignore` lists, and all names below them.
 *
 * @param internal `internal_zones`: skipped in the same way, with a reason of their own
 */
export const createReducer = (
  ignore: IgnoreList | readonly string[],
  internal: readonly string[] = [],
  registeredOf: Suffixes = builtInSuffixes,
): Reducer => {
  const ignored = ignore instanceof IgnoreList ? ignore : IgnoreList.of(ignore)
  const zones = IgnoreList.of(internal, 'internal_zones')
  return {
    reduce: query => {
      if (isIpLiteral(query)) return 'ip-literal'
      if (!isName(query)) return 'not-a-hostname'
      const name = toALabels(query)
      // Before the other checks: an internal zone may be a single label, or lie below `local`.
      if (zones.covers(name)) return 'internal-zone'
      if (!name.includes('.')) return isLabel(name) ? 'single-label' : 'not-a-hostname'
      if (isReverseZone(name)) return 'reverse-zone'
      if (isSpecialUse(name)) return 'special-use'
      if (ignored.covers(name)) return 'ignored'
      const registered = registeredOf(name)
      // After a URL or a name in brackets the last label could not be a TLD.
      if (registered === undefined) return isLabel(lastLabel(name)) ? 'no-public-suffix' : 'not-a-hostname'
      if (!isHostname(registered.domain)) return 'not-a-hostname'
      const { domain, registrable } = registered
      return { query, name, domain, registrable, unicode: name === query ? toUnicode(query) : query }
    },
    isWhole: domain =>
      registeredOf.hasRuleBelow?.(domain) === false &&
      registeredOf(`x.${domain}`)?.domain === domain &&
      !ignored.mayHaveBelow(domain) &&
      !zones.mayHaveBelow(domain),
  }
}

const lastLabel = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/**
 * Loads the suffixes of `psl_file`, or those that come with the program.
 *
 * @param path absolute; undefined if the setting is absent
 * @throws Error with the file, what is wrong with it, and the remedy
 */
export const loadSuffixes = async (path: string | undefined): Promise<Suffixes> => {
  if (path === undefined) return builtInSuffixes
  try {
    const suffixes = readSuffixes(await readSmall(path, suffixFileBytesMax))
    if (suffixes) return suffixes
    throw new Error(`${path}: not a Public Suffix List: it has no ICANN section with com in it`)
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `psl_file: ${what}. Put a copy of https://publicsuffix.org/list/public_suffix_list.dat there.`,
      { cause },
    )
  }
}
