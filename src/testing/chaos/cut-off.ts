/**
 * Runs the program as a process whose clock a test can set, and which it can kill in the middle of an append: a signal from
 * outside would come too late.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { start, type Started } from '../process.js'

/** Loaded before the program: if the file exists, it writes a share of the next append and then kills the process. */
const saboteur = `
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const cut = (bytes, write) => {
  if (!fs.existsSync(process.env.CHAOS_CUT)) return
  const share = Number(fs.readFileSync(process.env.CHAOS_CUT, 'utf8'))
  write(bytes.subarray(0, Math.floor(bytes.length * share)))
  process.kill(process.pid, 'SIGKILL')
}
const handle = await fs.promises.open(process.execPath)
const handles = Object.getPrototypeOf(handle)
await handle.close()
const { write } = handles
handles.write = function (bytes, offset = 0, length = bytes.length - offset, position = null) {
  const place = part => fs.writeSync(this.fd, part, 0, part.length, position)
  cut(bytes.subarray(offset, offset + length), place)
  return write.call(this, bytes, offset, length, position)
}
const { appendFile } = fs.promises
fs.promises.appendFile = (path, bytes, options) => {
  cut(bytes, part => fs.appendFileSync(path, part))
  return appendFile(path, bytes, options)
}
syncBuiltinESMExports()
const now = Date.now
Date.now = () => {
  const seconds = fs.existsSync(process.env.CHAOS_CLOCK) ? fs.readFileSync(process.env.CHAOS_CLOCK, 'utf8') : '0'
  return now() + Number(seconds) * 1000
}
`

export interface CutOff extends Started {
  /** The next append ends after this share of its bytes, from 0 to 1, and so does the process. */
  readonly cut: (share: number) => void
}

/** The file with the offset of the clock, in seconds, for the processes in a folder. */
export const clockIn = (folder: string): string => join(folder, 'clock')

/** @param folder the folder of the two control files; an old kill order in it is removed */
export const startCutOff = (folder: string, ...args: readonly string[]): CutOff => {
  const file = join(folder, 'cut')
  rmSync(file, { force: true })
  const before = env['NODE_OPTIONS']
  env['NODE_OPTIONS'] = `--import data:text/javascript,${encodeURIComponent(saboteur)}`
  env['CHAOS_CUT'] = file
  env['CHAOS_CLOCK'] = clockIn(folder)
  try {
    return { ...start(...args), cut: share => writeFileSync(file, String(share)) }
  } finally {
    if (before === undefined) delete env['NODE_OPTIONS']
    else env['NODE_OPTIONS'] = before
    delete env['CHAOS_CUT']
    delete env['CHAOS_CLOCK']
  }
}
