/** A plain log file that grows: read at offsets, through one descriptor that outlives a rename. */
import type { FileHandle } from 'node:fs/promises'
import { changedAt, readAt, stateOf } from '../files/files.js'
import { chunkBytes, lookBytesMax, replayBytesMax } from '../limits.js'
import type { Footprint } from '../position.js'
import { afterFirstNewline, createLineCutter } from './lines.js'
import type { Source } from './source.js'

/** Reads an open log file from `start` on; closes it in the end. */
export const readLogFile = (
  handle: FileHandle,
  start: Footprint,
  onBytes?: (bytes: number) => void,
): Source => {
  const cutter = createLineCutter(start)
  let seal = ''
  let changed = 0
  let size = 0
  /** Read while the lines before are parsed. */
  let ahead: Promise<Buffer | 'replaced'> | undefined
  let readSinceLook = 0

  const isMoreKnown = (): boolean => readSinceLook < lookBytesMax && size > cutter.seen().offset

  const readNext = async (): Promise<Buffer | 'replaced'> => {
    const { offset, tail } = cutter.seen()
    const bytes = await readBehind(handle, tail, offset, size)
    if (bytes === undefined) return 'replaced'
    readSinceLook += bytes.length
    // It is shorter than it was.
    if (bytes.length === 0) size = offset
    return bytes
  }

  /** Looks first how much there is. */
  const next = async (): Promise<Buffer | 'replaced' | 'end'> => {
    const stats = await handle.stat({ bigint: true })
    size = Number(stats.size)
    readSinceLook = 0
    // Only what is new or was touched is looked at; the rest of an idle wake-up is this one fstat.
    if (size === cutter.seen().offset && stateOf(stats) === seal) return 'end'
    const bytes = await readNext()
    if (bytes === 'replaced') return bytes
    if (bytes.length > 0) changed = changedAt(stats)
    else seal = stateOf(stats)
    return bytes.length > 0 ? bytes : 'end'
  }

  return {
    rest: cutter.rest,
    seal: () => seal,
    behind: () => Math.max(0, size - cutter.seen().offset),
    changed: () => changed,
    state: async () => stateOf(await handle.stat({ bigint: true })),
    piece: (offset, length) => readAt(handle, offset, length),
    close: () => handle.close(),
    before: async () => {
      const length = Math.min(start.offset, replayBytesMax)
      const bytes = await readAt(handle, start.offset - length, length)
      return length < start.offset ? afterFirstNewline(bytes) : bytes
    },
    read: async () => {
      for (;;) {
        const bytes = await (ahead ?? next())
        ahead = undefined
        if (bytes === 'replaced' || bytes === 'end') return bytes
        onBytes?.(bytes.length)
        const lines = cutter.push(bytes)
        if (isMoreKnown()) {
          ahead = readNext()
          // Whoever reads next is told.
          ahead.catch(() => undefined)
        }
        if (lines) return lines
      }
    },
  }
}

/**
 * The next bytes at `offset`, or undefined if the bytes before it are not those that were read there: then the
 * file was truncated, even if it has grown past the offset since.
 */
const readBehind = async (
  handle: FileHandle,
  tail: Buffer,
  offset: number,
  size: number,
): Promise<Buffer | undefined> => {
  if (size < offset) return undefined
  const length = Math.min(size - offset, chunkBytes)
  const bytes = await readAt(handle, offset - tail.length, tail.length + length)
  if (bytes.length < tail.length || !bytes.subarray(0, tail.length).equals(tail)) return undefined
  return bytes.subarray(tail.length)
}
