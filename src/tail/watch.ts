/**
 * Wakes the reader when something may have changed in a folder. A hint and never the truth: an event may be
 * missing, late or about something else, so a slow poll wakes him too, and he looks for himself.
 */
import { watch } from 'chokidar'
import type { Clock } from '../clock.js'
import type { Wake } from '../wake.js'

/** Calls `wake` on every sign of change in the folders, and every `pollMs`, until the signal aborts. */
export const watchFolders = (
  folders: readonly string[],
  pollMs: number,
  wake: Wake,
  clock: Clock,
  signal: AbortSignal,
): void => {
  if (signal.aborted) return
  const watcher = watch([...folders], { depth: 0, ignoreInitial: true, ignorePermissionErrors: true })
  // `raw` too: chokidar holds back a second `change` that follows within 50 ms.
  watcher.on('all', wake.call).on('raw', wake.call)
  // Without notifications (no inotify watches left, a network file system) the poll is enough.
  watcher.on('error', wake.call)
  signal.addEventListener('abort', () => void watcher.close())
  const poll = async () => {
    while (!signal.aborted) {
      await clock.sleep(pollMs, signal)
      wake.call()
    }
  }
  void poll()
}
