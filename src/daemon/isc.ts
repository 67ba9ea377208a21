/** Opens the port of the ISC server by the settings. Its answers are those of the daemon: one look-up, one pace, one log. */
import { resolveIn } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { readListen } from '../config/schema-http.js'
import { readSmall } from '../files/files.js'
import { openIscPort, type IscPort } from '../http/isc-port.js'
import type { TlsIdentity } from '../http/server.js'
import { pemFileBytesMax } from '../limits.js'
import type { Parts, Settings, World } from './parts.js'

/** The port, and `reload` for SIGHUP: a certificate lives for weeks, and the program that renews it sends the signal. */
export interface ServedIsc extends Pick<IscPort, 'address' | 'close'> {
  readonly reload: () => Promise<void>
}

/** @throws Error that names the file that cannot be read */
const identityOf = async (
  { certificate, key }: Config['isc_server'],
  dir: string,
): Promise<TlsIdentity | undefined> => {
  if (certificate === undefined || key === undefined) return undefined
  const read = (path: string) => readSmall(resolveIn(dir, path), pemFileBytesMax)
  return { cert: await read(certificate), key: await read(key) }
}

/** @throws Error that says what is wrong with the certificate */
const explained = (error: unknown): never => {
  const why = error instanceof Error ? error.message : String(error)
  throw new Error(`isc_server: ${why}`, { cause: error })
}

/** @throws Error if the port cannot be bound, or the certificate cannot be read or is none */
export const serveIsc = async (
  { store, reader, answering, telemetry }: Parts,
  { config, dir = '.' }: Settings,
  { clock }: World,
  signal: AbortSignal,
): Promise<ServedIsc> => {
  const { isc_server: terms } = config
  const { host = config.ip_address, port = 0 } = readListen(terms.listen) ?? {}
  const opened = await openIscPort({
    ...{ host, port, terms, store, clock, telemetry, signal },
    tls: await identityOf(terms, dir),
    lists: terms.lists === undefined ? undefined : resolveIn(dir, terms.lists),
    reduce: query => reader.reduce(query),
    askName: (name, asking, until) => answering.ask(name, asking, until),
    waitMs: terms.wait_seconds * 1000,
  }).catch(explained)
  return {
    address: opened.address,
    close: opened.close,
    reload: async () => {
      const identity = await identityOf(terms, dir)
      if (identity) opened.renew(identity)
    },
  }
}
