/** Decides by address which clients the port answers. Only the connection's address counts, no header of a proxy. */
import { BlockList, isIP, isIPv6 } from 'node:net'

const loopback = ['127.0.0.0/8', '::1']
/** RFC 1918, RFC 4193, and link-local addresses (RFC 3927, RFC 4291). */
const privateRanges = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
]

/** True for `localhost` and every loopback address. */
export const isLoopback = (host: string): boolean => host === 'localhost' || answers(listOf(loopback), host)

/** An IPv4 address without the `::ffff:` that a dual-stack socket puts before it. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')

/** True for an IP address or a range of them in CIDR form. */
export const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
}

const listOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const network of networks) {
    if (!isNetwork(network)) throw new Error(`${network} is no IP address and no range of them`)
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

// A BlockList of IPv4 addresses matches IPv4-mapped ones, too (`::ffff:10.0.0.1` on a dual-stack socket).
const answers = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

export interface Clients {
  readonly answers: (address: string | undefined) => boolean
  /** No address is refused. */
  readonly all: boolean
  /** Bound to more than this machine with neither token nor `allow`: only private ranges are answered. */
  readonly unguarded: boolean
}

/**
 * The networks of `allow`, and loopback. Without `allow`: every address if the port is bound to loopback or needs a token,
 * else private ranges.
 *
 * @throws Error if an entry of `allow` is not a network
 */
export const clientsOf = (options: {
  readonly host: string
  readonly allow: readonly string[]
  readonly token?: string | undefined
}): Clients => {
  const { host, allow, token } = options
  const unguarded = allow.length === 0 && token === undefined && !isLoopback(host)
  if (allow.length === 0 && !unguarded) return { answers: () => true, all: true, unguarded }
  const list = listOf([...loopback, ...(unguarded ? privateRanges : allow)])
  return { answers: address => address !== undefined && answers(list, address), all: false, unguarded }
}
