/** The settings of `enrich`: which records are supplemented by what a command says. */
import * as z from 'zod'
import { enrichFieldsMax, enrichmentsDeclaredMax } from '../limits.js'
import { enrichedTypes, reportAlerts, type EnrichedType } from '../model/enrichment.js'
import { droppableAlerts } from '../model/tag.js'
import { choice, optional, required, setting } from './kinds.js'
import { isAddressOnly, isNameOnly } from './schema-command-keys.js'
import { commandName } from './schema-commands.js'

/** What a record is enriched for: its category, or one of its alerts. */
const causes = ['NEW', 'ESTABLISHED', 'UNKNOWN', 'ERROR', 'PENDING', ...droppableAlerts] as const

const command = {
  schema: commandName,
  values: 'the name of one of commands',
}

const name = {
  schema: commandName,
  values: 'a word of at most 32 of a-z, 0-9, _ and -',
}

const when = {
  schema: z.array(z.enum(causes)).min(1),
  values: 'a list of categories and alerts, such as [NEW, YOUR-FIRST-CONTACT]',
}

/** `.` is the result itself; `*` stands for each item of a list. */
const fieldPath = z
  .string()
  .max(256)
  .regex(/^(?:\.|[^\s.]+(?:\.[^\s.]+)*)$/, 'is no path like pulses or 0.country')

const type = z.enum(enrichedTypes)

const field = z.union([type, z.strictObject({ type, path: fieldPath.optional() }).readonly()])

const fields = {
  schema: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), field)
    .refine(
      all => Object.keys(all).length >= 1 && Object.keys(all).length <= enrichFieldsMax,
      `has not one to ${enrichFieldsMax} fields`,
    ),
  values: `a mapping of words to ${enrichedTypes.join(', ')}, or to a mapping with path and type`,
}

const alert = {
  schema: z.strictObject({ name: z.enum(reportAlerts), field: z.string() }).readonly(),
  values: `a mapping with name (${reportAlerts.join(' or ')}) and field`,
}

export interface EnrichField {
  /** Without the beginning that all fields of the entry have. */
  readonly name: string
  readonly type: EnrichedType
  /** Where it stands in the result of the command. */
  readonly path: string
}

export const enrichShape = {
  command: required(command, 'The command that is asked.'),
  when: required(
    when,
    'The records for which it is asked: those of one of these categories, or with one of these alerts.',
  ),
  value: setting(
    choice('registrable', 'domain', 'query', 'client', 'answer'),
    'registrable',
    'What it is asked about: a name of the record, the address of the client, or the first address among the answers.',
  ),
  name: optional(
    name,
    'What stands in the names of its fields, x_NAME_FIELD; without it, the name of the command.',
  ),
  fields: required(
    fields,
    'The fields that the record gets, each with its type. path says where it stands in the result, as 0.country; without it, under the name of the field. A single . is the result itself, and * each item of a list.',
  ),
  alert: optional(alert, 'The field that, if it is neither empty, 0 nor false, raises the alert.'),
}

const enrichment = z.strictObject(enrichShape).readonly()

export type EnrichSettings = z.output<typeof enrichment>

/** The fields of an entry, in the order of the settings. */
export const fieldsOf = ({ fields: all }: EnrichSettings): readonly EnrichField[] =>
  Object.entries(all).map(([field, of]) =>
    typeof of === 'string'
      ? { name: field, type: of, path: field }
      : { name: field, type: of.type, path: of.path ?? field },
  )

/** The name of an entry. */
export const nameOfEnrichment = ({ name: own, command: asked }: EnrichSettings): string => own ?? asked

/** The name of a field in a record. */
export const enrichedFieldName = (
  entry: EnrichSettings,
  { name: field }: Pick<EnrichField, 'name'>,
): string => `x_${nameOfEnrichment(entry).replaceAll('-', '_')}_${field}`

type Refuse = (path: readonly (string | number)[], input: string, message: string) => void

/** Checks the entries against the commands, and each other. */
export const checkEnrich = (
  entries: readonly EnrichSettings[],
  commands: Readonly<Record<string, { readonly accepts: string }>>,
  refuse: Refuse,
): void => {
  const seen = new Set<string>()
  for (const [at, entry] of entries.entries()) {
    const { command: asked, value, alert: raised } = entry
    const given = fieldsOf(entry)
    const accepts = commands[asked]?.accepts
    if (accepts === undefined) refuse(['enrich', at, 'command'], asked, 'is none of commands')
    const isAddress = value === 'client' || value === 'answer'
    if (accepts !== undefined && (isAddress ? isNameOnly(accepts) : isAddressOnly(accepts)))
      refuse(['enrich', at, 'value'], value, `is not what ${asked} accepts: ${accepts}`)
    if (raised && !given.some(({ name: field }) => field === raised.field))
      refuse(['enrich', at, 'alert', 'field'], raised.field, 'is none of its fields')
    for (const one of given) {
      const full = enrichedFieldName(entry, one)
      if (seen.has(full))
        refuse(['enrich', at, 'name'], nameOfEnrichment(entry), 'is taken: give another name')
      seen.add(full)
    }
  }
}

export const enrich = {
  schema: z
    .array(enrichment)
    .max(enrichmentsDeclaredMax)
    .refine(
      all => new Set(all.map(nameOfEnrichment)).size === all.length,
      'has two entries of one name: give one of them another name',
    ),
  values: 'a list of entries with command, when and fields',
}
