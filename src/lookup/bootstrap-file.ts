/** A copy of IANA's bootstrap file that the site keeps itself: nothing is fetched then. */
import { resolve } from 'node:path'
import type { Config } from '../config/schema.js'
import { readSmall } from '../files/small.js'
import { responseBytesMax } from '../limits.js'
import { readServices, type Services } from './services.js'

/**
 * The services that `rdap.bootstrap_file` names; undefined where IANA's file is fetched.
 *
 * @param dir the data folder; undefined where there is none
 * @throws Error that names the file, says what is wrong with it and what to do
 */
export const loadBootstrapFile = async (
  { rdap }: Pick<Config, 'rdap'>,
  dir: string | undefined,
): Promise<Services | undefined> => {
  if (rdap.bootstrap_file === undefined) return undefined
  const path = resolve(dir ?? '.', rdap.bootstrap_file)
  try {
    const services = readServices(await readSmall(path, responseBytesMax))
    if (services) return services
    throw new Error(`${path}: not a bootstrap file (RFC 9224), or it names no https server`)
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `rdap.bootstrap_file: ${what}. Put a copy of https://data.iana.org/rdap/dns.json there.`,
      {
        cause,
      },
    )
  }
}
