/** Where records stand that wait for the sinks: in numbered segment files beside the database. */

/** A place between two lines. */
export interface SegmentPosition {
  /** The number of a segment, from 1 on. */
  readonly segment: number
  /** Bytes of it before the place. */
  readonly offset: number
}

/** The lines of the last commit, and where they belong. */
export interface SinkOutbox extends SegmentPosition {
  /** JSON, each with its newline; empty for a commit that writes no record. */
  readonly lines: Buffer
}
