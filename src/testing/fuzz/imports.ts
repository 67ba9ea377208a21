/** The readers of lists that are imported. */
import fc from 'fast-check'
import type { ListFormat } from '../../data/formats.js'
import type { Piece } from '../../data/row.js'
import { openList } from '../../data/sniff.js'
import { bytesOf } from '../../data/testing/load.js'
import { asBytes } from './special.js'
import { jsonLike } from './json.js'
import { bytesLike } from './mutations.js'
import { mustBeSaid } from './said.js'
import { csvList, jsonElements, nameList } from './seeds.js'
import { must, target, type Target } from './target.js'

const readAll = async (bytes: Buffer, size: number, format: ListFormat | undefined): Promise<string> => {
  const said: Piece[] = []
  const { pieces } = await openList(bytesOf(bytes, size), format)
  for await (const piece of pieces) {
    mustBeSaid(piece)
    said.push(piece)
  }
  return JSON.stringify(said)
}

/** Wherever the bytes of a list are cut, it says the same. */
const list = (name: string, arbitrary: fc.Arbitrary<Buffer>, format: ListFormat | undefined): Target =>
  target(name, fc.tuple(arbitrary, fc.integer({ min: 1, max: 4_096 })), async ([bytes, size]) => {
    // An answer a byte costs too much for a long one.
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
  list('import-csv', bytesLike(csvList), 'csv'),
  list('import-names', bytesLike(nameList), 'names'),
  list(
    'import-sniffed',
    fc.oneof(jsonLists, bytesLike([...csvList, ...nameList, asBytes('\ufeff[]')])),
    undefined,
  ),
]
