/** The values that can be tagged, as people write them: a name, an address, a network. And back as text. */
import { addressText, isMapped } from './address.js'
import type { TagTarget } from '../model/tag.js'
import { tagBits6Min, tagBitsMin, tagValueCharsMax } from '../limits.js'
import { nameOfText } from './canonical.js'
import { isIpLiteral, isName, toALabels } from './hostname.js'
import { readRange, type AddressRange } from './network.js'
import { readPasted } from './pasted.js'

/**
 * Reads `evil.com`, `*.evil.com`, `evil[.]com`, `http://evil.com/x` (its host), `192.0.2.7`, `192.0.2.0/24` and the same
 * with IPv6. An IPv4 address that is mapped into IPv6 is the IPv4 address. A string says why the text is none of them.
 */
export const readTagValue = (text: string): TagTarget | string => {
  if (text.length > tagValueCharsMax) return `it has more than ${tagValueCharsMax} characters`
  const bare = text.trim().replaceAll('[.]', '.').replaceAll('[:]', ':')
  const range = readRange(bare)
  if (typeof range === 'string') return range
  if (range) return networkOf(range)
  if (/^[^\s/@]+@[^\s/@]+$/.test(bare)) return 'a mail address: its domain is not what it accuses'
  return readName(bare.replace(/^\*?\./, ''))
}

const readName = (text: string): TagTarget | string => {
  if (text === '') return 'it is empty'
  const pasted = readPasted(text)
  if (pasted.kind === 'unclear') return pasted.why
  if (isIpLiteral(pasted.name)) {
    const range = readRange(pasted.name)
    return typeof range === 'object' ? (networkIn(range) ?? 'no address') : 'no address'
  }
  const name = toALabels(nameOfText(pasted.name))
  if (!isName(name)) return 'a DNS message could not hold such a name'
  if (!/^[a-z0-9_.-]+$/.test(name)) return 'it holds characters that no host name has'
  // A word in a list is more often a heading than a top-level domain, and one tag would cover the whole of it.
  if (!name.includes('.')) return 'it is a single label'
  // RFC 3696 2: no top-level domain is all digits. In a list it is a number or a version.
  return /\.\d+$/.test(name) ? 'it ends in a number' : { kind: 'name', name }
}

/** A network that is not most of the Internet: in a list that is a mistake, and would tag nearly every answer. */
const networkOf = (range: AddressRange): TagTarget | string => {
  const network = networkIn(range)
  if (network?.kind !== 'network')
    return 'a range that is no network: write it as networks, such as 192.0.2.0/24'
  const least = network.from.length === 4 ? tagBitsMin : tagBits6Min
  return network.bits < least ? `a network this large: it must have at least /${least}` : network
}

/** A range that is a network as one. */
const networkIn = ({ from, to }: AddressRange): TagTarget | undefined => {
  const bits = commonBits(from, to)
  for (const [i, byte] of from.entries()) {
    const host = 0xff >>> Math.min(8, Math.max(0, bits - 8 * i))
    if ((byte & host) !== 0 || ((to[i] ?? 0) & host) !== host) return undefined
  }
  return isMapped(from) && bits >= 96
    ? { kind: 'network', from: from.subarray(12), bits: bits - 96 }
    : { kind: 'network', from, bits }
}

/** How many bits two addresses of one length have in common at their beginning. */
export const commonBits = (one: Uint8Array, other: Uint8Array): number => {
  for (const [i, byte] of one.entries()) {
    const differing = byte ^ (other[i] ?? 0)
    if (differing !== 0) return 8 * i + Math.clz32(differing) - 24
  }
  return 8 * one.length
}

/** The part of a URL behind its host: a list that names a URL accuses that page, and hardly the whole of its host. */
const deepUrl = /^[a-z][a-z\d+*.-]*:[/\\]{2}[^/\\?#]*[/\\?#]+[^/\\?#]/i

/** Whether a text is a URL of more than a host. */
export const isDeepUrl = (text: string): boolean => deepUrl.test(text.trim())

/** The text of a value, which readTagValue reads again. */
export const tagValueText = (target: TagTarget): string => {
  if (target.kind === 'name') return target.name
  const { from, bits } = target
  return bits === 8 * from.length ? addressText(from) : `${addressText(from)}/${bits}`
}
