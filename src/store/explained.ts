/** What a database that cannot be opened means, and what to do about it. */
import { statSync } from 'node:fs'

/** The codes of SQLite and of the system for what the user of this process may not do, or not here. */
const denied = /^(SQLITE_(CANTOPEN|READONLY|PERM|AUTH)|EACCES|EPERM|EROFS|EISDIR|ENOTDIR|EEXIST)/
const broken = /^SQLITE_(NOTADB|CORRUPT)/

/** What SQLite has no code of its own for: the schema format of the header, https://www.sqlite.org/fileformat.html#schemaformat */
const unsupported = 'unsupported file format'

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

export const damaged = (path: string, why: string): Error =>
  new Error(
    `${path} is damaged or no database (${why}). Nothing was changed. Restore it from a backup, or move it away ` +
      'to begin anew: all first contacts are then new again.',
  )

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** The error to be told instead: an error of SQLite says neither the file nor what to do. */
export const explained = (path: string, error: unknown): unknown => {
  if (!(error instanceof Error)) return error
  if (broken.test(codeOf(error)) || error.message === unsupported) return damaged(path, error.message)
  if (!denied.test(codeOf(error))) return error
  if (isFolder(path))
    return new Error(`${path} is a folder, and no database. Move it away, or give another --data directory.`)
  return new Error(
    `${path} cannot be opened for writing (${error.message}). Nothing was changed. Give it and its folder to the ` +
      'user that domainstats runs as, or give another --data directory.',
  )
}
