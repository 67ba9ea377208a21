/** Tags: what a site holds of a name with all below it, of an address, or of a network. */

/** In the order in which a record lists them. */
export const tagNames = ['trust', 'interest', 'threat'] as const
export type TagName = (typeof tagNames)[number]

/** What a tag says of a value, without the value. */
export interface TagContent {
  readonly tag: TagName
  /** Who says so: a list, a person, a program. */
  readonly source: string
  /** Epoch ms at which it was tagged. */
  readonly at: number
  readonly note: string | undefined
}

/** A name in A-labels without final dot, or a network (RFC 4632). An address is a network of its own length. */
export type TagTarget =
  | { readonly kind: 'name'; readonly name: string }
  | {
      readonly kind: 'network'
      /** Its first address: 4 bytes or 16. */
      readonly from: Buffer
      /** The length of its prefix. */
      readonly bits: number
    }

export interface Tag extends TagContent {
  readonly target: TagTarget
}

/**
 * The alerts that settings and mutes may name. A test compares them with the list of alerts, which stands in a
 * room above the settings.
 */
export const droppableAlerts = [
  ...['LOW-FREQ-SCORES', 'SUSPECT-FREQ-SCORE', 'YOUR-FIRST-CONTACT', 'ISC-FIRST-CONTACT'],
  ...['RE-REGISTERED', 'REGISTERED-AFTER-CONTACT', 'MANY-NAMES', 'YOUNG', 'NEW-ANSWER'],
  ...[
    'TAGGED-THREAT',
    'TAGGED-INTEREST',
    'LOOKALIKE',
    'DGA-LIKE',
    'DGA-BURST',
    'SERVICE-MIX',
    'SPREAD',
    'DNS-TUNNEL',
    'OTX',
    'REPUTATION',
  ],
] as const
