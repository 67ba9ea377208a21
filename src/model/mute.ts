/** A mute: an analyst has said that certain alerts are not to be raised again until a time. */
import type { TagTarget } from './tag.js'

/** The network of a client, as tags have networks. */
export type ClientNetwork = Extract<TagTarget, { readonly kind: 'network' }>

/** What a mute covers: what all of its parts say. At least one is there. */
export interface MuteScope {
  /** A name in A-labels: it and all names below it. */
  readonly domain: string | undefined
  readonly client: ClientNetwork | undefined
  /** The name of an alert; undefined: all of them. */
  readonly alert: string | undefined
}

export interface NewMute extends MuteScope {
  /** Epoch ms. */
  readonly until: number
  /** Epoch ms at which it was said. */
  readonly at: number
  /** Who said it. */
  readonly by: string
  readonly note: string | undefined
}

export interface Mute extends NewMute {
  readonly number: number
  /** Records and follow-ups from which it took an alert, written or not. */
  readonly hits: number
}
