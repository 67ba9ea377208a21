/** `domainstats baseline`: what everybody asks for counts as contacted before. */
import { Readable } from 'node:stream'
import { openList } from '../transfer/lists.js'
import type { Piece } from '../transfer/row.js'
import { openDnsTopDomains } from '../transfer/top-domains.data.js'
import { importFrom } from './import-export.js'
import { UsageError, type Io } from './io.js'

/** Without the names of 2014 whose public suffix is gone: the user can do nothing about them. */
async function* withSuffix(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece, void> {
  for await (const piece of pieces) if (!('refused' in piece)) yield piece
}

/**
 * Imports the list of most asked domains that comes with the program, as `import --seen` would.
 *
 * @throws UsageError without `top`: there is no other baseline that a user of this command could mean
 */
export const takeBaseline = async (
  { data, top }: { readonly data: string; readonly top: boolean },
  io: Io,
): Promise<void> => {
  if (!top)
    throw new UsageError(
      'Which baseline? --top takes the list that comes with the program. A list of yours: import FILE --seen. ' +
        'Logs of yours: scan FILES --baseline.',
    )
  const { pieces, ...list } = await openList(Readable.from([Buffer.from(openDnsTopDomains)]), {
    stated: 'names',
  })
  const source = { ...list, pieces: withSuffix(pieces), name: 'the top list', unit: 'line' } as const
  const flags = { data, source: undefined, seen: true, neverExpire: false }
  await importFrom({ ...source, origin: 'opendns-top', stop: () => undefined }, flags, io)
}
