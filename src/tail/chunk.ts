/** What the tail hands on. */
import type { Position } from '../position.js'
import type { Followed } from './followed.js'
import type { Input, Lines } from './source.js'

/** Whole lines of one file, and whose they are. */
export interface Chunk extends Lines {
  readonly input: Input
  /** The position after these lines, but for the header, which only the parser knows. */
  readonly position: Position
  /** Lines just before these that took effect in an earlier life; empty but for the first chunk after it was opened. */
  readonly before: Buffer
}

/** No lines, for the sake of the position. */
export const nothingOf = ({ input, position }: Pick<Followed, 'input' | 'position'>): Chunk => ({
  input,
  position,
  after: position,
  before: nothing,
  bytes: nothing,
  offset: position.offset,
  tooLong: 0,
})

const nothing = Buffer.alloc(0)
