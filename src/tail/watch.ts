/**
 * Wakes the reader when a file in a folder may have changed. Events of the system are only hints: they can be missing or
 * late, so a slow poll wakes the reader, too.
 */
import type { BigIntStats } from 'node:fs'
import { inodeOf, statSignatureOf } from '../files/files.js'
import { idleLookMs } from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'
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

export interface WatchOptions {
  readonly pollSeconds: number
  /** See createIdleCheck. Even while it is true, `wake` is called every idleLookMs. */
  readonly isIdle?: () => Promise<boolean>
  readonly clock: Clock
  readonly telemetry?: Telemetry
}

/** Calls `wake` at each event in the folders, and every `pollSeconds` if `isIdle` resolves to false, until the signal aborts. */
export const watchFolders = (
  folders: readonly string[],
  { pollSeconds, isIdle = () => Promise.resolve(false), clock, telemetry = () => undefined }: WatchOptions,
  wake: Wake,
  signal: AbortSignal,
): void => {
  const pollMs = pollSeconds * 1000
  let isReported = false
  /** Without events (no inotify watches left, a network file system) the poll must do. */
  const fail = (error: unknown) => {
    if (!isReported) telemetry({ kind: 'watch-failed', error: String(error) })
    isReported = true
    wake.call()
  }
  const listen = async () => {
    // Loaded while the reader reads existing files.
    const { watch } = await import('chokidar')
    if (signal.aborted) return
    const watcher = watch([...folders], { depth: 0, ignoreInitial: true, ignorePermissionErrors: true })
    // `raw` too: chokidar drops a second `change` within 50 ms.
    watcher.on('all', wake.call).on('raw', wake.call)
    // Changes before it was ready raised no event.
    watcher.on('ready', wake.call)
    watcher.on('error', fail)
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
  listen().catch(fail)
  void poll()
}
