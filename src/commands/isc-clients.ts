/** `domainstats isc-client add`, `list`, `remove`, `deny` and `allow`. */
import { randomBytes } from 'node:crypto'
import { excerpt } from '../config/problem.js'
import {
  iscClientNameCharsMax,
  iscClientsMax,
  iscMessageCharsMax,
  iscPerMinuteMax,
  iscTokenBytes,
} from '../limits.js'
import { tokenDigest } from '../http/gate.js'
import { asciiOnly } from '../lookup/isc/responses.js'
import type { IscClient } from '../model/isc-client.js'
import { isoTime, toJsonLine } from '../output/json.js'
import { minuteText, type TableColumn } from '../output/table.js'
import { systemClock } from '../time/clock.js'
import { withStateOf, withStateToRead } from './data-folder.js'
import { type Io, UsageError } from './io.js'
import { show } from './pdns.js'

interface ClientFlags {
  readonly data: string
  readonly name: string
}

/** A word, so that it can be typed. @throws UsageError for any other name */
const nameFrom = (name: string): string => {
  if (/^[!-~]+$/.test(name) && name.length <= iscClientNameCharsMax && !name.startsWith('-')) return name
  throw new UsageError(
    `"${excerpt(name)}" is no name of a client: one word of at most ${iscClientNameCharsMax} printable ASCII characters.`,
  )
}

/** `isc-client add`. @throws UsageError for a value that is none; Error if it is there already, or there are too many */
export const addIscClient = async (
  flags: ClientFlags & { readonly perMinute: number | undefined },
  io: Io,
): Promise<void> => {
  const { perMinute } = flags
  const name = nameFrom(flags.name)
  if (
    perMinute !== undefined &&
    !(Number.isSafeInteger(perMinute) && perMinute > 0 && perMinute <= iscPerMinuteMax)
  )
    throw new UsageError(`--per-minute takes a whole number from 1 to ${iscPerMinuteMax}.`)
  const token = randomBytes(iscTokenBytes).toString('base64url')
  const why = await withStateOf(flags.data, ({ iscChanges }) =>
    iscChanges.addClient(name, tokenDigest(token), perMinute, systemClock.now()),
  )
  if (why === 'name-taken') throw new Error(`there is a client ${name} already: remove it for a new token`)
  if (why === 'too-many') throw new Error(`not stored: there are ${iscClientsMax} clients, which is the most`)
  io.stderr.write(`client ${name} may ask; its token, for isc.token of its settings, is shown only now:\n`)
  io.stdout.write(`${token}\n`)
}

const demandClient = (isThere: boolean, name: string): void => {
  if (!isThere) throw new Error(`there is no client "${excerpt(name)}"`)
}

/** `isc-client remove`. @throws UsageError if the folder has no state; Error if there is no such client */
export const removeIscClient = async ({ data, name }: ClientFlags, io: Io): Promise<void> => {
  demandClient(await withStateOf(data, ({ iscChanges }) => iscChanges.removeClient(name)), name)
  io.stderr.write(`client ${name} removed\n`)
}

/** `isc-client deny`, and `allow` without a text. @throws UsageError for an empty text; Error if there is no such client */
export const denyIscClient = async (
  { data, name, text }: ClientFlags & { readonly text: string | undefined },
  io: Io,
): Promise<void> => {
  const why = text === undefined ? undefined : asciiOnly(text, iscMessageCharsMax)
  if (why === '') throw new UsageError('The text for the client holds nothing printable.')
  demandClient(await withStateOf(data, ({ iscChanges }) => iscChanges.denyClient(name, why)), name)
  io.stderr.write(why === undefined ? `client ${name} may ask\n` : `client ${name} is denied: ${why}\n`)
}

const timeText = (at: number | undefined): string => (at === undefined ? '' : minuteText(at))

const columns: readonly TableColumn<IscClient>[] = [
  { title: 'CLIENT', width: 24, place: 'name', text: ({ name }) => name },
  { title: 'SEEN', width: 16, place: 5, text: ({ seen }) => timeText(seen) },
  { title: 'QUERIES', width: 9, place: 4, text: ({ queries }) => String(queries) },
  { title: 'REFUSED', width: 9, place: 3, text: ({ refused }) => String(refused) },
  { title: 'VERSION', width: 10, place: 2, text: ({ status }) => status?.software ?? '' },
  { title: 'LISTS', width: 8, place: 1, text: ({ status }) => status?.database ?? '' },
  { title: 'DENIED', width: 36, place: 'last', text: ({ denied = '' }) => denied },
]

const clientLine = ({ name, perMinute, added, seen, queries, refused, denied, status }: IscClient): string =>
  `${toJsonLine({
    ...{ client: name, per_minute: perMinute, added: isoTime(added), denied },
    ...{ seen: seen === undefined ? undefined : isoTime(seen), queries, refused },
    ...(status && {
      ...{ status: isoTime(status.at), software: status.software, database: status.database },
      ...{ cache_efficiency: status.cache, database_efficiency: status.databaseHits },
    }),
  })}\n`

/** `isc-client list`. @throws UsageError if the folder has no state */
export const listIscClients = async (
  flags: { readonly data: string; readonly json: boolean },
  io: Io,
): Promise<void> => {
  await withStateToRead(flags.data, io.signal, store =>
    show(io, flags.json, columns, clientLine, () => [store.isc.clients()]),
  )
}
