/** What a list says of one name, and what it says that is of no use. */
import { tagCharsMax } from '../limits.js'
import type { Domain } from '../model/domain.js'
import { createReducer } from '../names/psl.js'

/** A registration in a list. Times are epoch ms. */
export interface Dated {
  readonly registered: number
  readonly expires: number | undefined
  /** Who said so, where the list names somebody. */
  readonly source: string | undefined
}

export interface ListRow {
  readonly domain: string
  /** Below a private suffix: no registry knows the name, so a date of it judges nothing. */
  readonly apart: boolean
  readonly dated?: Dated | undefined
  /** Epoch ms of the first contact, where the list tells it. */
  readonly firstSeen?: number | undefined
  /** All that was known of it, as we exported it. */
  readonly whole?: Domain | undefined
}

/** What a piece of a list is. */
export type Said =
  | { readonly row: ListRow }
  /** Why it is no row; `broken` where nothing that follows can be read. */
  | { readonly refused: string; readonly broken?: true }
  /** A line that asks for a name to be forgotten, which an import does not do. */
  | { readonly removal: true }

/** `at` says where it stands: the number of a line, from 1, or the name of a place. */
export type Piece = Said & { readonly at: number | string }

// What a list names is not looked up by it, so nothing is ignored here.
const reducer = createReducer([])
/** Of a URL its host; and `www[.]example[.]com` is written so that nobody follows it. */
const url = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]*)/
const canonical = (name: string): string => {
  const text = name.trim().toLowerCase().replaceAll('[.]', '.')
  return (url.exec(text)?.[1] ?? text).replace(/\.$/, '')
}

/** The name of something that was registered, or why it is none. A date of a name below says nothing of it. */
export const registeredName = (text: string): Pick<ListRow, 'domain' | 'apart'> | string => {
  const reduced = reducer.reduce(canonical(text))
  if (typeof reduced === 'string') return `the domain is ${reduced}`
  const { name, domain, registrable } = reduced
  return domain === name ? { domain, apart: domain !== registrable } : `registered is ${domain}`
}

/** The domain that a name belongs to, as a contact counts for it. */
export const contactedName = (text: string): Pick<ListRow, 'domain' | 'apart'> | string => {
  const reduced = reducer.reduce(canonical(text))
  if (typeof reduced === 'string') return `the name is ${reduced}`
  return { domain: reduced.domain, apart: reduced.domain !== reduced.registrable }
}

/* The name of a list: it stands where else the name of a registry's service stands. */

const inTag = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u
const whole = new RegExp(`^(?:(?!,)${inTag.source}){1,${tagCharsMax}}$`, 'u')

/** Printable characters, none of them a comma: the store and the SIEM's rules join such words by commas. */
export const isTag = (text: string): boolean => whole.test(text)

/** A tag made of any text, such as the name of a file. */
export const tagFrom = (text: string): string => {
  const characters = Array.from(text, c => (c !== ',' && inTag.test(c) ? c : '_'))
  return characters.slice(0, tagCharsMax).join('') || 'import'
}
