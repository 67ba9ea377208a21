/** `domainstats pdns near ADDRESS`: the nearest tagged addresses, as a table on a terminal and as JSON lines elsewhere. */
import { resolve } from 'node:path'
import { excerpt } from '../config/problem.js'
import type { TagName } from '../model/tag.js'
import { addressText } from '../names/address.js'
import { readTagValue, tagValueText } from '../names/tag-value.js'
import { toJsonLine } from '../output/json.js'
import type { TableColumn } from '../output/table.js'
import { tagTableOf } from '../store/tags.js'
import { nearestTagged, type NearAddress } from '../transfer/pdns-near.js'
import { demandFolder, openStateToRead } from './data-folder.js'
import { UsageError, type Io } from './io.js'
import { finish, show, type PdnsFlags } from './pdns.js'

export interface NearFlags extends PdnsFlags {
  readonly address: string
  readonly tag: TagName
  readonly limit: number
}

const octetsText = (octets: number): string => String(Math.round(octets * 100) / 100)

const columns: readonly TableColumn<NearAddress>[] = [
  { title: 'ADDRESS', width: 24, place: 'name', text: r => r.address },
  { title: 'DISTANCE', width: 12, place: 7, text: r => String(r.distance) },
  { title: 'PREFIX', width: 6, place: 6, text: r => `/${r.prefix}` },
  { title: 'OCTETS', width: 7, place: 3, text: r => octetsText(r.octets) },
  { title: 'TAGGED', width: 28, place: 5, text: r => tagValueText(r.tag.target) },
  { title: 'NAME', width: 28, place: 4, text: r => r.rrname ?? '' },
  { title: 'SOURCE', width: 16, place: 2, text: r => r.tag.source },
  { title: 'NOTE', width: 24, place: 'last', text: r => r.tag.note ?? '' },
]

/** Beyond 2^53 the distance of IPv6 addresses is rounded, as JSON readers do it anyway. */
const jsonLine = ({ address, distance, prefix, octets, tag, rrname }: NearAddress): string =>
  `${toJsonLine({
    ...{ address, distance: Number(distance), prefix, octets: Math.round(octets * 1e4) / 1e4 },
    ...{ tag: tag.tag, tagged: tagValueText(tag.target), rrname, source: tag.source, note: tag.note },
  })}\n`

/** `pdns near`. @throws UsageError if the text is no address, or the folder has no state */
export const pdnsNear = async ({ address, tag, limit, json, data }: NearFlags, io: Io): Promise<void> => {
  const target = readTagValue(address)
  if (typeof target === 'string' || target.kind !== 'network' || target.bits !== 8 * target.from.length)
    throw new UsageError(`"${excerpt(address)}" is no address.`)
  const dir = resolve(data)
  await demandFolder(dir)
  const store = await openStateToRead(dir, io.signal)
  try {
    const options = { address: target.from, tag, limit }
    const found = await finish(nearestTagged(store, tagTableOf(store.tags), options), io)
    await show(io, json, columns, jsonLine, () => [found])
    if (found.length === 0)
      io.stderr.write(
        `No address near ${addressText(target.from)} has the tag ${tag}, and no name that has it an address.\n`,
      )
  } finally {
    store.close()
  }
}
