/**
 * Zones that look like the site's own, by what its logs show. They are proposed and never taken: whoever visits asks for
 * the zones of somebody else, too.
 */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Config } from '../config/schema.js'
import { linesOf } from '../files/lines.js'
import {
  lineBytesMax,
  zoneCandidatesMax,
  zoneSampleBytesMax,
  zoneSampleFileBytesMax,
  zonesProposedMax,
} from '../limits.js'
import { openParser } from '../parse/open-parser.js'
import { IgnoreList } from '../reduce/ignore-list.js'
import { ignoreEntry } from '../reduce/ignore-line.js'
import type { Reducer } from '../reduce/reducer.js'
import { isArchive } from '../tail/archive.js'
import { placesOf } from '../tail/paths.js'

export interface SeenZone {
  readonly zone: string
  /** How many questions showed it. */
  readonly questions: number
}

/** How a zone was shown, for people. */
export const shown = (questions: number): string =>
  `${questions} question${questions === 1 ? '' : 's'} for its domain controllers`

/** One way in which a log shows a zone of its site. A line without the mark cannot; it is not even parsed. */
interface Sign {
  readonly mark: string
  /** @param query in canonical text */
  readonly zoneOf: (query: string) => string | undefined
}

/**
 * Windows asks for its domain controllers below `_msdcs` of the Active Directory domain, or of its forest
 * (`_ldap._tcp.dc._msdcs.corp.example.com`; [MS-ADTS] 6.3.2.3).
 */
const domainControllers: Sign = {
  mark: '_msdcs.',
  zoneOf: query => /(?:^|\.)_msdcs\.(.+)$/s.exec(query)?.[1],
}

// A zone whose answers are all private addresses is another sign: it needs the answers, which no event holds yet.
const signs: readonly Sign[] = [domainControllers]

/** Counts the zones in what is read. */
class Zones {
  readonly #questions = new Map<string, number>()

  see(query: string): void {
    for (const { zoneOf } of signs) {
      const zone = zoneOf(query)
      const count = zone === undefined ? undefined : this.#questions.get(zone)
      if (zone === undefined || (count === undefined && this.#questions.size >= zoneCandidatesMax)) continue
      this.#questions.set(zone, (count ?? 0) + 1)
    }
  }

  /** Those about which somebody would be asked, the most asked for first, without those that lie below another. */
  found({ reduce }: Reducer): SeenZone[] {
    const all = [...this.#questions]
      .filter(([zone]) => ignoreEntry(zone) !== undefined && typeof reduce(zone) !== 'string')
      .map(([zone, questions]) => ({ zone, questions }))
      .sort((a, b) => b.questions - a.questions)
    const parentOf = (zone: string) => zone.slice(zone.indexOf('.') + 1)
    const list = IgnoreList.of(all.map(({ zone }) => zone))
    return all.filter(({ zone }) => !list.covers(parentOf(zone))).slice(0, zonesProposedMax)
  }
}

/**
 * Looks through the newest logs, as far as the limits go. A log that cannot be read shows nothing.
 *
 * @param inputs with absolute paths
 * @param reducer with the zones and the ignore list of the settings: what these cover is not found again
 */
export const zonesIn = async (
  inputs: readonly Config['inputs'][number][],
  reducer: Reducer,
  signal: AbortSignal,
): Promise<SeenZone[]> => {
  const zones = new Zones()
  let left = zoneSampleBytesMax
  for (const input of inputs) {
    const paths = [...(await placesOf({ ...input, sensor: input.sensor })).keys()]
    for (const path of paths.reverse()) {
      if (left <= 0 || signal.aborted) break
      left -= await look(path, input.format, Math.min(left, zoneSampleFileBytesMax), zones).catch(() => 0)
    }
  }
  return zones.found(reducer)
}

/** Reads a log from its beginning, where a Zeek log has its columns. Gives how many bytes it was. */
const look = async (
  path: string,
  stated: Config['inputs'][number]['format'],
  bytesMax: number,
  zones: Zones,
): Promise<number> => {
  const parser = openParser({ stated, sources: new Set(['dns']), header: '' })
  let bytes = 0
  const chunks = async function* (): AsyncGenerator<Buffer> {
    const file = createReadStream(path)
    const content: Readable = isArchive(path) ? file.pipe(createGunzip()) : file
    file.on('error', error => content.destroy(error))
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        yield chunk
        bytes += chunk.length
        if (bytes >= bytesMax) return
      }
    } finally {
      file.destroy()
    }
  }
  for await (const { text } of linesOf(chunks(), lineBytesMax)) {
    if (text === undefined || !(text.startsWith('#') || isMarked(text))) continue
    const events = parser.parse(Buffer.from(text))
    if (typeof events !== 'string') for (const { query } of events) zones.see(query)
  }
  return bytes
}

const isMarked = (line: string): boolean => {
  const lower = line.toLowerCase()
  return signs.some(({ mark }) => lower.includes(mark))
}
