/** The name of a list: it stands where else the name of a registry's service stands. */
import { tagCharsMax } from '../limits.js'

const inTag = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u
const whole = new RegExp(`^(?:(?!,)${inTag.source}){1,${tagCharsMax}}$`, 'u')

/** Printable characters, none of them a comma: the store and the SIEM's rules join such words by commas. */
export const isTag = (text: string): boolean => whole.test(text)

/** A tag made of any text, such as the name of a file. */
export const tagFrom = (text: string): string => {
  const characters = Array.from(text, c => (c !== ',' && inTag.test(c) ? c : '_'))
  return characters.slice(0, tagCharsMax).join('') || 'import'
}
