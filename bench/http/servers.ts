/** Starts the two servers: a bare node:http, and the daemon with its port. */
import { join } from 'node:path'
import * as z from 'zod'
import { openChild } from '../child.js'
import { importNames, run } from '../program.js'
import { domainOf } from './names.js'

export interface Server {
  readonly url: string
  readonly pid: number
  readonly end: () => void | Promise<void>
}

export const openBare = async (): Promise<Server> => {
  const { says, pid, end } = openChild(join(import.meta.dirname, 'bare.js'))
  return { url: z.string().parse(await says()), pid, end }
}

const answer = z.object({ category: z.literal('ESTABLISHED') })

/**
 * A daemon that knows the registrations of all names, and had its first contact with some of them. Look-ups are on, and
 * none is needed.
 *
 * @throws Error if the answer for one of them is not ESTABLISHED
 */
export const openDaemon = async (
  dir: string,
  known: readonly string[],
  registered: readonly string[],
): Promise<Server> => {
  await importNames(dir, [...known, ...registered].map(domainOf))
  // An address without a server, in case of a look-up.
  const servers = Object.fromEntries(['com', 'net', 'org'].map(tld => [tld, 'http://127.0.0.1:1/']))
  const opened = /"kind":"http-opened","address":"([^"]+)"/
  const { pid, said, end } = await run(dir, { rdap: { servers } }, ['--http', '127.0.0.1:0'], opened)
  const url = opened.exec(said)?.[1] ?? ''
  for (const name of known) answer.parse(await (await fetch(`${url}/${name}`)).json())
  return { url, pid, end: () => end('SIGTERM') }
}
