/** The rows of imported lists, and how their names and sources are checked. */
import { sourceCharsMax } from '../limits.js'
import type { Domain } from '../model/domain.js'
import { createReducer } from '../names/psl.js'

/** A registration in a list. Times are epoch ms. */
export interface Dated {
  readonly registered: number
  readonly expires: number | undefined
  /** The source of the date, if the list names one. */
  readonly source: string | undefined
}

export interface ListRow {
  readonly domain: string
  /** Below a private suffix: no registry knows the name, so its date is not used. */
  readonly hosted: boolean
  readonly dated?: Dated | undefined
  /** Epoch ms of the first contact, if the list has it. */
  readonly firstSeen?: number | undefined
  /** The full record, from our own export. */
  readonly fullRecord?: Domain | undefined
}

/** A row of a list, or what it is instead. */
export type PieceContent =
  | { readonly row: ListRow }
  /** Why it is no row; `broken` if the rest of the list cannot be read either. */
  | { readonly refused: string; readonly broken?: true }
  /** A line that asks to delete a name, which an import does not do. */
  | { readonly removal: true }

/** `at` is its place: a line number from 1, or a text such as `element 3`. */
export type Piece = PieceContent & { readonly at: number | string }

// Without the ignore list: an import sends nothing out.
const reducer = createReducer([])
/** The host of a URL. */
const url = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]*)/
/** Lower case, no final dot; of a URL the host, and of a defanged name (`www[.]example[.]com`) the name. */
const canonical = (name: string): string => {
  const text = name.trim().toLowerCase().replaceAll('[.]', '.')
  return (url.exec(text)?.[1] ?? text).replace(/\.$/, '')
}

/** Reads the name of a registered domain; a string says why it is none. A name below a domain has no date of its own. */
export const registeredName = (text: string): Pick<ListRow, 'domain' | 'hosted'> | string => {
  const reduced = reducer.reduce(canonical(text))
  if (typeof reduced === 'string') return `the domain is ${reduced}`
  const { name, domain, registrable } = reduced
  return domain === name ? { domain, hosted: domain !== registrable } : `registered is ${domain}`
}

/** The domain of a name, which a contact counts for; a string says why there is none. */
export const contactedName = (text: string): Pick<ListRow, 'domain' | 'hosted'> | string => {
  const reduced = reducer.reduce(canonical(text))
  if (typeof reduced === 'string') return `the name is ${reduced}`
  return { domain: reduced.domain, hosted: reduced.domain !== reduced.registrable }
}

/* A list is named as the source of its dates, in the place of `RDAP`. */

const inSource = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u
const sourcePattern = new RegExp(`^(?:(?!,)${inSource.source}){1,${sourceCharsMax}}$`, 'u')

/** Printable characters without commas, since the store and SIEM rules join them by commas. */
export const isSource = (text: string): boolean => sourcePattern.test(text)

/** Makes the name of a source from any text, such as a file name. */
export const sourceFrom = (text: string): string => {
  const characters = Array.from(text, c => (c !== ',' && inSource.test(c) ? c : '_'))
  return characters.slice(0, sourceCharsMax).join('') || 'import'
}
