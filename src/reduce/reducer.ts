/** A queried name to the domain that somebody registered, or the reason why nobody did. */
import type { NameSkip } from '../event.js'
import { isHostname, isIpLiteral, isLabel, isName } from './hostname.js'
import { toALabels, toUnicode } from './idn.js'
import { IgnoreList } from './ignore-list.js'
import { isReverseZone, isSpecialUse } from './special-use.js'
import { builtInSuffixes, type Registered } from './public-suffixes.js'

export interface Reduced extends Registered {
  /** As given. */
  readonly query: string
  /** The query in A-labels: equal for both forms in which a sensor may write it. */
  readonly name: string
  /** The query in Unicode, where that is not its form in A-labels. */
  readonly unicode: string | undefined
}

export interface Reducer {
  /** Reduces a name in its canonical text (Event.query): lower-case, no final dot, escapes as `\xhh`. */
  readonly reduce: (query: string) => Reduced | NameSkip
}

/**
 * A reducer that skips the names that `ignore` lists, and all below them.
 *
 * @param internal zones of the site's own, skipped in the same way under a name of their own
 */
export const createReducer = (
  ignore: IgnoreList | readonly string[],
  internal: readonly string[] = [],
  registeredOf = builtInSuffixes,
): Reducer => {
  const ignored = ignore instanceof IgnoreList ? ignore : IgnoreList.of(ignore)
  const zones = IgnoreList.of(internal, 'internal_zones')
  return {
    reduce: query => {
      if (isIpLiteral(query)) return 'ip-literal'
      if (!isName(query)) return 'not-a-hostname'
      const name = toALabels(query)
      // First: a zone may be a single label, or lie below `local`.
      if (zones.covers(name)) return 'internal-zone'
      if (!name.includes('.')) return isLabel(name) ? 'single-label' : 'not-a-hostname'
      if (isReverseZone(name)) return 'reverse-zone'
      if (isSpecialUse(name)) return 'special-use'
      if (ignored.covers(name)) return 'ignored'
      const registered = registeredOf(name)
      // A URL, a name in brackets: what stands behind the last dot could be no TLD.
      if (registered === undefined) return isLabel(lastLabel(name)) ? 'no-public-suffix' : 'not-a-hostname'
      if (!isHostname(registered.domain)) return 'not-a-hostname'
      return { query, name, ...registered, unicode: name === query ? toUnicode(query) : query }
    },
  }
}

const lastLabel = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
