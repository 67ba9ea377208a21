/** The program as a process whose files fail when the test says so, as on a disk that dies or was mounted read-only. */
import { renameSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { startPreloaded } from './preloaded.js'
import type { Started } from './process.js'

/** Which operation on which file fails, and with which code of the system. */
export interface Fault {
  readonly does: 'open' | 'read' | 'write' | 'datasync' | 'commit'
  /** Of the system, or of SQLite. */
  readonly code: 'EIO' | 'EROFS' | 'EMFILE' | 'SQLITE_IOERR_WRITE'
  /** The end of the path. */
  readonly file: string
}

/** Loaded before the program: what is in the file of faults fails. */
const faults = `
import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
const fail = (does, path) => {
  if (!fs.existsSync(process.env.FAULTS)) return
  for (const fault of JSON.parse(fs.readFileSync(process.env.FAULTS, 'utf8')))
    if (fault.does === does && path.endsWith(fault.file))
      throw Object.assign(new Error(fault.code + ': made by the test, ' + does + ' ' + path), { code: fault.code })
}
const handle = await fs.promises.open(process.execPath)
const handles = Object.getPrototypeOf(handle)
await handle.close()
for (const does of ['read', 'write', 'datasync']) {
  const work = handles[does]
  handles[does] = async function (...args) {
    fail(does, fs.readlinkSync('/proc/self/fd/' + this.fd))
    return work.apply(this, args)
  }
}
const { open } = fs.promises
fs.promises.open = async (path, ...rest) => {
  fail('open', path)
  return open(path, ...rest)
}
syncBuiltinESMExports()
const Database = createRequire(process.cwd() + '/')('better-sqlite3')
const statements = Object.getPrototypeOf(new Database(':memory:').prepare('COMMIT'))
const { run } = statements
statements.run = function (...args) {
  if (this.source === 'COMMIT') fail('commit', this.database.name)
  return run.apply(this, args)
}
`

export interface Faulty extends Started {
  /** What fails from now on; nothing else does any more. */
  readonly fail: (...faults: readonly Fault[]) => void
}

/** @param file where the faults are told; those that are in it already hold from the start */
export const startFaulty = (t: Test, file: string, ...args: readonly string[]): Faulty => ({
  ...startPreloaded(t, faults, { FAULTS: file }, ...args),
  fail: (...faults) => tellFaults(file, faults),
})

/** Before a start, or while it runs. In one step: the program reads the file at each operation. */
export const tellFaults = (file: string, faults: readonly Fault[]): void => {
  writeFileSync(`${file}.new`, JSON.stringify(faults))
  renameSync(`${file}.new`, file)
}
