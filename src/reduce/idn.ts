/**
 * Internationalised labels: Unicode to the form that is registered and back. Label by label, since node:url reads a
 * whole name as a URL host (`1.2.3` becomes an address, `%41` an `A`, and `/` ends it).
 */
import { domainToASCII, domainToUnicode } from 'node:url'

const ascii = /^[\0-\x7f]*$/
const ldhOrUnderscore = /^[\w-]+$/
const unicodeLabel = /^(?:[\w-]|[^\0-\x7f])+$/u

/** The name with each Unicode label as A-label (RFC 5890). What is no valid label stays as it is. */
export const toALabels = (name: string): string =>
  ascii.test(name)
    ? name
    : name
        .split('.')
        .map(label => aLabel(label) ?? label)
        .join('.')

/** The name with each A-label in Unicode; undefined where there is none to show. */
export const toUnicode = (name: string): string | undefined => {
  if (!name.includes('xn--')) return undefined
  const shown = name
    .split('.')
    .map(label => (label.startsWith('xn--') ? (uLabel(label) ?? label) : label))
    .join('.')
  return shown === name ? undefined : shown
}

const aLabel = (label: string): string | undefined => {
  if (ascii.test(label) || !unicodeLabel.test(label)) return undefined
  const found = asHost(domainToASCII, label)
  // Only there and back: a label that is merely mapped to another (`ｂank`, a soft hyphen) is not that other.
  return found !== undefined && uLabel(found) === label.normalize('NFC') ? found : undefined
}

const uLabel = (label: string): string | undefined =>
  ldhOrUnderscore.test(label) ? asHost(domainToUnicode, label) : undefined

// A last label with a letter in it keeps digits from being read as an address.
const asHost = (convert: (host: string) => string, label: string): string | undefined => {
  const host = convert(`${label}.a`)
  return host.endsWith('.a') && host.indexOf('.') === host.length - 2 ? host.slice(0, -2) : undefined
}
