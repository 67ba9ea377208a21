/** The contents that are known, and the search for the one that a file holds. */
import { headBytesMax, type Position } from '../position.js'
import { compare, type ReadPiece } from './identity.js'

/**
 * - a position: the file goes on there
 * - `unknown`: content never read
 * - `wait`: cannot be told yet, and must not be read now: a copy of a file that is being followed, whose lines
 *   come from there (unless it is truncated after the copy was made, and then they come from here); or a beginning
 *   that equals the beginning of known content
 */
export type Found = Position | 'unknown' | 'wait'

export interface Library {
  readonly find: (inode: string, read: ReadPiece, isLive: (file: number) => boolean) => Promise<Found>
  readonly put: (position: Position) => void
  readonly all: () => Position[]
}

export const createLibrary = (positions: readonly Position[]): Library => {
  const known = new Map(positions.map(position => [position.file, position]))
  return {
    // The newest last, so that `find` tries them from the end.
    put: position => {
      known.delete(position.file)
      known.set(position.file, position)
    },
    all: () => [...known.values()],
    find: async (inode, read, isLive) => {
      const start = await read(0, headBytesMax)
      const likely = [...known.values()].reverse().sort((a, b) => rank(a, inode) - rank(b, inode))
      let found: Found = 'unknown'
      for (const position of likely) {
        const likeness = await compare(start, read, position)
        if (likeness === 'same') return isLive(position.file) ? 'wait' : position
        if (likeness === 'shorter') found = 'wait'
      }
      return found
    },
  }
}

/** The same inode first: nearly always it is the one. */
const rank = (position: Position, inode: string): number => (position.inode === inode ? 0 : 1)
