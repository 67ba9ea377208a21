/**
 * A checkpoint: up to which byte all lines of a log are committed.
 *
 * Paths change (rotation) and inode numbers are reused, so a log is recognised by its fingerprint: its first bytes and the
 * bytes just before the offset. The bytes are stored, not a hash of them: a copy may be shorter than the checkpoint, and a
 * hash cannot be compared with fewer bytes.
 */
import { headBytesMax, tailBytesMax } from '../limits.js'
/** Identifies the content of a log up to `offset`. */
export interface Fingerprint {
  /** Bytes from the start of the content to just after a newline. For an archive, of the unpacked content. */
  readonly offset: number
  /** The first bytes of the content, behind a hole if it begins with one: up to `offset`, at most headBytesMax. */
  readonly head: Buffer
  /** The bytes just before `offset`, at most tailBytesMax. */
  readonly tail: Buffer
}

export interface Checkpoint extends Fingerprint {
  /** The file id: the store's number for this content. */
  readonly file: number
  /** Device and inode as `dev:ino`, the fast path to the same file. Text, since both may exceed 2^53. */
  readonly inode: string
  /** Where the log was last seen. */
  readonly path: string
  /** The path of its input, as configured. */
  readonly input: string
  /** Epoch ms: the mtime of the file when it was read last. */
  readonly changed: number
  /** Size and mtime of a file that was read to its end and closed; '' while it is open. Equal ones need no new read. */
  readonly statSignature: string
  /** Size in bytes when it was read last; 0 if unknown. The bytes from `offset` to there were not read. */
  readonly size: number
  /** 1 if all was read after the sensor had begun another file, or if its loss was reported; 0 otherwise. */
  readonly finished: 0 | 1
  /** The header lines of a Zeek TSV, which the parser needs to continue in mid-file. */
  readonly header: string
}

/** How far an input was read that is no file: a list or a stream. It takes the place of its checkpoint. */
export interface Cursor {
  /** The name of the input. */
  readonly input: string
  /** The place of the last entry, in the words of its feed (feeds/): the id of an entry, or a count. */
  readonly at: string
}

export const emptyFingerprint: Fingerprint = { offset: 0, head: Buffer.alloc(0), tail: Buffer.alloc(0) }

/**
 * The index behind a hole that begins at `at`. A sensor that writes without O_APPEND continues at its old offset when
 * logrotate's copytruncate truncates its log; the bytes before read as NULs. They belong to no line, and two logs that
 * begin with them have nothing in common.
 */
export const behindHole = (bytes: Buffer, at = 0): number => {
  // In blocks: a hole may have gigabytes.
  while (bytes[at] === 0 && zeros.equals(bytes.subarray(at, at + zeros.length))) at += zeros.length
  while (bytes[at] === 0) at++
  return at
}

const zeros = Buffer.alloc(4096)

/** The fingerprint after `bytes` more. Copies the bytes that it keeps, since the caller's buffer may be overwritten. */
export const advance = (before: Fingerprint, bytes: Buffer): Fingerprint => ({
  offset: before.offset + bytes.length,
  head: before.head.length < headBytesMax ? headAfter(before.head, bytes) : before.head,
  tail:
    bytes.length >= tailBytesMax
      ? Buffer.from(bytes.subarray(bytes.length - tailBytesMax))
      : Buffer.concat([before.tail, bytes]).subarray(-tailBytesMax),
})

const headAfter = (head: Buffer, bytes: Buffer): Buffer => {
  const from = head.length === 0 ? behindHole(bytes) : 0
  return Buffer.concat([head, bytes.subarray(from, from + headBytesMax - head.length)])
}
