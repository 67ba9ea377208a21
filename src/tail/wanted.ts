/** What is to be found again after a start: of each log what was read last, and what was not read to its end. */
import { basename, dirname } from 'node:path'
import type { Position } from '../position.js'
import { isDate, logKey } from './log-name.js'

/** By log, those that were changed last at the end. What was read in an archive as its own input does not rotate. */
export const wantedOf = (positions: Iterable<Position>): Map<string, readonly Position[]> => {
  const byLog = new Map<string, Position[]>()
  for (const position of positions) {
    if (isDate(basename(dirname(position.path)))) continue
    const log = logKey(position.input, position.path)
    const known = byLog.get(log)
    if (known) known.push(position)
    else byLog.set(log, [position])
  }
  const wanted = (known: readonly Position[]): readonly Position[] =>
    known
      .toSorted((a, b) => a.changed - b.changed)
      .filter(({ seal }, at) => seal === '' || at === known.length - 1)
  return new Map(Array.from(byLog, ([log, known]) => [log, wanted(known)]))
}
