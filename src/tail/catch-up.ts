/** Finds what was rotated away while nobody looked: the rest of what is known, and what was written after it. */
import { dirname, join, basename } from 'node:path'
import { changedAt, familyOf, inodeOf, stemOf } from '../files/files.js'
import type { Checkpoint } from '../model/checkpoint.js'
import type { Followed, OpenOptions, OpenedFile } from './followed.js'
import { isRotationOf } from './inputs.js'
import type { Opener } from './open-files.js'
import { begunBeside, inOrder, logAt, isDate, logKey } from './rotated-names.js'
import type { Input } from './source.js'

/**
 * The content of a path is another now: what was written to the old one is in a file beside it, and so is what
 * came after it if nobody looked for long. The oldest file known is where it begins; what is older was never ours.
 * Where nothing known is left (it was truncated in place), what was changed after the last read is what came after,
 * except for what is being written now: that comes last, and is opened with its input.
 *
 * @param unread nothing was read of it: it says nothing of what came before
 */
export const catchUp = async (
  opener: Opener,
  path: string,
  input: Input,
  now: number,
  unread?: Followed,
): Promise<void> => {
  const since = opener.index.lastChange(path) ?? Infinity
  const live = logAt(path)
  let found = false
  for (const { path: other, stats } of inOrder(await familyOf(live), begunBeside)) {
    const isNext = (found || (other !== live && changedAt(stats) > since)) && isRotationOf(path, other)
    const how: OpenOptions = isNext ? { stats, isPart: true } : { stats, only: 'known' }
    const opened =
      other === live
        ? await openLive(opener, other, input, now, how)
        : await opener.open(other, input, now, how)
    found ||= opened !== undefined && inodeOf(stats) !== unread?.inode
  }
}

/**
 * Opens what is written under a path. Between the look at its folder and this, the log may have been copied and truncated:
 * where it is new, what came before it may be beside it by now.
 */
export const openLive = async (
  opener: Opener,
  path: string,
  input: Input,
  now: number,
  how: OpenOptions,
): Promise<OpenedFile> => {
  const opened = await opener.open(path, input, now, how)
  const isNew = typeof opened === 'object' && opened.checkpoint.offset === 0
  if (isNew && path === logAt(path)) await catchUp(opener, path, input, now, opened)
  return opened
}

/**
 * After a restart: the paths whose content is not what was read there last. Gives one for each family: there may
 * be thousands of paths, long archived elsewhere.
 */
export const missed = async function* (
  opener: Opener,
  inputs: readonly Input[],
  checkpoints: readonly Checkpoint[],
): AsyncGenerator<{ path: string; input: Input }> {
  for (const input of inputs) {
    const given = new Set<string>()
    for (const checkpoint of checkpoints) {
      const { path } = checkpoint
      const family = join(dirname(path), stemOf(logAt(path)))
      if (checkpoint.input !== input.path || given.has(family) || (await opener.unchanged(checkpoint)))
        continue
      given.add(family)
      yield { path, input }
    }
  }
}

/* What is to be found again after a start: of each log what was read last, and what was not read to its end. */

/** By log, those that were changed last at the end. What was read in an archive as its own input does not rotate. */
export const resumePointsOf = (checkpoints: Iterable<Checkpoint>): Map<string, readonly Checkpoint[]> => {
  const byLog = new Map<string, Checkpoint[]>()
  for (const checkpoint of checkpoints) {
    if (isDate(basename(dirname(checkpoint.path)))) continue
    const log = logKey(checkpoint.input, checkpoint.path)
    const known = byLog.get(log)
    if (known) known.push(checkpoint)
    else byLog.set(log, [checkpoint])
  }
  const resumePoints = (known: readonly Checkpoint[]): readonly Checkpoint[] =>
    known
      .toSorted((a, b) => a.changed - b.changed)
      .filter(({ statSignature }, at) => statSignature === '' || at === known.length - 1)
  return new Map(Array.from(byLog, ([log, known]) => [log, resumePoints(known)]))
}
