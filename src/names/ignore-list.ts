/** The settings `ignore` and `ignore_file`: domains that are skipped, with all names below them. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { readAt, linesOf } from '../files/files.js'
import { packingOf, shellWord } from '../files/packed.js'
import {
  ignoreFileBytesMax,
  ignoreLineBytesMax,
  ignoreRefusalsMax,
  ignoreSearchedMax,
  packingHeadBytes,
} from '../limits.js'
import { isIpLiteral, isName, toALabels, suffixesOf } from './hostname.js'

/*
 * One line of an ignore list: a plain name, a line of /etc/hosts, a rule of an ad blocker or of dnsmasq. It must mean
 * whole names without a condition. A line that means less, or the opposite, is refused with the reason: the list must
 * neither shrink nor grow unnoticed.
 */

/** The names of a line (none for a comment or a blank line), or the reason why it is refused. */
export type IgnoreLine = readonly string[] | string

const results = {
  nothing: [],
  address: 'an address: addresses are never looked up',
  exception: 'an exception, which a list of what is skipped cannot hold',
  options: 'a rule with options: it would count for some questions only',
  path: 'a path: it would count for a part of the site only',
  url: 'a URL: write its host name alone',
  port: 'a name with a port: write the name alone',
  page: 'a rule for the content of pages',
  pattern: 'a pattern: only a * for all names below a name, as in *.example.com, is known',
  several: 'several words: one name a line, or an address and its names',
  noName: 'not a domain name',
} as const

/**
 * A line that is a comment, in the syntax of shells and hosts files, ad blockers, ini and zone files, C, SQL, TeX, batch
 * files and markup; or a heading such as `[Adblock Plus 2.0]`.
 */
