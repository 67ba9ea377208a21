/**
 * Exports the store as a JSON list: each element has the five keys of a list of domain_stats 1.x, which can import it, and
 * under `domainstats` the full record.
 */
import type { FreqScore } from '../freq/score.js'
import type { Domain } from '../model/domain.js'
import { toJsonLine } from '../output/json.js'
import type { Reader } from '../store/reader.js'
import { toFullRecord } from './full-record.js'
import { httpDate } from '../time/http-date.js'

/**
 * For names without a registration date. domain_stats requires a date, so it gets a far one that makes nothing look old,
 * with an expiry long ago: it drops the entry at once.
 */
const dateless = {
  seen_by_isc: 'ERROR',
  seen_by_web: httpDate(Date.UTC(9999, 11, 31, 23, 59, 59)),
  expires: 1,
}
/** The range of Python's datetime. */
const [earliest, latest] = [Date.parse('0001-01-01T00:00:00Z'), Date.UTC(9999, 11, 31)]

/**
 * Yields the list, a page of the store at a time; each page is consistent in itself.
 *
 * @param isInternal whether a name is internal to the site: it is left out
 */
export function* exported(
  store: Pick<Reader, 'pages' | 'registrationOf'>,
  freqOf: (domain: string) => FreqScore,
  isInternal: (domain: string) => boolean,
): Generator<string, void> {
  let end = '['
  for (const page of store.pages()) {
    const given = page.filter(({ domain }) => !isInternal(domain))
    yield given.map((domain, i) => `${i === 0 ? end : ','}\n${toJsonLine(element(domain, freqOf))}`).join('')
    if (given.length > 0) end = ','
  }
  yield end === '[' ? '[]\n' : '\n]\n'
}

const element = (domain: Domain, freqOf: (domain: string) => FreqScore) => {
  const { average, word } = freqOf(domain.domain)
  return {
    freq_score: [average, word],
    ...original(domain),
    domain: domain.domain,
    domainstats: toFullRecord(domain),
  }
}

const original = ({ known }: Domain): typeof dateless | Record<string, unknown> => {
  const registration = known?.registration
  if (registration?.kind !== 'registered') return dateless
  const { registered, expires, source = 'RDAP' } = registration
  if (registered < earliest || registered > latest) return dateless
  return {
    seen_by_isc: source,
    seen_by_web: httpDate(registered),
    expires: expires === undefined ? null : expires / 1000,
  }
}
