/** Fuzzes the parsers of imported lists. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { ListFormat } from '../../transfer/formats.js'
import { openList } from '../../transfer/lists.js'
import type { Piece } from '../../transfer/row.js'
import { bytesOf } from '../../transfer/testing/load.js'
import { jsonLike } from './json.js'
import { bytesLike } from './mutations.js'
import { mustBeUsable, unprintable } from './usable.js'
import { csvList, jsonElements, nameList, tables } from './seeds.js'
import { must, target, type Target } from './target.js'

/** The pieces of a list, or the error. */
const readAll = async (bytes: Buffer, size: number, stated: ListFormat | undefined): Promise<string> => {
  const said: Piece[] = []
  try {
    const { pieces } = await openList(bytesOf(bytes, size), { stated })
    for await (const piece of pieces) {
      mustBeUsable(piece)
      said.push(piece)
    }
  } catch (error) {
    must(error instanceof Error && isWhy.test(error.message), `an error of another kind: ${String(error)}`)
    must(!unprintable.test(error.message) && error.message.length < 1_000, 'a reason that forges a line')
    return JSON.stringify({ said, why: error.message })
  }
  return JSON.stringify({ said })
}
const isWhy = /^(?:is |ends its lines |has no column |holds bytes |the gzip file is damaged )/

/** The pieces must be the same however the bytes are cut into chunks. */
const list = (name: string, arbitrary: fc.Arbitrary<Buffer>, format: ListFormat | undefined): Target =>
  target(name, fc.tuple(arbitrary, fc.integer({ min: 1, max: 4_096 })), async ([bytes, size]) => {
    // One chunk for each byte would be too slow for a long list.
    const atLeast = Math.ceil(bytes.length / 500)
    const [whole, cut] = [
      await readAll(bytes, 1 << 20, format),
      await readAll(bytes, Math.max(size, atLeast), format),
    ]
    must(whole === cut, 'a list that reads otherwise when it comes in pieces')
  })

const elements = fc.array(jsonLike(jsonElements), { maxLength: 4 })
const jsonLists = fc.oneof(
  elements.map(parts => Buffer.from(`[${parts.map(part => part.toString('latin1')).join(',')}]`, 'latin1')),
  bytesLike([`[${jsonElements.join(',\n')}]`]),
)

export const importTargets: readonly Target[] = [
  list('import-json', jsonLists, 'json'),
  list('import-csv', bytesLike([...csvList, ...tables]), 'csv'),
  list('import-names', bytesLike([...nameList, ...tables]), 'names'),
  list(
    'import-sniffed',
    fc.oneof(jsonLists, bytesLike([...csvList, ...nameList, ...tables, '\ufeff[]'])),
    undefined,
  ),
  list(
    'import-packed',
    fc
      .tuple(bytesLike([...csvList, ...tables]), fc.nat(2_000), fc.boolean())
      .map(([text, at, isCut]) => (isCut ? gzipSync(text).subarray(0, at) : gzipSync(text))),
    undefined,
  ),
]
