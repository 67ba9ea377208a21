/**
 * Which registry serves which name: the registry file of RFC 9224 (IANA's dns.json), read and searched. Pure.
 */
import * as z from 'zod'
import { urlsPerEntryMax } from '../../limits.js'
import { suffixesOf } from '../../names/hostname.js'
import { isPublicHttps } from '../net/addresses.js'
import { parseJson } from './response.js'

/** The base URLs of each entry (a TLD, or a longer suffix), each with its final slash. */
export type Services = ReadonlyMap<string, readonly URL[]>

/** An entry as the file has it: labels, and the base URLs that serve them all. */
export type ServiceEntry = readonly [entries: readonly string[], urls: readonly string[]]

// RFC 9224 4: unknown members are ignored, and so is the version: what has this shape can be used.
const registryFile = z.object({ services: z.array(z.tuple([z.array(z.string()), z.array(z.string())])) })

/** An entry in the form that names are compared in: lower case, without dots around it. */
const entryKey = (entry: string): string => entry.toLowerCase().replace(/^\.+|\.+$/g, '')

/** A base URL with its final slash (RFC 9224 4 promises it; not every file keeps that). Throws when it is none. */
export const baseUrl = (text: string): URL => {
  const url = new URL(text)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/**
 * The services that may be used, https only: what a registry says must not be forged on its way. An entry with nothing
 * but http (.kg, .mg and .ng of 2026) is therefore as good as none, on purpose; a site that wants to ask it configures
 * the server by hand.
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

/** Reads the text of a registry file; undefined when it is none, or names no service at all. */
export const readServices = (text: string): Services | undefined => {
  const file = parseJson(text)
  // Not safeParse: it keeps each of the half million mistakes that a megabyte may hold.
  if (!registryFile.validate(file)) return undefined
  const services = servicesOf(file.services)
  return services.size > 0 ? services : undefined
}

/** Servers configured by hand, one a suffix: anything goes. Throws when a URL is none: check the settings first. */
export const servicesByHand = (servers: Readonly<Record<string, string>>): Services =>
  new Map(Object.entries(servers).map(([entry, url]) => [entryKey(entry), [baseUrl(url)]]))

/** The base URLs for a name: the entry with the most labels at its end wins, never a part of a label (RFC 9224 4). */
export const findService = (services: Services, name: string): readonly URL[] | undefined => {
  for (const suffix of suffixesOf(name)) {
    const found = services.get(suffix)
    if (found) return found
  }
  return undefined
}
