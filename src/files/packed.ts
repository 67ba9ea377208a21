/** Recognises packed files by their first bytes, and names the command that unpacks them, for messages. */
export interface Packing {
  readonly name: string
  /** The command that writes the text to stdout; the path is appended to it. */
  readonly command: string
}

interface Known extends Packing {
  /** Offset of `magic` in the file. */
  readonly at: number
  readonly magic: Buffer
}

const known = (name: string, command: string, magic: string, at = 0): Known => ({
  ...{ name, command, at, magic: Buffer.from(magic, 'latin1') },
})

/** Magic numbers from the specifications of the formats, as file(1) has them. */
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

/** @param head the first packingHeadBytes bytes of a file, or all if it has fewer */
export const packingOf = (head: Buffer): Packing | undefined =>
  packings.find(({ at, magic }) => head.subarray(at, at + magic.length).equals(magic))

/** Quotes a path for a shell, so that users can copy the command from a message. */
export const shellWord = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) && !path.startsWith('-') ? path : `'${path.replaceAll("'", "'\\''")}'`
