/** Places in the numbered segment files beside the database, which hold the records for the sinks. */

/** A place between two lines of a segment. */
export interface SegmentPosition {
  /** The number of a segment, from 1 on. */
  readonly segment: number
  /** Bytes of it before the place. */
  readonly offset: number
}

/** The lines of the last commit for the sinks, and their place. */
export interface SinkOutbox extends SegmentPosition {
  /** JSON, each with its newline; empty for a commit that writes no record. */
  readonly lines: Buffer
}
