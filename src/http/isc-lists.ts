/**
 * The lists of registrations that older clients load when CONFIG asks for a newer database version, as domain_stats2 did
 * from its `target_updates`: MAJOR/MINOR.txt; and the SHA256SUMS that our own `update` reads.
 */
import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { updateBytesMax } from '../limits.js'
import { commonHeaders, plainText, respondError } from './respond.js'

export const listsPath = '/lists/'

/** No other file of the folder is served, whatever is in it. */
const listName = /^(?:\d{1,9}\/\d{1,9}\.txt|SHA256SUMS)$/

interface ListFile {
  readonly handle: FileHandle
  readonly bytes: number
}

/**
 * Opens a list. Undefined where there is none: a link, a pipe and a larger file are none either.
 *
 * @param folder absolute
 * @param name below it: `1/2.txt`
 */
const openListFile = async (folder: string, name: string): Promise<ListFile | undefined> => {
  if (!listName.test(name)) return undefined
  let handle: FileHandle | undefined
  try {
    const path = join(await realpath(folder), name)
    if ((await realpath(path)) !== path) return undefined
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = await handle.stat()
    if (stats.isFile() && stats.size <= updateBytesMax) return { handle, bytes: stats.size }
  } catch {
    // Not there, or not to be read: to a client it is the same.
  }
  await handle?.close()
  return undefined
}

/**
 * Answers with a list.
 *
 * @param folder undefined: there are none
 * @param name what follows `/lists/` in the path
 * @returns the status
 */
export const respondList = async (
  response: ServerResponse,
  folder: string | undefined,
  name: string,
): Promise<200 | 404> => {
  const file = folder === undefined ? undefined : await openListFile(folder, name)
  if (!file) {
    respondError(response, 404, 'there is no such list')
    return 404
  }
  const { handle, bytes } = file
  response.writeHead(200, { ...commonHeaders(plainText), 'content-length': String(bytes) })
  if (bytes === 0 || response.req.method === 'HEAD') {
    await handle.close()
    response.end()
  } else await pipeline(handle.createReadStream({ end: bytes - 1 }), response)
  return 200
}
