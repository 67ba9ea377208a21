/** Waits until a file has grown. */
import { existsSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when a file holds more than so many bytes. */
export const grown = async (path: string, bytes: number): Promise<void> => {
  while (!existsSync(path) || statSync(path).size <= bytes) await sleep(1)
}
