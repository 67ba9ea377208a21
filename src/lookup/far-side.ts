/**
 * Which addresses of the far side may be asked. The bootstrap file and redirects are other people's words: they must
 * not make this program speak to a machine of the site's own network. This looks at what is written; the address
 * that a name leads to is looked at when it is connected to (addresses.ts).
 */
import { isIP } from 'node:net'

const isLocalName = (hostname: string): boolean => !hostname.includes('.') || hostname.endsWith('.localhost')

/** A registry's address that a stranger may name: https, and a host name. No registry is reached by IP literal. */
export const isPublicHttps = (url: URL): boolean => {
  // A final dot does not change which host it is; brackets are how a URL writes an IPv6 address.
  const hostname = url.hostname.replace(/\.$/, '').replace(/^\[|\]$/g, '')
  return url.protocol === 'https:' && url.username === '' && !isIP(hostname) && !isLocalName(hostname)
}

/**
 * Whether a hop may be asked. A server configured by hand may be anything, also http or on the own network; but
 * where it redirects to, other than to itself, is a stranger's word again. Another port is another server.
 */
export const mayAsk = (url: URL, byHand: URL | undefined): boolean => {
  if (isPublicHttps(url)) return true
  if (url.host !== byHand?.host) return false
  return url.protocol === 'https:' || url.protocol === byHand.protocol
}
