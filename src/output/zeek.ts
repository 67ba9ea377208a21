/**
 * domainstats.log as Zeek writes its own logs, so that zeek-cut and every reader of Zeek logs read it.
 * Format: Zeek's src/logging/writers/ascii and src/threading/formatters/Ascii.
 */
import type { EnrichedType } from '../model/enrichment.js'
import { fields, type Value } from './json.js'
import type { OutputFormat } from './output.js'

const unset = '-'
const empty = '(empty)'

/** Unprintable characters, and the backslash, which begins an escape. */
const special = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]|\\/gu

const hex = (text: string): string => Buffer.from(text).toString('hex').replace(/../g, '\\x$&')

const escape = (text: string): string => text.replace(special, c => (c === '\\' ? '\\\\' : hex(c)))

/** A string equal to one of the two markers has its first character escaped, so that readers can tell them apart. */
const string = (text: string): string => {
  if (text === '') return empty
  return text === unset || text === empty ? hex(text.slice(0, 1)) + text.slice(1) : escape(text)
}

const column = (value: Value): string => {
  if (value === undefined) return unset
  if (typeof value === 'boolean') return value ? 'T' : 'F'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return string(value)
  if ('time' in value) return (Math.round(value.time * 1000) / 1e6).toFixed(6)
  return value.length === 0 ? empty : value.map(item => string(item).replaceAll(',', '\\x2c')).join(',')
}

/** The time in `#open` and `#close`. */
const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace(/[T:]/g, '-')

/** A column behind those that all sites have: a field of `enrich`. */
export interface EnrichedColumn {
  readonly name: string
  readonly type: EnrichedType
}

/** Zeek has no ISO times and no list without the type of its items. */
const zeekTypes: Readonly<Record<EnrichedType, string>> = {
  ...{
    string: 'string',
    strings: 'vector[string]',
    count: 'count',
    double: 'double',
    bool: 'bool',
    time: 'time',
  },
}

/** @param enriched the fields of `enrich`, in the order of the settings */
export const zeekFormatWith = (enriched: readonly EnrichedColumn[]): OutputFormat => ({
  header: now =>
    [
      '#separator \\x09',
      '#set_separator\t,',
      `#empty_field\t${empty}`,
      `#unset_field\t${unset}`,
      '#path\tdomainstats',
      `#open\t${stamp(now)}`,
      `#fields\t${[...fields, ...enriched].map(({ name }) => name).join('\t')}`,
      `#types\t${[...fields.map(({ type }) => type), ...enriched.map(({ type }) => zeekTypes[type])].join('\t')}`,
      '',
    ].join('\n'),
  line: record => {
    const own = fields.map(({ value }) => column(value(record)))
    const added = record.facts.enriched?.fields
    return `${[...own, ...enriched.map(({ name }) => column(added?.[name]))].join('\t')}\n`
  },
  footer: now => `#close\t${stamp(now)}\n`,
})

export const zeekFormat = zeekFormatWith([])
