/**
 * Wakes the reader when a file in a folder may have changed. Events of the system are only hints: they can be missing or
 * late, so a slow poll wakes the reader, too.
 */
import type { BigIntStats } from 'node:fs'
import { inodeOf, statSignatureOf } from '../files/files.js'
import { idleLookMs } from '../limits.js'
import type { Clock } from '../time/clock.js'
import type { Wake } from '../time/wake.js'
import type { Followed } from './followed.js'
import { filesOf } from './inputs.js'
import type { Input } from './source.js'

/**
 * Creates the idle check: a function that resolves to true if no path of the inputs changed since its last call, and all
 * bytes of the open files were read. It resolves to false at its first call, and if it cannot tell. It costs a tenth of a
 * full look at the inputs, so an idle daemon calls it first.
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
      return false // a file was closed meanwhile, or a folder cannot be read: the full look will handle it
    }
  }
}

/** With ctime, which changes when permissions are granted. */
const signOf = (path: string, stats: BigIntStats | undefined): string =>
  stats ? `${path} ${inodeOf(stats)} ${statSignatureOf(stats)} ${stats.ctimeNs}` : path

const signsOf = async (input: Input): Promise<string> =>
  Array.from(await filesOf(input), ([path, stats]) => signOf(path, stats)).join('\n')

const isRead = async ({ source }: Followed): Promise<boolean> =>
  (await source.statSignature()) === source.endSignature()

/**
 * Calls `wake` at each event in the folders, and every `pollMs` if `isIdle` resolves to false, until the signal aborts.
 *
 * @param isIdle see createIdleCheck; even while it is true, `wake` is called every idleLookMs
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
    // Loaded while the reader reads existing files.
    const { watch } = await import('chokidar')
    if (signal.aborted) return
    const watcher = watch([...folders], { depth: 0, ignoreInitial: true, ignorePermissionErrors: true })
    // `raw` too: chokidar drops a second `change` within 50 ms.
    watcher.on('all', wake.call).on('raw', wake.call)
    // Changes before it was ready raised no event.
    watcher.on('ready', wake.call)
    // Without events (no inotify watches left, a network file system) the poll is enough.
    watcher.on('error', wake.call)
    signal.addEventListener('abort', () => void watcher.close())
  }
  const poll = async () => {
    for (let idleMs = 0; !signal.aborted;) {
      await clock.sleep(pollMs, signal)
      idleMs += pollMs
      // Called at each poll, since it compares with its last call.
      if ((await isIdle()) && idleMs < idleLookMs) continue
      idleMs = 0
      wake.call()
    }
  }
  if (signal.aborted) return
  // If that fails, the poll is enough.
  listen().catch(wake.call)
  void poll()
}
