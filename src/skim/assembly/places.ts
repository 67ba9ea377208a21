/** Tells JavaScript the addresses that it reads and writes. */
import {
  counters,
  countersCount,
  flowText,
  flowTextBytes,
  roomBytes,
  rooms,
  scratch,
  scratchBytes,
  slack,
  stage,
  statements,
  touched,
  touchedStatements,
} from './layout'

/** The numbers are those of `places` in skimmer.ts. */
export function place(which: u32): usize {
  switch (which) {
    case 0:
      return counters
    case 1:
      return countersCount
    case 2:
      return scratch
    case 3:
      return scratchBytes
    case 4:
      return flowText
    case 5:
      return flowTextBytes
    case 6:
      return touched
    case 7:
      return rooms
    case 8:
      return rooms + roomBytes
    case 9:
      return stage
    case 11:
      return statements
    case 12:
      return touchedStatements
    default:
      return roomBytes - slack
  }
}
