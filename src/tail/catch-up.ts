/** After a rotation: opens the rest of the file that was being read, and the files written after it, beside the log. */
import { dirname, join, basename } from 'node:path'
import { changedAt, familyOf, inodeOf, stemOf } from '../files/files.js'
import type { Checkpoint } from '../model/checkpoint.js'
import type { Followed, OpenOptions, OpenedFile } from './followed.js'
import { isRotationOf } from './inputs.js'
import type { Opener } from './open-files.js'
import { begunBeside, inOrder, logAt, isDate, logKey } from './rotated-names.js'
import type { Input } from './source.js'

/**
 * Called when a path has new content. The old content is in a file beside it; if we did not poll for long, so are the
 * files written in between. Starts at the oldest file with a checkpoint; older files were never to be read. If no file
 * has one (the log was truncated in place), starts at the first file changed after the last read. The file that is
 * being written now comes last and is opened with its input.
 *
 * @param unread a file that was just opened and of which nothing was read: it does not count as a file with a checkpoint
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
 * Opens the log that is being written at a path. It may have been copied and truncated since its folder was listed: if
 * its content is new, the old content may be beside it by now, and is opened first.
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
 * After a restart: yields the paths whose content is not the one read there last. One path for each family of names is
 * enough, since there may be thousands of paths, archived long ago.
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

/**
 * The checkpoints at which reading resumes after a start: of each log the file that was read last, and those not read to
 * their end; the one changed last comes last. Files in date folders are skipped: an archive does not rotate.
 *
 * @returns by log (logKey)
 */
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
