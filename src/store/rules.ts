/**
 * What must be so in a database of ours beyond what SQLite sees to. The tables are STRICT: a column holds what its type
 * says. What is left is what our code believes when it reads a row back.
 */
import type { OwedAlert } from '../domain.js'
import type { FailedReason, Registration, UnsupportedReason } from '../registration.js'
import { countKey } from './count.js'

/** Rows that break a rule: which ones, of which table. */
export interface Rule {
  readonly fault: string
  readonly table: string
  /** What names a row. */
  readonly key: string
  /** True for a row that breaks it. */
  readonly broken: string
}

const unsupported: Readonly<Record<UnsupportedReason, true>> = {
  'no-rdap-service': true,
  'no-registration-event': true,
  'no-registration-date': true,
  'prohibited-tld': true,
  refused: true,
}

const failed: Readonly<Record<FailedReason, true>> = {
  timeout: true,
  'network-error': true,
  'rate-limited': true,
  'server-error': true,
  refused: true,
  'malformed-answer': true,
  'answer-too-large': true,
  'bad-redirect': true,
  'private-address': true,
  'no-bootstrap': true,
  'isc-error': true,
  'isc-denied': true,
}

const kinds: Readonly<Record<Registration['kind'], true>> = {
  registered: true,
  absent: true,
  unsupported: true,
  failed: true,
}

const owed: Readonly<Record<OwedAlert, true>> = {
  'ISC-FIRST-CONTACT': true,
  'RE-REGISTERED': true,
  'REGISTERED-AFTER-CONTACT': true,
}

const anyOf = (words: Readonly<Record<string, true>>): string =>
  `(${Object.keys(words).map(word => `'${word}'`).join(', ')})` // prettier-ignore

/** The comma-separated words of a column, each of which must be known. */
const allOf = (column: string, words: Readonly<Record<string, true>>): string =>
  `EXISTS (SELECT 1 FROM json_each('["' || replace(${column}, ',', '","') || '"]') WHERE value NOT IN ${anyOf(words)})`

const ofDomains = (fault: string, broken: string): Rule => ({
  fault,
  table: 'domains',
  key: 'domain',
  broken,
})
const ofHeld = (fault: string, broken: string): Rule => ({ fault, table: 'held', key: 'held', broken })
const fact = (path: string, type: string): string => `json_type(facts, '$.${path}') IS NOT '${type}'`

export const rules: readonly Rule[] = [
  ofDomains('an unknown kind of registration', `kind NOT IN ${anyOf(kinds)}`),
  ofDomains(
    'an unknown reason',
    `kind = 'unsupported' AND ifnull(reason, '') NOT IN ${anyOf(unsupported)}
     OR kind = 'failed' AND ifnull(reason, '') NOT IN ${anyOf(failed)}`,
  ),
  ofDomains('a registration without a date', `kind = 'registered' AND registered IS NULL`),
  ofDomains(
    'an answer without its time',
    'kind IS NOT NULL AND (checked IS NULL OR fresh_until IS NULL OR failures IS NULL OR absences IS NULL)',
  ),
  ofDomains('a count below 0', 'queries < 0 OR window_names < 0 OR failures < 0 OR absences < 0'),
  // Whatever breaks out of the quotes is no alert either.
  ofDomains(
    'an unknown alert that is owed',
    `owed_alerts IS NOT NULL AND (instr(owed_alerts, '"') > 0 OR instr(owed_alerts, '\\') > 0 OR ${allOf('owed_alerts', owed)})`,
  ),
  ofDomains('a mark that is none', 'after_contact_done IS NOT NULL AND after_contact_done != 1'),
  ofHeld('an unknown state', `state NOT IN ('held', 'owed')`),
  ofHeld('a record that is no JSON', 'NOT json_valid(facts)'),
  ofHeld(
    'a record that is none',
    `json_valid(facts) AND (json_extract(facts, '$.registrable') IS NOT registrable
     OR ${['id', 'query', 'domain'].map(path => fact(path, 'text')).join(' OR ')} OR ${fact('alerts', 'array')}
     OR ifnull(json_type(facts, '$.ts'), '') NOT IN ('integer', 'real')
     OR ifnull(json_type(facts, '$.seenByYou'), '') NOT IN ('integer', 'real'))`,
  ),
  ofHeld(
    'alerts that are no list',
    `said IS NOT NULL AND (NOT json_valid(said) OR json_type(said) IS NOT 'array')`,
  ),
  { fault: 'a time below 0', table: 'queue', key: 'registrable', broken: 'not_before < 0' },
  { fault: 'a place before the beginning', table: 'positions', key: 'path', broken: 'read_bytes < 0' },
  { fault: 'a place before the beginning', table: 'outbox', key: 'path', broken: 'size < 0' },
  {
    fault: 'fewer domains counted than there are',
    table: 'meta',
    key: 'key',
    broken: `key = '${countKey}' AND CAST(value AS INTEGER) < (SELECT count(*) FROM domains)`,
  },
  {
    fault: 'a value that is none',
    table: 'meta',
    key: 'key',
    broken: `key = 'started' AND CAST(value AS REAL) <= 0 OR key = 'rdap-bootstrap' AND NOT json_valid(value)`,
  },
]
