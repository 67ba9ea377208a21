/**
 * Recognises by its first bytes what a file is: a log, a gzip, which we unpack, or something that another program has to
 * convert first. Names are not enough: a pipe has none, and sites choose how they pack archives.
 */
/** The content is not a log, and not a gzip of one. The message says what it is, as in `is packed with zstd`. */
export class NoLog extends Error {
  override readonly name = 'NoLog'
  /** The command that reads it nevertheless. */
  readonly remedy: string

  constructor(what: string, remedy: string) {
    super(what)
    this.remedy = remedy
  }
}

const upTo = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

/** A format that we do not read, and the command that converts a file of it. */
interface Foreign {
  readonly what: string
  readonly command: string
  /** The command for a pipe, where that differs. */
  readonly piped?: string
}

export type ContentKind = 'plain' | 'gzip' | Foreign

const packed = (by: string, command: string, piped = command): Foreign => ({
  what: `is packed with ${by}`,
  command,
  piped,
})

/** The first bytes of packed formats common on Linux, in latin1, as file(1) has them. */
const magics: readonly (readonly [begins: readonly string[], kind: Foreign])[] = [
  [
    ['\x28\xb5\x2f\xfd', ...upTo(16, n => `${String.fromCharCode(0x50 + n)}\x2a\x4d\x18`)],
    packed('zstd', 'zstdcat'),
  ], // RFC 8878 3.1
  [['\xfd7zXZ\0'], packed('xz', 'xzcat')],
  [[']\0\0'], packed('lzma', 'xzcat')],
  // The digits of pi begin a block; those of its square root end an empty file.
  [upTo(9, n => [`BZh${n + 1}1AY&SY`, `BZh${n + 1}\x17rE8P\x90`]).flat(), packed('bzip2', 'bzcat')],
  [['\x04\x22\x4d\x18', '\x02\x21\x4c\x18'], packed('lz4', 'lz4cat')],
  [['LZIP\x01'], packed('lzip', 'lzip -dc')],
  [['\x89LZO\0'], packed('lzop', 'lzop -dc')],
  [['\xff\x06\0\0sNaPpY'], packed('snappy', 'snzip -dc')],
  [['\x1f\x9d'], packed('compress', 'zcat')],
  [['PK\x03\x04', 'PK\x05\x06'], packed('zip', 'unzip -p', 'funzip')],
  [['7z\xbc\xaf\x27\x1c'], packed('7-Zip', '7z x -so')],
  [['Rar!\x1a\x07'], packed('RAR', 'unrar p -inul')],
  [['\xff\xfe\0\0', '\0\0\xfe\xff'], { what: 'is UTF-32', command: 'iconv -f UTF-32 -t UTF-8' }],
  [['\xff\xfe', '\xfe\xff'], { what: 'is UTF-16', command: 'iconv -f UTF-16 -t UTF-8' }],
]
const tar: Foreign = { what: 'is a tar archive', command: 'tar -xOf', piped: 'tar -xOf -' }
const utf16 = (order: 'LE' | 'BE'): Foreign => ({
  what: 'is UTF-16',
  command: `iconv -f UTF-16${order} -t UTF-8`,
})

/** The first block of a tar, its header (POSIX.1-2008, ustar). No other format needs more bytes to be recognised. */
export const kindBytes = 512
/** The longest of the magics. */
const magicBytes = 10

/** @param start the first kindBytes, or as many as there are */
export const kindOf = (start: Buffer): ContentKind => {
  const first = start.toString('latin1', 0, magicBytes)
  if (first.startsWith('\x1f\x8b')) return 'gzip' // RFC 1952 2.3.1
  const [, found] = magics.find(([begins]) => begins.some(magic => first.startsWith(magic))) ?? []
  return (
    found ??
    (isTar(start) ? tar : isUtf16(start, 0) ? utf16('LE') : isUtf16(start, 1) ? utf16('BE') : 'plain')
  )
}

/** Whether more bytes could not change what `kindOf` returns. */
export const isCertain = (start: Buffer): boolean =>
  start.length >= kindBytes || kindOf(start) !== 'plain' || start.includes(newline)

/**
 * The error for content that we do not read, with the command that reads it.
 *
 * @param path `-` for standard input
 * @param inGzip the content was inside a gzip
 */
export const refusalOf = (kind: Exclude<ContentKind, 'plain'>, path: string, inGzip: boolean): NoLog => {
  const { what, command, piped = command } = kind === 'gzip' ? packed('gzip twice', 'zcat') : kind
  const file = /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
  if (path === '-') return new NoLog(what, `… | ${inGzip ? 'zcat | ' : ''}${piped} | domainstats scan -`)
  // tar unpacks a gzip by itself.
  const isAll = kind === tar || !inGzip
  const unpacks = isAll ? `${isTarName(path) ? tar.command : command} ${file}` : `zcat ${file} | ${piped}`
  return new NoLog(what, `${unpacks} | domainstats scan -`)
}

/** By name, since the tar inside a `.tar.xz` cannot be seen without unpacking it. */
const isTarName = (path: string): boolean => /\.(?:tar\.\w+|t(?:xz|zst|bz2?|lz))$/i.test(path)

const newline = 0x0a

/** By the checksum of the header, which counts itself as blanks: old tars have no magic bytes. */
const isTar = (start: Buffer): boolean => {
  if (start.length < kindBytes) return false
  const stated = parseInt(start.toString('latin1', 148, 156).replace(/^ +/, ''), 8)
  const sum = start
    .subarray(0, kindBytes)
    .reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  return stated === sum
}

/** ASCII in UTF-16 without a byte order mark. A hole of NULs, as a truncation leaves it, does not count. */
const isUtf16 = (start: Buffer, textAt: 0 | 1): boolean => {
  const pairs = Math.min(start.length >> 1, 8)
  for (let pair = 0; pair < pairs; pair++) {
    const [text, zero] = [start[2 * pair + textAt], start[2 * pair + 1 - textAt]]
    if (zero !== 0 || text === 0) return false
  }
  return pairs >= 2
}
