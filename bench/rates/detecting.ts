/** Measures what the detectors and the count of clients cost: the same logs with them, and without them, by turns. */
import { join } from 'node:path'
import type { Bench } from './bench.js'
import { prepare } from './folders.js'
import { namesLog, onceLog, repeatLog } from './inputs.js'
import { readBothWays } from './onoff.js'
import { quotientRow, type Bounds, type Row } from './row.js'
import type { Kind } from './templates.js'

/** Without clients there is no detector by client, and the skim need not know who asks. */
const without = { dga_score: false, clients: { record: 'none' } }

/** A new name costs more than a known one, so a fraction of the lines is enough. */
const coldOneOf = 5

const warm: readonly (Bounds & { readonly kind: Kind })[] = [
  { what: 'detectors on ÷ off, Zeek TSV', least: '0.9', kind: 'tsv' },
  { what: 'detectors on ÷ off, Zeek JSON', least: '0.9', kind: 'json' },
  { what: 'detectors on ÷ off, EVE v2', least: '0.9', kind: 'eve2' },
]

/** @throws Error if a line was not read */
export const detectingRows = async function* (bench: Bench): AsyncGenerator<Row> {
  const at = (name: string): string => join(bench.root, name)
  const [log, data, on, off] = [at('log'), at('data'), at('on'), at('off')]
  for (const { kind, ...bounds } of warm) {
    onceLog(at('once'), kind)
    await prepare(on, at('once'))
    await prepare(off, at('once'), without)
    repeatLog(log, kind, bench.lines)
    const rates = await readBothWays(bench, { on, off, data, log, lines: bench.lines })
    yield quotientRow(bounds, 'off', rates.on, rates.off)
  }
  const lines = bench.lines / coldOneOf
  await prepare(on)
  await prepare(off, undefined, without)
  namesLog(log, lines, n => `www.${n.toString(36)}-shop${n % 97}.com`)
  const rates = await readBothWays(bench, { on, off, data, log, lines })
  yield quotientRow({ what: 'detectors on ÷ off, each line a new domain' }, 'off', rates.on, rates.off)
}
