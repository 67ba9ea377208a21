/** The site's own names: a list of domains that are skipped with everything below them. */
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
 * One line of a list of names, in the forms in which people keep such lists: plain names, /etc/hosts, the rules of ad
 * blockers, dnsmasq. A line counts only if it means whole names, without a condition. What means less than that, or the
 * opposite, is refused with the reason: a list must neither shrink nor grow unnoticed.
 */

/** Its names, none of them where the line says nothing, or why it is refused. */
export type IgnoreLine = readonly string[] | string

const says = {
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
 * What begins a comment, as the first thing on a line: shells and hosts files, ad blockers, ini and zone files, C, SQL,
 * TeX, batch files, markup; and a heading such as `[Adblock Plus 2.0]`.
 */
const comment =
  /^(?:[#!;%]|\/\/|--(?:[-\s]|$)|rem\s|\/\*.*\*\/$|<!--.*-->$|\[[a-z][a-z\d ]*(?:\d\.\d[\d.]*)?\]$)/i
/** A comment behind something, set apart by a blank. */
const remark = /\s(?:[#!;]|\/\/|--\s).*$/
/** `example.com##.banner`: hides a part of pages of example.com, as do #@#, #?#, #$# and others. */
const cosmetic = /#[@$%?]*#|\$\$/
/** dnsmasq(8): `server=/a.com/b.com/`, with whom to ask or what to answer behind the last slash. */
const dnsmasq = /^(?:--)?(server|local|address)=\/(.+)\/([^/]*)$/
/** `||example.com^`: the name and all below it. */
const adblock = /^\|\|([^/^|$]*)(.*)$/
/** Options with which an ad blocker's rule counts for as much as without. */
const wholeOptions = /^\^?\|?(?:\$(?:(?:important|all)(?:,|$))+)?$/

/**
 * A name as it is compared: lower-case A-labels without the `*.` or `.` before and the dot behind; undefined where the
 * text is no name.
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

/** What a line says. */
export const readIgnoreLine = (line: string): IgnoreLine => {
  const written = line.trim()
  if (written === '' || comment.test(written)) return says.nothing
  const rule = written.replace(remark, '').trimEnd()
  const [, key, names, target] = dnsmasq.exec(rule) ?? []
  if (names !== undefined) return key !== 'address' && target === '#' ? says.exception : all(names.split('/'))
  if (rule.startsWith('@@')) return says.exception
  if (cosmetic.test(rule)) return says.page
  return readRule(rule.replace(/#.*/, ''))
}

const readRule = (rule: string): IgnoreLine => {
  const [, name, rest = ''] = adblock.exec(rule) ?? []
  if (name !== undefined && wholeOptions.test(rest)) return one(name)
  if (name !== undefined) return rest.startsWith('/') ? says.path : whyNot(rest)
  const [first = '', ...others] = rule.split(/\s+/)
  if (others.length === 0) return one(unquoted(first))
  // What hosts files call by a single label is a machine (`localhost`, `dev`), and no top-level domain.
  return isAddress(first)
    ? all(others.filter(other => other.includes('.') && !isAddress(other)))
    : says.several
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

/** @param text what is no name, or what stands behind one where only its end may */
const whyNot = (text: string): string => {
  if (/^\|?[a-z][a-z\d+.-]*:\/\//i.test(text)) return says.url
  if (isAddress(text.replace(/^\[(.*)\]$/, '$1').replace(/\/\d+$/, ''))) return says.address
  if (/^\/.*\/(?:\$.*)?$/.test(text)) return says.pattern
  if (/^\^?\|?\$/.test(text)) return says.options
  if (/^[^/*]+:\d{1,5}$|^:\d{1,5}\b/.test(text)) return says.port
  if (text.includes('*')) return says.pattern
  if (/[,;]/.test(text)) return says.several
  return text.includes('/') ? says.path : says.noName
}

export class IgnoreList {
  /** In A-labels. Each stands for itself and all below it. */
  readonly #names = new Set<string>()

  get size(): number {
    return this.#names.size
  }

  /**
   * Adds names as settings hold them. Throws on an entry that is no name: a list that is meant to keep names inside
   * must not shrink unnoticed.
   *
   * @param setting whose names they are, for that error
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

  /** Adds what a line of a list names; says why where the line is refused. */
  addLine(line: string): string | undefined {
    const read = readIgnoreLine(line)
    if (typeof read === 'string') return read
    for (const entry of read) this.#names.add(entry)
    return undefined
  }

  /** Whether a name (in A-labels) stands on the list, or lies below one that does. */
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

/* Loads what the site ignores: the setting and the file together. */

export interface RefusedLine {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
  readonly why: string
}

export interface Ignored {
  readonly list: IgnoreList
  /** How many lines of the file are refused. */
  readonly refused: number
  /** The first ignoreRefusalsMax of them. */
  readonly refusals: readonly RefusedLine[]
}

/**
 * Reads both. The file may have millions of lines: it is read a piece at a time, so that whatever else runs gets its
 * turn, and of the lines that are refused the first are kept.
 *
 * @throws Error if there is no file that can be read as text
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
