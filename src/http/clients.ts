/** Whom the port answers, by address. The address is the connection's own: no header of a proxy is believed. */
import { BlockList, isIP, isIPv6 } from 'node:net'

const loopback = ['127.0.0.0/8', '::1']
/** RFC 1918, RFC 4193, and the link itself (RFC 3927, RFC 4291). */
const privateRanges = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
]

/** True for the loopback in each form in which a host may be written. */
export const isLoopback = (host: string): boolean => host === 'localhost' || answers(listOf(loopback), host)

/** A socket for both families shows an IPv4 address in its IPv6 form. */
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

// A list of IPv4 addresses knows them in their IPv6 form, too (`::ffff:10.0.0.1` on a socket for both).
const answers = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

export interface Clients {
  readonly answers: (address: string | undefined) => boolean
  /** Whoever reaches us is answered. */
  readonly all: boolean
  /** Bound to more than this machine, and nothing but private ranges keeps strangers out. */
  readonly unguarded: boolean
}

/**
 * Those of the list; without one, whoever reaches us, if that takes this machine or a token; else private ranges.
 *
 * @throws Error if the list holds what is no network
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
