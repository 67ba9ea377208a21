/** A disk of its own for a script, that is full for a while. Needs root, and a kernel that lets it mount. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmdirSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export interface Disk {
  /** Its folder. */
  readonly path: string
  /** Not one page more fits, for so many milliseconds. */
  readonly full: (ms: number) => void
  /** Resolves when there is room. */
  readonly room: () => Promise<void>
  /** Ends it. `keepIn`: a folder to which goes what is on it. */
  readonly remove: (keepIn?: string) => void
}

const roomKib = 1024 * 1024

const mount = (path: string, options: string): void => {
  const args = ['-t', 'tmpfs', '-o', options, 'domainstats-chaos', path]
  execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
const unmount = (path: string): void => void execFileSync('umount', ['--lazy', path])

/** Makes the disk as small as what is on it. Somebody may write meanwhile, and then it is too small for that. */
const shrink = (path: string): void => {
  for (let tries = 0; tries < triesMax; tries++)
    try {
      const { blocks, bfree, bsize } = statfsSync(path)
      mount(path, `remount,size=${((blocks - bfree) * bsize) / 1024}k`)
      return
    } catch {
      // once more
    }
}
const triesMax = 5

/** @param path a folder that is not there yet */
export const openDisk = (path: string): Disk => {
  mkdirSync(path)
  mount(path, `size=${roomKib}k`)
  let holders: Promise<void>[] = []
  const full = async (ms: number) => {
    shrink(path)
    await pause(ms)
    mount(path, `remount,size=${roomKib}k`)
  }
  return {
    path,
    full: ms => void holders.push(full(ms)),
    room: async () => {
      await Promise.all(holders)
      holders = []
    },
    remove: keepIn => {
      if (keepIn !== undefined) cpSync(path, join(keepIn, 'disk-as-it-was'), { recursive: true })
      unmount(path)
      rmdirSync(path)
    },
  }
}

/** Whether there can be such disks here. */
export const canMount = (): boolean => {
  const path = mkdtempSync(join(tmpdir(), 'chaos-disk-'))
  try {
    mount(path, 'size=64k')
    unmount(path)
    return true
  } catch {
    return false
  } finally {
    rmdirSync(path)
  }
}
