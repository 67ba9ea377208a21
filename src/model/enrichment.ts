/** What commands add to a record: see enrich/. */

/** The types of fields. */
export const enrichedTypes = ['string', 'strings', 'count', 'double', 'bool', 'time'] as const
export type EnrichedType = (typeof enrichedTypes)[number]

/** A time, epoch ms: each format of the log writes it in its own way. */
export interface Time {
  readonly time: number
}

export type EnrichedValue = string | number | boolean | Time | readonly string[]

/** The alerts that an answer of a command may raise. */
export const reportAlerts = ['OTX', 'REPUTATION'] as const
export type ReportAlert = (typeof reportAlerts)[number]

/** What the commands said of a record. */
export interface Enriched {
  /** By the name in the record: `x_otx_pulses`. */
  readonly fields: Readonly<Record<string, EnrichedValue>>
  /** What stands behind the alerts that they raise; nothing where they said no more than yes. */
  readonly reported: Readonly<Partial<Record<ReportAlert, string>>>
}
