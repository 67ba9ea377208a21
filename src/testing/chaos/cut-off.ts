/** The program as a process that can be killed in the midst of an append: a signal from outside comes too late for that. */
import { rmSync, writeFileSync } from 'node:fs'
import { env } from 'node:process'
import { start, type Started } from '../process.js'

/** Loaded before the program: while there is a file, a share of the next append is written, and then the process is killed. */
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
handles.write = function (bytes, ...rest) {
  cut(bytes, part => fs.writeSync(this.fd, part))
  return write.call(this, bytes, ...rest)
}
const { appendFile } = fs.promises
fs.promises.appendFile = (path, bytes, options) => {
  cut(bytes, part => fs.appendFileSync(path, part))
  return appendFile(path, bytes, options)
}
syncBuiltinESMExports()
`

export interface CutOff extends Started {
  /** The next append ends after this share of its bytes, from 0 to 1, and so does the process. */
  readonly cut: (share: number) => void
}

/** @param file whose presence does it; it is removed here */
export const startCutOff = (file: string, ...args: readonly string[]): CutOff => {
  rmSync(file, { force: true })
  const before = env['NODE_OPTIONS']
  env['NODE_OPTIONS'] = `--import data:text/javascript,${encodeURIComponent(saboteur)}`
  env['CHAOS_CUT'] = file
  try {
    return { ...start(...args), cut: share => writeFileSync(file, String(share)) }
  } finally {
    if (before === undefined) delete env['NODE_OPTIONS']
    else env['NODE_OPTIONS'] = before
    delete env['CHAOS_CUT']
  }
}
