/**
 * Checks whether this process may read, write or enter a path, and explains a refusal with the modes and owners on the
 * way: the message of the system does not name the folder to blame.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { getgid, getuid } from 'node:process'

/** The code of an error of the system or of SQLite, such as `ENOENT`; '' for any other error. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const modes = { read: constants.R_OK, write: constants.W_OK, enter: constants.X_OK } as const

/** `write` for a folder: to create, rename and remove files in it. */
type Access = keyof typeof modes

/** The error code with which the system refuses access; undefined if it grants it. */
export const refusal = (path: string, access: Access): string | undefined => {
  try {
    accessSync(path, modes[access])
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

/**
 * Why access is refused, without full stop: `/var/log/suricata may not be entered (EACCES: mode 770, owner 0:115; this
 * process is 998:998)`. Undefined if it is granted.
 */
export const whyRefused = (path: string, access: Access): string | undefined => {
  const code = refusal(path, access)
  if (code === undefined) return undefined
  if (code === 'ENOENT') return `${path} is not there`
  if (code === 'EROFS') return `${path} is on a file system that is mounted read-only (EROFS)`
  const closed = firstClosed(dirname(path))
  const [at, done] = closed === undefined ? [path, participles[access]] : [closed, 'entered']
  return `${at} may not be ${done} (${code}${ownerOf(at)})`
}

/** Why a file may not be written, or created together with its folders; without full stop. */
export const whyUnwritable = (path: string): string | undefined =>
  (existsSync(path) ? whyRefused(path, 'write') : undefined) ?? whyRefused(firstThere(dirname(path)), 'write')

const firstThere = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : firstThere(dirname(folder))

const participles: Readonly<Record<Access, string>> = { read: 'read', write: 'written', enter: 'entered' }

/** The first folder on the way, from the root, that may not be entered. */
const firstClosed = (folder: string): string | undefined => {
  const above = dirname(folder)
  const before = above === folder ? undefined : firstClosed(above)
  return before ?? (refusal(folder, 'enter') === undefined ? undefined : folder)
}

const ownerOf = (path: string): string => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) return ''
  const mode = (stats.mode & 0o7777).toString(8)
  return `: mode ${mode}, owner ${stats.uid}:${stats.gid}; this process is ${getuid?.()}:${getgid?.()}`
}
