/** A small disk for a script, which is full for a while. Needs root, and a kernel that allows the mount. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmdirSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export interface Disk {
  /** Its folder. */
  readonly path: string
  /** Fills the disk for so many milliseconds. */
  readonly full: (ms: number) => void
  /** Resolves when there is space again. */
  readonly room: () => Promise<void>
  /** Unmounts it. `keepIn`: a folder to which its content is copied. */
  readonly remove: (keepIn?: string) => void
}

const roomKib = 1024 * 1024

const mount = (path: string, options: string): void => {
  const args = ['-t', 'tmpfs', '-o', options, 'domainstats-chaos', path]
  execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
const unmount = (path: string): void => void execFileSync('umount', ['--lazy', path])

/** Shrinks the disk to its content. The daemon may write meanwhile; then the kernel refuses, and it is tried again. */
const shrink = (path: string): void => {
  for (let tries = 0; tries < triesMax; tries++)
    try {
      const { blocks, bfree, bsize } = statfsSync(path)
      mount(path, `remount,size=${((blocks - bfree) * bsize) / 1024}k`)
      return
    } catch {
      // tries again
    }
}
const triesMax = 5

/** @param path a folder that does not exist yet */
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

/** Whether this process may mount such disks. */
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
