/**
 * `geolocation`: where an address is, and whose network it is in, from a database in a file.
 *
 * @see https://maxmind.github.io/MaxMind-DB/ the format
 */
import { open, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { Reader, Response } from 'mmdb-lib'
import * as z from 'zod'
import { resolveIn } from '../../config/load.js'
import type { SettingsOf } from '../../config/schema-services.js'
import { statSignatureOf } from '../../files/files.js'
import { codeOf } from '../../files/rights.js'
import { geolocationBytesMax } from '../../limits.js'
import type { Clock } from '../../time/clock.js'
import { type AnswerSource, type CommandResult, type CommandFacts, notStarted } from '../answer.js'
import { factOf } from './service.js'

/** What MaxMind calls the fields, and makers who follow it (DB-IP). */
const place = z.object({
  iso_code: z.unknown().optional(),
  names: z.object({ en: z.unknown().optional() }).optional().catch(undefined),
})
const entry = z.object({
  continent: z.object({ code: z.unknown().optional() }).optional().catch(undefined),
  country: place.optional().catch(undefined),
  registered_country: place.optional().catch(undefined),
  city: place.optional().catch(undefined),
  location: z
    .object({ latitude: z.unknown().optional(), longitude: z.unknown().optional() })
    .optional()
    .catch(undefined),
  autonomous_system_number: z.unknown().optional(),
  autonomous_system_organization: z.unknown().optional(),
})

/** The facts that the file has; null if it has none. */
const factsOf = (found: unknown): CommandResult => {
  const { data } = entry.safeParse(found)
  if (!data) return null
  const { continent, country = data.registered_country, city, location } = data
  const all: Readonly<Record<string, unknown>> = {
    ...{ continent: continent?.code, country: country?.iso_code, country_name: country?.names?.en },
    ...{ city: city?.names?.en, latitude: location?.latitude, longitude: location?.longitude },
    ...{ asn: data.autonomous_system_number, as_org: data.autonomous_system_organization },
  }
  const known = Object.entries(all).filter(([, value]) => value !== undefined)
  const facts: CommandFacts = Object.fromEntries(known.map(([name, value]) => [name, factOf(value)]))
  return known.length === 0 ? null : facts
}

/** In the last bytes of the file, in front of the metadata. */
const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const metadataBytes = 128 * 1024

type Database = Reader<Response>

/** @throws Error that names the file, and what is wrong with it */
const readDatabase = async (path: string): Promise<Database> => {
  const handle = await open(path, 'r')
  try {
    const found = await handle.stat()
    // Reading a pipe could block for ever.
    if (!found.isFile()) throw new Error(`${path} is not a regular file`)
    if (found.size > geolocationBytesMax)
      throw new Error(`${path} is larger than ${geolocationBytesMax} bytes`)
    const bytes = await handle.readFile()
    // Else the library would look for it in the whole file, byte by byte.
    if (!bytes.subarray(-metadataBytes).includes(marker))
      throw new Error(`${path} is no database in the MMDB format, or not the whole of one`)
    const library = await import('mmdb-lib')
    return new library.Reader(bytes)
  } finally {
    await handle.close()
  }
}

const whyUnread = (path: string, error: unknown): string => {
  const code = codeOf(error)
  if (code === 'ENOENT') return `${path} is not there`
  if (code === 'EACCES') return `${path} may not be read by the user that domainstats runs as`
  const why = error instanceof Error ? error.message : String(error)
  return why.startsWith(path) ? why : `${path} is damaged (${why})`
}

/** The database of a file as it is now: read again when the file has changed, and once however many ask. */
const openFile = (path: string) => {
  let last: { readonly signature: string; readonly read: Promise<Database | string> } | undefined
  /** The database, or why there is none. */
  return async (): Promise<Database | string> => {
    try {
      const signature = statSignatureOf(await stat(path, { bigint: true }))
      if (last?.signature !== signature)
        last = { signature, read: readDatabase(path).catch((error: unknown) => whyUnread(path, error)) }
      return await last.read
    } catch (error) {
      return whyUnread(path, error)
    }
  }
}

/** A database of IPv4 knows nothing of an IPv6 address, and its tree would answer for another one. */
const lookUp = (database: Database, address: string): unknown =>
  database.metadata.ipVersion === 4 && isIP(address) === 6 ? null : database.get(address)

export const geolocationSource = (
  { file }: SettingsOf<'geolocation'>,
  { dir, clock }: { readonly dir: string; readonly clock: Pick<Clock, 'now'> },
): AnswerSource => {
  const path = resolveIn(dir, file)
  const read = openFile(path)
  return {
    refusal: () => undefined,
    check: async () => {
      const database = await read()
      if (typeof database === 'string') throw new Error(`file: ${database}`)
    },
    ask: async (value, signal) => {
      const began = clock.now()
      const database = await read()
      signal.throwIfAborted()
      if (typeof database === 'string') return notStarted(`file: ${database}`)
      try {
        const result = factsOf(lookUp(database, value))
        const ms = Math.round(Math.max(0, clock.now() - began))
        return { kind: 'answered', answer: { result, ms }, isKept: true }
      } catch (error) {
        return notStarted(`file: ${whyUnread(path, error)}`)
      }
    },
  }
}
