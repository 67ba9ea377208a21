/** Words of WHOIS answers in the form in which they are compared. Pure. */

/**
 * Lower case without the accents of Latin letters, and blanks as single ones: the same word comes with and without
 * them, or as an entity of HTML (.tg), by the encoding that the registry had at the time.
 */
export const fold = (text: string): string =>
  text
    .toLowerCase()
    .replace(/&([a-z])(?:acute|grave|circ|uml|cedil|tilde);/g, '$1')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/ı/g, 'i')
    .replace(/ł/g, 'l')
    .replace(/\s+/g, ' ')
    .trim()

/** A label in the form to compare. What stands in brackets is about the form of the value: `(dd/mm/yyyy)`. */
export const labelOf = (text: string): string =>
  fold(text.replace(/\([^()]{0,40}\)/g, ' ').replace(/[-_]/g, ' '))
    .replace(/^(?:\d{1,2}[a-z]?\. )?[*\s]*/, '')
    .replace(/[.\s]+$/, '')
