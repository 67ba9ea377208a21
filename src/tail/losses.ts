/**
 * Reports losses (`input-lost`): the sensor may have written to a log after we read it last, and the log cannot be found.
 * logrotate's `olddir` moved it to a folder that is no input, or it was deleted. Each loss is reported once, whatever is
 * at its path by now. If the log is found after all, it is read on from its checkpoint. A process that stops before the
 * wait is over reports the loss when it stops; the next one finds the same checkpoint and reports it again.
 */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { inodeOf } from '../files/files.js'
import type { Checkpoint } from '../model/checkpoint.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Opener } from './open-files.js'
import type { Input } from './source.js'

export interface Loss {
  readonly log: string
  readonly input: Input
  readonly checkpoint: Checkpoint
  /** Epoch ms of the first look that did not find it. */
  readonly at: number
  /** The wait is over when `ArchiveSearch.polledMs` has reached this: until then it may still come to an archive. */
  readonly until: number
  /** The site has archives: when the process stops, the next one goes on waiting. */
  readonly isArchived: boolean
}

export class Losses {
  readonly #opener: Opener
  readonly #telemetry: Telemetry
  readonly #byFile = new Map<number, Loss>()

  constructor(opener: Opener, telemetry: Telemetry) {
    this.#opener = opener
    this.#telemetry = telemetry
  }

  /** A log was not found. A second call keeps the time of the first. */
  expect(loss: Loss): void {
    const { at = loss.at } = this.#byFile.get(loss.checkpoint.file) ?? {}
    this.#byFile.set(loss.checkpoint.file, { ...loss, at })
  }

  /**
   * Reports the losses that are due.
   *
   * @param isPending whether parts of a log are still to be opened
   * @returns their checkpoints, marked as finished, so that the loss is not reported again
   */
  async reportDue(
    isDue: (loss: Loss) => boolean,
    isPending: (log: string) => boolean,
  ): Promise<{ readonly input: Input; readonly checkpoint: Checkpoint }[]> {
    const reported = []
    for (const loss of [...this.#byFile.values()]) {
      const { input, checkpoint, log } = loss
      const isFound =
        this.#opener.index.get(checkpoint.file) !== checkpoint || this.#opener.wasSeenAgain(checkpoint)
      if (isFound) this.#byFile.delete(checkpoint.file)
      else if (isDue(loss) && !isPending(log) && (await this.#isGone(checkpoint))) {
        this.#byFile.delete(checkpoint.file)
        this.#report(loss)
        const finished = { ...checkpoint, finished: 1 } as const
        this.#opener.index.put(finished)
        reported.push({ input, checkpoint: finished })
      }
    }
    return reported
  }

  /** False while its folder is absent (a disk is mounted late), and while the log is there but may not be read. */
  async #isGone({ path, inode }: Checkpoint): Promise<boolean> {
    const folder = await stat(dirname(path)).catch(() => undefined)
    if (!folder) return false
    try {
      const stats = await stat(path, { bigint: true })
      return inodeOf(stats) !== inode || stats.size === 0n || this.#opener.followed.has(inode)
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ENOENT'
    }
  }

  #report({ checkpoint: { path, offset, size, changed }, at }: Loss): void {
    const iso = (ms: number) => new Date(ms).toISOString()
    const span = changed > 0 && at > changed
    this.#telemetry({
      ...{ kind: 'input-lost', path, offset },
      ...(size > offset && { bytes: size - offset }),
      ...(span && { from: iso(changed), to: iso(at), seconds: (at - changed) / 1000 }),
    })
  }
}
