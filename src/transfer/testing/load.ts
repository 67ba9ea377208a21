/** Imports lists in tests, as `domainstats import` does. */
import { Readable } from 'node:stream'
import type { Store } from '../../store/store.js'
import type { Clock } from '../../time/clock.js'
import { importPieces, type Imported, type Options } from '../import.js'
import type { ListFormat } from '../formats.js'
import { openList } from '../lists.js'

export const options: Options = { neverExpire: false, seen: false, source: undefined, origin: 'list' }

/** The bytes of a list, in chunks of `size`. */
export const bytesOf = (text: string | Buffer, size = 65_536): AsyncIterable<Buffer> => {
  const bytes = Buffer.from(text)
  const count = Math.ceil(bytes.length / size)
  return Readable.from(Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size)))
}

/** Imports a list of any format. */
export const load = async (
  store: Store,
  clock: Clock,
  list: string | Buffer | AsyncIterable<Buffer>,
  use: Partial<Options> & { readonly format?: ListFormat } = {},
): Promise<Imported> => {
  const chunks = typeof list === 'string' || Buffer.isBuffer(list) ? bytesOf(list) : list
  const { pieces } = await openList(chunks, { stated: use.format })
  const { signal } = new AbortController()
  return importPieces(pieces, { store, clock, options: { ...options, ...use }, signal })
}
