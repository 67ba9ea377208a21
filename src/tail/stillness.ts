/**
 * Tells whether all inputs are as they were. To look what has come of them takes ten times the work, each file by
 * itself: a daemon that polls and has nothing to do asks this first.
 */
import type { BigIntStats } from 'node:fs'
import { inodeOf, stateOf } from '../files/files.js'
import type { Followed } from './followed.js'
import { placesOf } from './paths.js'
import type { Input } from './source.js'

/**
 * Gives a function that resolves to true if no path of the inputs changed since it was asked last, and all that the
 * open files hold, wherever they went, was read. False where that cannot be told, and the first time.
 */
export const createStillness = (
  inputs: readonly Input[],
  followed: () => Iterable<Followed>,
): (() => Promise<boolean>) => {
  let before: string | undefined
  return async () => {
    try {
      const now = (await Promise.all(inputs.map(signsOf))).join('\n')
      const isSame = now === before
      before = now
      return isSame && (await Promise.all(Array.from(followed(), isRead))).every(Boolean)
    } catch {
      return false // a file was closed meanwhile, or a folder cannot be read: whoever looks will see
    }
  }
}

/** The time of the inode too: it moves when permissions are granted. */
const signOf = (path: string, stats: BigIntStats | undefined): string =>
  stats ? `${path} ${inodeOf(stats)} ${stateOf(stats)} ${stats.ctimeNs}` : path

const signsOf = async (input: Input): Promise<string> =>
  Array.from(await placesOf(input), ([path, stats]) => signOf(path, stats)).join('\n')

const isRead = async ({ source }: Followed): Promise<boolean> => (await source.state()) === source.seal()
