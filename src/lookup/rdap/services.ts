/** Reads and searches the RDAP bootstrap file (RFC 9224, IANA's dns.json): which servers serve which TLD. Pure. */
import * as z from 'zod'
import { urlsPerEntryMax } from '../../limits.js'
import { suffixesOf } from '../../names/hostname.js'
import { isPublicHttps } from '../net/addresses.js'
import { parseJson } from './response.js'

/** The base URLs of each entry (a TLD, or a longer suffix), each with its final slash. */
export type Services = ReadonlyMap<string, readonly URL[]>

/** An entry as the file has it: labels, and the base URLs that serve them all. */
export type ServiceEntry = readonly [entries: readonly string[], urls: readonly string[]]

// RFC 9224 4: unknown members are ignored. So is the version: a file of this shape can be used.
const registryFile = z.object({ services: z.array(z.tuple([z.array(z.string()), z.array(z.string())])) })

/** An entry in the form to compare: lower case, without leading and final dots. */
const entryKey = (entry: string): string => entry.toLowerCase().replace(/^\.+|\.+$/g, '')

/** Adds the final slash, which RFC 9224 4 requires and some files lack. Throws TypeError when the text is no URL. */
export const baseUrl = (text: string): URL => {
  const url = new URL(text)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/**
 * The services that may be used: https only, so that an answer cannot be forged on its way. An entry with nothing but http
 * (.kg, .mg and .ng in 2026) is skipped on purpose; a site that wants such a server configures it.
 */
export const servicesOf = (entries: Iterable<ServiceEntry>): Services => {
  const services = new Map<string, readonly URL[]>()
  for (const [labels, urls] of entries) {
    const bases = urls
      .filter(url => URL.canParse(url))
      .map(baseUrl)
      .filter(isPublicHttps)
      .slice(0, urlsPerEntryMax)
    if (bases.length === 0) continue
    for (const label of labels) services.set(entryKey(label), bases)
  }
  return services
}

/** Reads a bootstrap file; undefined when the text is none, or names no usable service. */
export const readServices = (text: string): Services | undefined => {
  const file = parseJson(text)
  // Not safeParse: it keeps an object for each mistake, and a megabyte may hold half a million of them.
  if (!registryFile.validate(file)) return undefined
  const services = servicesOf(file.services)
  return services.size > 0 ? services : undefined
}

/** Configured servers, one a suffix; http and private hosts, too. Throws TypeError for a malformed URL: check the settings first. */
export const servicesByHand = (servers: Readonly<Record<string, string>>): Services =>
  new Map(Object.entries(servers).map(([entry, url]) => [entryKey(entry), [baseUrl(url)]]))

/** The base URLs for a name: the longest matching suffix wins, compared by whole labels (RFC 9224 4). */
export const findService = (services: Services, name: string): readonly URL[] | undefined => {
  for (const suffix of suffixesOf(name)) {
    const found = services.get(suffix)
    if (found) return found
  }
  return undefined
}
