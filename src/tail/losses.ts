/**
 * Losses: a log that we read, that its sensor may have written to since, and that is nowhere to be found: logrotate's
 * `olddir` moved it to a folder that is no input, or somebody deleted it. Each is told once, whatever stands at its
 * path by now. Where it is found after all, it is read on from its position. A life that ends before the wait is over
 * tells it at its end, and the next one, which finds it in the positions as it was, tells it again.
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
  /** Epoch ms of the look that did not find it. */
  readonly at: number
  /** Until then it may still come to an archive: as `tell` counts. */
  readonly until: number
  /** Its site has archives: the end of our life is no end of the wait. */
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

  /** It was not found. That of the first look counts, except for what is known of its archives. */
  expect(loss: Loss): void {
    const { at = loss.at } = this.#byFile.get(loss.checkpoint.file) ?? {}
    this.#byFile.set(loss.checkpoint.file, { ...loss, at })
  }

  /**
   * Tells of those that are not expected to be found any more; gives them with the positions that say so.
   *
   * @param isPending for a log of which parts are still to be opened
   */
  async tell(
    isDue: (loss: Loss) => boolean,
    isPending: (log: string) => boolean,
  ): Promise<{ readonly input: Input; readonly checkpoint: Checkpoint }[]> {
    const told = []
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
        told.push({ input, checkpoint: finished })
      }
    }
    return told
  }

  /** Not while its folder is not there (a disk is mounted late), or it lies there and may not be read. */
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
