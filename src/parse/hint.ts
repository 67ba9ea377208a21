/** Guesses from its first bytes what a log is of which no line can be parsed, and names the remedy. */
import type { LineSkip } from '../model/event.js'
import { isDnsStream } from './dns-rules.js'
import type { ParserOptions } from './record.js'

export interface Hint {
  /** Completes the message `looks like …`. */
  readonly looksLike: string
  readonly remedy: string
}

const hint = (looksLike: string, remedy: string): Hint => ({ looksLike, remedy })

const giveLogs = "give it Zeek's dns.log or Suricata's eve.json"

/**
 * @param reason the most frequent skip reason of its lines
 * @param start the first bytes of the content
 */
export const hintOf = (reason: LineSkip, stated: ParserOptions['stated'], start: Buffer): Hint => {
  const text = start.toString('latin1').replace(/^(?:\xef\xbb\xbf)+/, '')
  if (isBinary(start)) return hint('no text', 'find out with `file` what it is, and unpack it first')
  if (/"event_type\\*"/.test(text)) return hintOfEve(reason, stated)
  if (/^#(?:separator |path\t|fields\t)/m.test(text) || zeekRow.test(text))
    return hintOfTsv(reason, stated, text)
  if (/"(?:_path|id[._]orig_h|id[._]resp_p)\\*"/.test(text)) return hintOfZeekJson(reason, stated, text)
  return hintOfOther(text)
}

/** The time and uid of a Zeek log. A uid begins with C, or with F for a file. */
const zeekRow = /^\d{9,13}\.\d{1,9}\t[CF]\w+\t/m

/** True if there is a NUL, or more than 5 % other control bytes. */
const isBinary = (start: Buffer): boolean => {
  const odd = start.filter(byte => byte < 0x20 && !spaces.includes(byte)).length
  return start.includes(0) || odd > start.length / 20
}
const spaces = Buffer.from('\t\n\r')

const hintOfEve = (reason: LineSkip, stated: ParserOptions['stated']): Hint => {
  if (stated === 'zeek')
    return hint('Suricata', 'follow it with --suricata, or set `format: suricata` for this input')
  if (reason === 'not-dns')
    return hint(
      'Suricata without DNS',
      'switch on `dns` in suricata.yaml, below `outputs`, `eve-log`, `types`',
    )
  return reason === 'unknown-format'
    ? hint(
        'Suricata in a wrapper that is not known',
        'put the line under a key that docs/inputs.md lists, as `message`',
      )
    : hint('Suricata, but broken', 'it has to be one whole JSON record a line')
}

const asZeek = hint('Zeek', 'follow it with --zeek, or set `format: zeek` for this input')
const otherZeek = (stream: string): Hint => hint(`Zeek's ${stream}.log`, 'give it dns.log')

const hintOfTsv = (reason: LineSkip, stated: ParserOptions['stated'], text: string): Hint => {
  if (stated === 'suricata') return asZeek
  const [, path] = /^#path\t([\w-]{1,64})/m.exec(text) ?? []
  if (path !== undefined && !isDnsStream(path)) return otherZeek(path)
  if (reason === 'no-header')
    return hint(
      'Zeek TSV without its header',
      'its `#fields` line says what the columns are: read it from its first line, or put the header of another dns.log of this Zeek before it',
    )
  return hint(
    'Zeek TSV, but not dns.log, or not with the columns of its header',
    'give it dns.log as Zeek wrote it',
  )
}

const hintOfZeekJson = (reason: LineSkip, stated: ParserOptions['stated'], text: string): Hint => {
  if (stated === 'suricata') return asZeek
  const [, path] = /"_path\\*"\s*:\s*\\*"([\w-]{1,64})/.exec(text) ?? []
  if (path !== undefined && !isDnsStream(path)) return otherZeek(path)
  if (reason === 'not-dns') return hint('a Zeek log without queries', 'give it dns.log')
  return reason === 'unknown-format'
    ? hint(
        'Zeek in a wrapper that is not known',
        'put the line under a key that docs/inputs.md lists, as `message`',
      )
    : hint('Zeek, but broken', 'it has to be one whole JSON record a line')
}

const hintOfOther = (text: string): Hint => {
  const first = text.trimStart().split(/\r?\n/, 1)[0] ?? ''
  if (first.startsWith('[')) return hint('a JSON array', "jq -c '.[]' FILE | domainstats scan -")
  if (first === '{' || (first.startsWith('{') && /[,{[]\s*$/.test(first)))
    return hint('JSON over several lines', 'jq -c . FILE | domainstats scan -')
  return first.startsWith('{')
    ? hint(
        'JSON, but of neither Zeek nor Suricata',
        `${giveLogs}, bare or in a wrapper that docs/inputs.md lists`,
      )
    : hint('neither Zeek nor Suricata', giveLogs)
}
