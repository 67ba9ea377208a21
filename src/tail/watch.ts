/**
 * Wakes the reader when something may have changed in a folder. A hint and never the truth: an event may be
 * missing, late or about something else, so a slow poll wakes him too, and he looks for himself.
 */
import type { BigIntStats } from 'node:fs'
import { inodeOf, statSignatureOf } from '../files/files.js'
import { idleLookMs } from '../limits.js'
import type { Clock } from '../time/clock.js'
import type { Wake } from '../time/wake.js'
import type { Followed } from './followed.js'
import { filesOf } from './inputs.js'
import type { Input } from './source.js'

/*
 * Tells whether all inputs are as they were. To look what has come of them takes ten times the work, each file by
 * itself: a daemon that polls and has nothing to do asks this first.
 */

/**
 * Gives a function that resolves to true if no path of the inputs changed since it was asked last, and all that the
 * open files hold, wherever they went, was read. False where that cannot be told, and the first time.
 */
export const createIdleCheck = (
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
  stats ? `${path} ${inodeOf(stats)} ${statSignatureOf(stats)} ${stats.ctimeNs}` : path

const signsOf = async (input: Input): Promise<string> =>
  Array.from(await filesOf(input), ([path, stats]) => signOf(path, stats)).join('\n')

const isRead = async ({ source }: Followed): Promise<boolean> =>
  (await source.statSignature()) === source.endSignature()

/**
 * Calls `wake` on every sign of change in the folders, and every `pollMs` unless all is still, until the signal aborts.
 *
 * @param isIdle whether anything has moved since it was asked last
 */
export const watchFolders = (
  folders: readonly string[],
  pollMs: number,
  wake: Wake,
  clock: Clock,
  signal: AbortSignal,
  isIdle: () => Promise<boolean> = () => Promise.resolve(false),
): void => {
  const listen = async () => {
    // Loaded while what is there already is read.
    const { watch } = await import('chokidar')
    if (signal.aborted) return
    const watcher = watch([...folders], { depth: 0, ignoreInitial: true, ignorePermissionErrors: true })
    // `raw` too: chokidar holds back a second `change` that follows within 50 ms.
    watcher.on('all', wake.call).on('raw', wake.call)
    // Nobody has told of what came before it was ready.
    watcher.on('ready', wake.call)
    // Without notifications (no inotify watches left, a network file system) the poll is enough.
    watcher.on('error', wake.call)
    signal.addEventListener('abort', () => void watcher.close())
  }
  const poll = async () => {
    for (let idleMs = 0; !signal.aborted;) {
      await clock.sleep(pollMs, signal)
      idleMs += pollMs
      // Asked each time: it compares with what was there when it was asked last.
      if ((await isIdle()) && idleMs < idleLookMs) continue
      idleMs = 0
      wake.call()
    }
  }
  if (signal.aborted) return
  // Where that fails the poll is enough.
  listen().catch(wake.call)
  void poll()
}
