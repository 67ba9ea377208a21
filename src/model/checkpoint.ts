/**
 * A position: which file, and how far into it everything has taken effect.
 *
 * Paths change (rotation) and inode numbers are used again, so a file is known by what it says: its first bytes
 * and the bytes just before the position. They are kept as they are and not as hashes, because a copy may be
 * shorter than the position, and only bytes can be compared with a shorter run of bytes.
 */
import { headBytesMax, tailBytesMax } from '../limits.js'
/** What identifies the content of a log up to `offset`. */
export interface Fingerprint {
  /** Bytes from the start of the content to just after a newline. For an archive, of the unpacked content. */
  readonly offset: number
  /** The first bytes of the content behind its hole, if it has one: those before `offset`, at most headBytesMax. */
  readonly head: Buffer
  /** The bytes just before `offset`, at most tailBytesMax. */
  readonly tail: Buffer
}

export interface Checkpoint extends Fingerprint {
  /** The store's number for this content. */
  readonly file: number
  /** Device and inode as `dev:ino`, the fast path to the same file. Text, since both may exceed 2^53. */
  readonly inode: string
  /** Where it was last seen. */
  readonly path: string
  /** The input, as configured, that it belongs to. */
  readonly input: string
  /** Epoch ms: the file's own time of last change when it was read last. What is younger was written later. */
  readonly changed: number
  /** Size and time of a file that was read to its end and closed; '' while it is open. It need not be looked into again. */
  readonly statSignature: string
  /** Bytes that it had when it was read last; 0 where nobody knows. What is known to be unread lies behind `offset`. */
  readonly size: number
  /** 1 once its sensor had gone on to another file and all of it was read, or its loss was told; 0 until then. */
  readonly finished: 0 | 1
  /** What the parser needs to go on in mid-file: the header lines of a Zeek TSV. */
  readonly header: string
}

export const emptyFingerprint: Fingerprint = { offset: 0, head: Buffer.alloc(0), tail: Buffer.alloc(0) }

/**
 * Where the bytes from `at` on go on behind a hole. A sensor that writes without O_APPEND goes on at its old offset
 * when its log is truncated in place (logrotate's copytruncate): what lies before reads as NULs, however many. They are
 * no part of a line, and two logs that begin with them have nothing in common.
 */
export const behindHole = (bytes: Buffer, at = 0): number => {
  // It may have gigabytes.
  while (bytes[at] === 0 && zeros.equals(bytes.subarray(at, at + zeros.length))) at += zeros.length
  while (bytes[at] === 0) at++
  return at
}

const zeros = Buffer.alloc(4096)

/** The fingerprint after `bytes` more. Copies what it keeps: the bytes themselves may be overwritten. */
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