const comment =
  /^(?:[#!;%]|\/\/|--(?:[-\s]|$)|rem\s|\/\*.*\*\/$|<!--.*-->$|\[[a-z][a-z\d ]*(?:\d\.\d[\d.]*)?\]$)/i
/** A comment behind the entry, after a blank. */
const remark = /\s(?:[#!;]|\/\/|--\s).*$/
/** `example.com##.banner`: hides a part of pages of example.com, as do #@#, #?#, #$# and others. */
const cosmetic = /#[@$%?]*#|\$\$/
/** dnsmasq(8): `server=/a.com/b.com/TARGET`; TARGET is the server to ask, or the address to answer. */
const dnsmasq = /^(?:--)?(server|local|address)=\/(.+)\/([^/]*)$/
/** `||example.com^`: the name and all below it. */
const adblock = /^\|\|([^/^|$]*)(.*)$/
/** Options that do not narrow an ad blocker's rule. */
const wholeOptions = /^\^?\|?(?:\$(?:(?:important|all)(?:,|$))+)?$/

/**
 * Normalises a name for comparison: lower-case A-labels, without a leading `*.` or `.` and a final dot. Undefined if
 * the text is not a name.
 */
export const ignoreEntry = (written: string): string | undefined => {
  const name = toALabels(
    written
      .trim()
      .toLowerCase()
      .replace(/^\*?\./, '')
      .replace(/\.$/, ''),
  )
  return /^[a-z0-9_.-]+$/.test(name) && isName(name) ? name : undefined
}

export const readIgnoreLine = (line: string): IgnoreLine => {
  const written = line.trim()
  if (written === '' || comment.test(written)) return results.nothing
  const rule = written.replace(remark, '').trimEnd()
  const [, key, names, target] = dnsmasq.exec(rule) ?? []
  if (names !== undefined)
    return key !== 'address' && target === '#' ? results.exception : all(names.split('/'))
  if (rule.startsWith('@@')) return results.exception
  if (cosmetic.test(rule)) return results.page
  return readRule(rule.replace(/#.*/, ''))
}

const readRule = (rule: string): IgnoreLine => {
  const [, name, rest = ''] = adblock.exec(rule) ?? []
  if (name !== undefined && wholeOptions.test(rest)) return one(name)
  if (name !== undefined) return rest.startsWith('/') ? results.path : whyNot(rest)
  const [first = '', ...others] = rule.split(/\s+/)
  if (others.length === 0) return one(unquoted(first))
  // A single label in a hosts file is a machine (`localhost`, `dev`), not a top-level domain.
  return isAddress(first)
    ? all(others.filter(other => other.includes('.') && !isAddress(other)))
    : results.several
}

/** `fe80::1%lo0` has a zone (RFC 4007 11). */
const isAddress = (text: string): boolean => isIP(text.replace(/%\w+$/, '')) !== 0

/** As in JSON, CSV or a program: `"example.com",`. */
const unquoted = (text: string): string => text.replace(/,$/, '').replace(/^(["'`])(.*)\1$/, '$2')

const all = (names: readonly string[]): IgnoreLine => {
  const entries = names.map(one)
  const why = entries.find(entry => typeof entry === 'string')
  return why ?? entries.flat()
}

const one = (name: string): IgnoreLine => {
  const entry = ignoreEntry(name)
  return entry === undefined || isIpLiteral(entry) ? whyNot(name) : [entry]
}

/** @param text an entry that is not a name, or what follows the name in an ad blocker's rule */
const whyNot = (text: string): string => {
  if (/^\|?[a-z][a-z\d+.-]*:\/\//i.test(text)) return results.url
  if (isAddress(text.replace(/^\[(.*)\]$/, '$1').replace(/\/\d+$/, ''))) return results.address
  if (/^\/.*\/(?:\$.*)?$/.test(text)) return results.pattern
  if (/^\^?\|?\$/.test(text)) return results.options
  if (/^[^/*]+:\d{1,5}$|^:\d{1,5}\b/.test(text)) return results.port
  if (text.includes('*')) return results.pattern
  if (/[,;]/.test(text)) return results.several
  return text.includes('/') ? results.path : results.noName
}

export class IgnoreList {
  /** In A-labels. Each covers itself and all names below it. */
  readonly #names = new Set<string>()

  get size(): number {
    return this.#names.size
  }

  /**
   * Makes a list of the names of a setting.
   *
   * @param setting its key, for the error
   * @throws TypeError on an entry that is not a name: the list keeps names inside the network, so it must not shrink
   * unnoticed
   */
  static of(written: Iterable<string>, setting = 'ignore list'): IgnoreList {
    const list = new IgnoreList()
    for (const text of written) {
      const entry = ignoreEntry(text)
      if (entry === undefined) throw new TypeError(`${setting}: not a domain name: ${JSON.stringify(text)}`)
      list.#names.add(entry)
    }
    return list
  }

  /** Adds the names of one line. Returns the reason if the line is refused. */
  addLine(line: string): string | undefined {
    const read = readIgnoreLine(line)
    if (typeof read === 'string') return read
    for (const entry of read) this.#names.add(entry)
    return undefined
  }

  /** Whether a name (in A-labels) is on the list, or lies below one that is. */
  covers(name: string): boolean {
    if (this.#names.size === 0) return false
    for (const suffix of suffixesOf(name)) if (this.#names.has(suffix)) return true
    return false
  }

  /** Whether a name below one (in A-labels) may stand on the list. A very long list is not searched. */
  mayHaveBelow(name: string): boolean {
    if (this.#names.size > ignoreSearchedMax) return true
    const end = `.${name}`
    for (const entry of this.#names) if (entry.endsWith(end)) return true
    return false
  }
}

export interface RefusedLine {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
  readonly why: string
}

export interface Ignored {
  readonly list: IgnoreList
  /** Number of refused lines in the file. */
  readonly refused: number
  /** The first ignoreRefusalsMax of them. */
  readonly refusals: readonly RefusedLine[]
}

/**
 * Loads `ignore` and `ignore_file` into one list. The file may have millions of lines, so it is streamed, and only the
 * first refused lines are kept.
 *
 * @param file path of `ignore_file`; undefined where it is not set
 * @throws Error if the file cannot be read, is too large, or is packed
 */
export const loadIgnored = async (names: readonly string[], file: string | undefined): Promise<Ignored> => {
  const list = IgnoreList.of(names)
  const refusals: RefusedLine[] = []
  let refused = 0
  if (file === undefined) return { list, refused, refusals }
  await demandText(file)
  for await (const { number: line, text } of linesOf(createReadStream(file), ignoreLineBytesMax)) {
    const why = text === undefined ? `longer than ${ignoreLineBytesMax} bytes` : list.addLine(text)
    if (why === undefined) continue
    refused += 1
    if (refusals.length < ignoreRefusalsMax) refusals.push({ line, text: text ?? '', why })
  }
  return { list, refused, refusals }
}

const demandText = async (file: string): Promise<void> => {
  const stats = await stat(file).catch((cause: unknown) => {
    throw new Error(`ignore_file: ${file} cannot be read. Create it, or take the key out.`, { cause })
  })
  if (!stats.isFile()) throw new Error(`ignore_file: ${file} is no file. Name a file, or take the key out.`)
  if (stats.size > ignoreFileBytesMax)
    throw new Error(`ignore_file: ${file} is larger than ${ignoreFileBytesMax} bytes`)
  const packing = packingOf(await headOf(file))
  if (packing)
    throw new Error(
      `ignore_file: ${file} is ${packing.name}, not a list of names. ` +
        `Unpack it: ${packing.command} ${shellWord(file)} > LIST, and name that file.`,
    )
}

const headOf = async (file: string): Promise<Buffer> => {
  const handle = await open(file)
  try {
    return await readAt(handle, 0, packingHeadBytes)
  } finally {
    await handle.close()
  }
}
