/** Runs the program as a process in which file operations fail or hang on demand, as on a broken or read-only disk. */
import { renameSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { startPreloaded } from './preloaded.js'
import type { Started } from './process.js'

/** An operation on a file that fails, and the error code; or one that never ends. */
export interface Fault {
  readonly does: 'open' | 'read' | 'write' | 'datasync' | 'commit'
  /** A code of the system or of SQLite. */
  readonly code: 'EIO' | 'EROFS' | 'EMFILE' | 'SQLITE_IOERR_WRITE' | 'never-ends'
  /** The end of the path. */
  readonly file: string
}

/** Loaded before the program: makes the operations fail that the file FAULTS lists. */
const faults = `
import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
const fail = (does, path) => {
  if (!fs.existsSync(process.env.FAULTS)) return
  for (const fault of JSON.parse(fs.readFileSync(process.env.FAULTS, 'utf8')))
    if (fault.does === does && path.endsWith(fault.file)) {
      if (fault.code === 'never-ends') return new Promise(() => undefined)
      throw Object.assign(new Error(fault.code + ': made by the test, ' + does + ' ' + path), { code: fault.code })
    }
}
const handle = await fs.promises.open(process.execPath)
const handles = Object.getPrototypeOf(handle)
await handle.close()
for (const does of ['read', 'write', 'datasync']) {
  const work = handles[does]
  handles[does] = async function (...args) {
    await fail(does, fs.readlinkSync('/proc/self/fd/' + this.fd))
    return work.apply(this, args)
  }
}
const { open } = fs.promises
fs.promises.open = async (path, ...rest) => {
  await fail('open', path)
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
  /** Sets the faults; replaces those set before. */
  readonly fail: (...faults: readonly Fault[]) => void
}

/** @param file the file of faults; those that are in it already apply from the start */
export const startFaulty = (t: Test, file: string, ...args: readonly string[]): Faulty => ({
  ...startPreloaded(t, faults, { FAULTS: file }, ...args),
  fail: (...faults) => writeFaults(file, faults),
})

/** Sets the faults, before a start or while the program runs. By a rename: the program reads the file at each operation. */
export const writeFaults = (file: string, faults: readonly Fault[]): void => {
  writeFileSync(`${file}.new`, JSON.stringify(faults))
  renameSync(`${file}.new`, file)
}
