/** Files that hold text in another form, told by their first bytes: what the form is called, and what undoes it. */
export interface Packing {
  readonly name: string
  /** Writes the text to its stdout, given the path of the file. */
  readonly command: string
}

interface Known extends Packing {
  /** Where its bytes stand, from the first byte of the file. */
  readonly at: number
  readonly magic: Buffer
}

const known = (name: string, command: string, magic: string, at = 0): Known => ({
  ...{ name, command, at, magic: Buffer.from(magic, 'latin1') },
})

/** As file(1) knows them: each magic number is that of the format's own specification. */
const packings: readonly Known[] = [
  known('gzip', 'zcat', '\x1f\x8b'), // RFC 1952 2.3.1
  known('compress', 'zcat', '\x1f\x9d'),
  known('zstd', 'zstdcat', '\x28\xb5\x2f\xfd'), // RFC 8878 3.1.1
  known('xz', 'xzcat', '\xfd7zXZ\0'),
  known('bzip2', 'bzcat', 'BZh'),
  known('lz4', 'lz4cat', '\x04\x22\x4d\x18'),
  known('zip', 'unzip -p', 'PK\x03\x04'),
  known('7-Zip', '7z x -so', '7z\xbc\xaf\x27\x1c'),
  known('tar', 'tar -xOf', 'ustar', 257), // POSIX.1-2017, pax: ustar Interchange Format
  known('UTF-16', 'iconv -f UTF-16 -t UTF-8', '\xff\xfe'),
  known('UTF-16', 'iconv -f UTF-16 -t UTF-8', '\xfe\xff'),
]

/** @param head the first bytes of a file: packingHeadBytes of them, or all that there are */
export const packingOf = (head: Buffer): Packing | undefined =>
  packings.find(({ at, magic }) => head.subarray(at, at + magic.length).equals(magic))

/** A path as one word of a shell, so that the command can be copied from a message. */
export const shellWord = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) && !path.startsWith('-') ? path : `'${path.replaceAll("'", "'\\''")}'`
