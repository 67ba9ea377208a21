/**
 * Reads a name as people paste it: defanged, in a URL or an e-mail address, in quotes, or with a comma behind it. A text
 * that can mean only one name is read as that name; for any other the result is a reason.
 */
import { importLineBytesMax } from '../limits.js'
import { isIpLiteral } from './hostname.js'
import { createReducer, type Reduced } from './psl.js'

export type Pasted =
  | { readonly kind: 'name'; readonly name: string }
  /** `why`: a phrase for the user. */
  | { readonly kind: 'unclear'; readonly why: string }

/**
 * Finds the one name that a text on the command line means.
 *
 * @param text as it was typed or pasted
 */
export const readPasted = (text: string): Pasted => {
  if (plain.test(text) || isIpLiteral(text) || text.length > importLineBytesMax) return named(text)
  const bare = refanged(text)
  if (bare === '') return unclear('there is no name in it')
  // The first eight words are enough: a text of a thousand commas must not cost more.
  const words = bare.split(blanksAndCommas).slice(0, 8)
  if (words.length > 1 && words.filter(word => hostIn(unwrapped(word)) !== undefined).length > 1)
    if (!scheme.test(bare) || bare.includes(' ')) return unclear(severalNames)
  return scheme.test(bare) ? fromUrl(bare) : fromAddress(bare, text)
}

/**
 * The name that an HTTP client means. A text that is a name already stays unchanged, whatever octets it has, since
 * programs ask for names as logs hold them.
 */
export const nameMeant = (text: string): string => {
  if (plain.test(text) || (domainOf(text) !== undefined && !text.includes('://'))) return text
  const pasted = readPasted(text)
  return pasted.kind === 'name' ? pasted.name : text
}

const named = (name: string): Pasted => ({ kind: 'name', name })
const unclear = (why: string): Pasted => ({ kind: 'unclear', why })
const severalNames = 'it holds several names; each wants a word or a line of its own'

const letter = String.raw`[\p{L}\p{M}\p{N}_-]`
/** A name in the characters of a host name, of any script. */
const plain = new RegExp(`^${letter}+(?:\\.${letter}+)*\\.?$`, 'u')
const blanksAndCommas = /[\s,;|]+/

const { reduce } = createReducer([])

const reducedOf = (text: string): Reduced | undefined => {
  const reduced = reduce(text.toLowerCase().replace(/\.$/, ''))
  return typeof reduced === 'string' ? undefined : reduced
}
const domainOf = (text: string): string | undefined => reducedOf(text)?.domain

/** Whether it is an address, or a name with a registered domain. */
const isHost = (text: string): boolean =>
  isIpLiteral(text) || (plain.test(text) && domainOf(text) !== undefined)

// Defanged: brackets around a mark (`[.]`, `(dot)`, `[://]`), one bracket of a pair (`evil[.com`), and `evil\.com`.
const bracketed = / ?[[({<] ?(:?\/\/|[.:/@]|dot|punkt|at) ?[\])}>] ?/gi
const halfBracketed = new RegExp(`(?<=${letter})(?:[[({<]\\.|\\.[\\])}>]|\\\\\\.)(?=${letter})`, 'gu')
const spelled: Readonly<Record<string, string>> = { dot: '.', punkt: '.', at: '@' }
/** The label separators of East Asian keyboards (RFC 3490 3.1). */
const otherDots = /[\u3002\uff0e\uff61]/g
/** `https://`, `hxxp://`, `h**p:\\`; or one slash, where a proxy has merged two in a path. */
const scheme = /^([a-z][a-z0-9+*-]*)[\])}]?:[/\\]+/i

const refanged = (text: string): string =>
  unwrapped(
    unwrapped(text.replace(/\s+/g, ' '))
      .replace(bracketed, (_, mark: string) => spelled[mark.toLowerCase()] ?? mark)
      .replace(halfBracketed, '.')
      .replace(otherDots, '.'),
  )

/** Blanks, quotes, brackets and marks around a name in a text, a list or a filter. No name begins or ends with one. */
const opening = /[\s\p{Cf}\p{Pi}\p{Pf}\p{Ps}"'`´.,;!?|*<=/\\]/u
const closing = /[\s\p{Cf}\p{Pi}\p{Pf}\p{Ps}\p{Pe}"'`´.,;:!?|*>=^\u2026]/u

const unwrapped = (text: string): string => {
  let [from, to] = [0, text.length]
  while (from < to && opening.test(text.charAt(from))) from += 1
  // The bracket of `http://[::1]` belongs to the address.
  const isOwn = text.includes('[', from)
  while (from < to && closing.test(text.charAt(to - 1)) && !(isOwn && text.charAt(to - 1) === ']')) to -= 1
  return text.slice(from, to)
}

/** The host of a URL, as a browser reads it (WHATWG URL): percent-decoded, in A-labels, numbers as an address. */
const urlHost = (text: string): string | undefined => {
  const url = text.replace(scheme, 'http://')
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

const fromUrl = (text: string): Pasted => {
  const host = urlHost(text)
  if (host === undefined) return unclear('it is a URL without a host')
  return plain.test(host) || isIpLiteral(host) ? named(host) : unclear(foreignIn(host))
}

/** The host in a text without a scheme: user, port, path and `mailto:` are cut off. */
const addressHost = (text: string): string => {
  const [head = ''] = text.split(/[/?#\\^]/, 1)
  const host = head.slice(head.lastIndexOf('@') + 1)
  return unwrapped(host.replace(/^([^:]*):\d{1,5}$/, '$1').replace(/^[a-z]+:(?=[^:]*$)/i, ''))
}

/** The host in one word; undefined if there is none. */
const hostIn = (word: string): string | undefined => {
  const host = scheme.test(word) ? urlHost(word) : addressHost(word)
  return host !== undefined && isHost(host) ? host : undefined
}

/** @param text as it was given; if it has a domain, it can be a name itself */
const fromAddress = (bare: string, text: string): Pasted => {
  const host = addressHost(bare)
  const whole = domainOf(bare)
  if (!isHost(host)) {
    if (whole !== undefined) return named(text)
    return plain.test(host) ? named(host) : unclear(foreignIn(host === '' ? bare : host))
  }
  if (whole === undefined || whole === domainOf(host)) return named(host)
  return unclear(
    `it is the host ${host} with a path, or a name below ${whole}; ` +
      'write http:// before the one, or each / of the other as \\x2f',
  )
}

const foreign = new RegExp(`(?!${letter})[^.]`, 'u')

/** The reason why a text is not a host name. */
const foreignIn = (text: string): string => {
  const [found] = foreign.exec(text) ?? []
  if (found === undefined) return 'it has an empty label'
  const code = found.codePointAt(0) ?? 0
  return `no host name holds ${/[!-~]/.test(found) ? found : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`}`
}
