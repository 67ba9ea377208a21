/** A progress bar, for whoever sits at a terminal. */
import { SingleBar } from 'cli-progress'
import type { Io } from './io.js'

/** @param total undefined where nobody knows how much there is; then there is no bar */
export const openBar = (
  io: Io,
  total: number | undefined,
  format: string,
  payload: Readonly<Record<string, number>> = {},
): SingleBar | undefined => {
  if (io.stderr.isTTY !== true || total === undefined) return undefined
  const bar = new SingleBar({ stream: io.stderr, format, hideCursor: true, clearOnComplete: true })
  bar.start(total, 0, payload)
  return bar
}
