/** Makes the logs to read, in the work folder. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { readTemplates, type Kind } from './templates.js'

/** Yesterday: all lines lie in one window, and none of them in the future. Epoch ms. */
const beginning = Date.now() - 24 * 3_600_000
/** Between two lines. A log of 10,000,000 lines spans almost three hours. */
const stepMs = 1

const pieceChars = 4 * 1024 * 1024

/** Writes a file a piece at a time: the largest has 2 GB. */
export const writeLines = (
  path: string,
  header: string,
  count: number,
  line: (n: number) => string,
): void => {
  const file = openSync(path, 'w')
  let piece = header
  for (let n = 0; n < count; n += 1) {
    piece += line(n)
    if (piece.length < pieceChars) continue
    writeSync(file, Buffer.from(piece, 'latin1'))
    piece = ''
  }
  writeSync(file, Buffer.from(piece, 'latin1'))
  closeSync(file)
}

/** Repeats a log with shifted times until it has so many records. @param from number of its first record */
export const repeatLog = (path: string, kind: Kind, count: number, from = 0): void => {
  const { header, lines } = readTemplates(kind)
  writeLines(path, header, count, n => {
    const template = lines[(from + n) % lines.length]
    return template?.(timeOf(from + n), Math.floor((from + n) / lines.length)) ?? ''
  })
}

/** Writes each record of a log once, so that all its names become known. Its first bytes differ from those of `repeatLog`. */
export const onceLog = (path: string, kind: Kind): void => {
  const { header, lines } = readTemplates(kind)
  writeLines(path, header, lines.length, n => lines[n]?.(timeOf(n) - 60_000, 500_000) ?? '')
}

/** Epoch ms of the nth line. */
const timeOf = (n: number): number => beginning + n * stepMs

const columns = [
  ...['ts', 'uid', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'trans_id', 'rtt', 'query'],
  ...['qclass', 'qclass_name', 'qtype', 'qtype_name', 'rcode', 'rcode_name', 'AA', 'TC', 'RD', 'RA', 'Z'],
  ...['answers', 'TTLs', 'rejected'],
]
const tsvHeader = [
  ...['#separator \\x09', '#set_separator\t,', '#empty_field\t(empty)', '#unset_field\t-', '#path\tdns'],
  ...[`#fields\t${columns.join('\t')}`, ''],
].join('\n')

/** Writes a dns.log (TSV) with a question for each name. */
export const namesLog = (path: string, count: number, nameOf: (n: number) => string): void =>
  writeLines(
    path,
    tsvHeader,
    count,
    n =>
      `${(timeOf(n) / 1000).toFixed(6)}\tC${n}\t10.20.1.${n % 250}\t33071\t10.20.0.53\t53\tudp\t${n % 65_536}\t` +
      `0.000870\t${nameOf(n)}\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t192.0.2.1\t60.000000\tF\n`,
  )
