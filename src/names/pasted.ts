/**
 * A name as people hand it on: defanged, in a URL, an e-mail address, quotes, or with the comma of its sentence. What
 * can mean only one name is taken as that name; of anything else it is said why it is none.
 */
import { importLineBytesMax } from '../limits.js'
import { isIpLiteral } from './hostname.js'
import { createReducer, type Reduced } from './psl.js'

export type Pasted =
  | { readonly kind: 'name'; readonly name: string }
  /** In words for people. */
  | { readonly kind: 'unclear'; readonly why: string }

/**
 * The one name that a text on the command line means.
 *
 * @param text as it was typed or pasted
 */
export const readPasted = (text: string): Pasted => {
  if (plain.test(text) || isIpLiteral(text) || text.length > importLineBytesMax) return named(text)
  const bare = refanged(text)
  if (bare === '') return unclear('there is no name in it')
  // The first ones tell; a text of a thousand commas is no list.
  const words = bare.split(blanksAndCommas).slice(0, 8)
  if (words.length > 1 && words.filter(word => hostIn(unwrapped(word)) !== undefined).length > 1)
    if (!scheme.test(bare) || bare.includes(' ')) return unclear(severalNames)
  return scheme.test(bare) ? fromUrl(bare) : fromAddress(bare, text)
}

/**
 * The name that a program means that asks over HTTP: what is a name as it stands stays as it is, whatever octets it
 * has, since programs ask for what stands in a log.
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

/** Whether it is a name that could be contacted, or an address. */
const isHost = (text: string): boolean =>
  isIpLiteral(text) || (plain.test(text) && domainOf(text) !== undefined)

// Brackets around a mark (`[.]`, `(dot)`, `[://]`), one of a pair perhaps lost (`evil[.com`), and `evil\.com`.
const bracketed = / ?[[({<] ?(:?\/\/|[.:/@]|dot|punkt|at) ?[\])}>] ?/gi
const halfBracketed = new RegExp(`(?<=${letter})(?:[[({<]\\.|\\.[\\])}>]|\\\\\\.)(?=${letter})`, 'gu')
const spelled: Readonly<Record<string, string>> = { dot: '.', punkt: '.', at: '@' }
/** The label separators of East Asian keyboards (RFC 3490 3.1). */
const otherDots = /[\u3002\uff0e\uff61]/g
/** `https://`, `hxxp://`, `h**p:\\`; one slash where a proxy has taken the other for superfluous. */
const scheme = /^([a-z][a-z0-9+*-]*)[\])}]?:[/\\]+/i

const refanged = (text: string): string =>
  unwrapped(
    unwrapped(text.replace(/\s+/g, ' '))
      .replace(bracketed, (_, mark: string) => spelled[mark.toLowerCase()] ?? mark)
      .replace(halfBracketed, '.')
      .replace(otherDots, '.'),
  )

/** Blanks, quotes, brackets and marks that stand around a name in a text, a list or a filter. None begins or ends so. */
const opening = /[\s\p{Cf}\p{Pi}\p{Pf}\p{Ps}"'`´.,;!?|*<=/\\]/u
const closing = /[\s\p{Cf}\p{Pi}\p{Pf}\p{Ps}\p{Pe}"'`´.,;:!?|*>=^\u2026]/u

const unwrapped = (text: string): string => {
  let [from, to] = [0, text.length]
  while (from < to && opening.test(text.charAt(from))) from += 1
  // That of `http://[::1]` is its own.
  const isOwn = text.includes('[', from)
  while (from < to && closing.test(text.charAt(to - 1)) && !(isOwn && text.charAt(to - 1) === ']')) to -= 1
  return text.slice(from, to)
}

/** The host as a browser takes it (WHATWG URL): percent-decoded, in A-labels, numbers as an address. */
const urlHost = (text: string): string | undefined => {
  const url = text.replace(scheme, 'http://')
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

const fromUrl = (text: string): Pasted => {
  const host = urlHost(text)
  if (host === undefined) return unclear('it is a URL without a host')
  return plain.test(host) || isIpLiteral(host) ? named(host) : unclear(foreignIn(host))
}

/** What may stand before and behind a host that has no scheme before it. */
const addressHost = (text: string): string => {
  const [head = ''] = text.split(/[/?#\\^]/, 1)
  const host = head.slice(head.lastIndexOf('@') + 1)
  return unwrapped(host.replace(/^([^:]*):\d{1,5}$/, '$1').replace(/^[a-z]+:(?=[^:]*$)/i, ''))
}

/** The host in one word; undefined where there is none. */
const hostIn = (word: string): string | undefined => {
  const host = scheme.test(word) ? urlHost(word) : addressHost(word)
  return host !== undefined && isHost(host) ? host : undefined
}

/** @param text as it was given, which is a name, too, where it has a domain */
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

/** Why it is no host name. */
const foreignIn = (text: string): string => {
  const [found] = foreign.exec(text) ?? []
  if (found === undefined) return 'it has an empty label'
  const code = found.codePointAt(0) ?? 0
  return `no host name holds ${/[!-~]/.test(found) ? found : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`}`
}
