/** What a database that cannot be opened means, and what to do about it. */
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, whyRefused } from '../files/rights.js'

/** The codes of SQLite and of the system for what the user of this process may not do, or not here. */
const denied = /^(SQLITE_(CANTOPEN|READONLY|PERM|AUTH)|EACCES|EPERM|EROFS|EISDIR|ENOTDIR|EEXIST)/
const broken = /^SQLITE_(NOTADB|CORRUPT)/

/** What SQLite has no code of its own for: the schema format of the header, https://www.sqlite.org/fileformat.html#schemaformat */
const unsupported = 'unsupported file format'

export const damaged = (path: string, why: string): Error =>
  new Error(
    `${path} is damaged or no database (${why}). Nothing was changed. Restore it from a backup, or move it away ` +
      'to begin anew: all first contacts are then new again.',
  )

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

export const isDenied = (error: unknown): boolean => denied.test(codeOf(error))

/** Why this process may not write a database, or not make the files that SQLite needs beside it; without full stop. */
export const whyReadOnly = (path: string): string | undefined =>
  [
    dirname(path),
    ...['', '-wal', '-shm', '.lock'].map(suffix => path + suffix).filter(file => existsSync(file)),
  ]
    .map(file => whyRefused(file, 'write'))
    .find(why => why !== undefined)

/**
 * The error to be told instead: an error of SQLite says neither the file nor what to do.
 *
 * @param elsewhere where else it may be
 */
export const explained = (path: string, error: unknown, elsewhere = 'another --data directory'): unknown => {
  if (!(error instanceof Error)) return error
  if (broken.test(codeOf(error)) || error.message === unsupported) return damaged(path, error.message)
  if (!isDenied(error)) return error
  if (isFolder(path))
    return new Error(`${path} is a folder, and no database. Move it away, or give ${elsewhere}.`)
  const why = whyReadOnly(path)
  const isMounted = why?.includes('EROFS') === true
  return new Error(
    `${path} cannot be opened for writing (${why ?? error.message}). Nothing was changed. ` +
      `${isMounted ? 'Mount that for writing' : 'Give it and its folder to the user that domainstats runs as'}, or ` +
      `give ${elsewhere}.`,
  )
}
