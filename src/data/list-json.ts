/** The list that domain_stats exports and imports, and ours, which is the same with more in it. */
import { z } from 'zod'
import { queryCharsMax } from '../limits.js'
import { isHostname } from '../reduce/hostname.js'
import { plainTime, readDate } from './date.js'
import { ElementSplitter } from './elements.js'
import { registeredName, type Piece, type Row } from './row.js'
import { isTag } from './tag.js'
import { fromWhole, wholeSchema } from './whole.js'

/** The longest of both forms has 35 characters. */
const date = z.string().max(64)

const entry = z.object({
  domain: z.string().max(queryCharsMax),
  seen_by_web: date.nullish(),
  /** Epoch seconds in the original, null for one that never expires. */
  expires: z.union([z.number(), date]).nullish(),
  seen_by_isc: z.unknown().optional(),
  domainstats: wholeSchema.optional(),
})
type Entry = z.output<typeof entry>

/** The list, an element at a time. */
export async function* readJsonList(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece, void> {
  const splitter = new ElementSplitter()
  for await (const chunk of chunks) {
    const elements = splitter.push(chunk)
    for (let next = elements.next(); ; next = elements.next()) {
      if (next.done === true) {
        if (next.value === undefined) break
        yield broken(splitter, next.value)
        return
      }
      const { number, text } = next.value
      const row = text === undefined ? 'the element is too long' : readElement(text)
      yield { at: `element ${number}`, ...(typeof row === 'string' ? { refused: row } : { row }) }
    }
  }
  const missing = splitter.end()
  if (missing !== undefined) yield broken(splitter, missing)
}

const broken = ({ next }: ElementSplitter, refused: string): Piece => ({
  ...{ at: `element ${next}`, refused, broken: true },
})

/** A row, or why the element is none. */
const readElement = (text: string): Row | string => {
  const json = parsed(text)
  if (json === undefined) return 'not JSON'
  const found = entry.safeParse(json)
  if (found.success) return found.data.domainstats ? wholeOf(found.data) : datedOf(found.data)
  const [issue] = found.error.issues
  const key = issue?.path.join('.') ?? ''
  return key === '' ? 'not an object' : `${key}: ${issue?.message ?? ''}`
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Ours, whatever the suffix list has become since. */
const wholeOf = ({ domain, domainstats }: Entry): Row | string => {
  if (!domainstats || domain.length > 253 || !isHostname(domain)) return 'the domain is not-a-hostname'
  return { domain, apart: false, whole: fromWhole(domain, domainstats) }
}

const datedOf = ({ domain, seen_by_web, expires, seen_by_isc }: Entry): Row | string => {
  const registered = readDate(seen_by_web ?? '')
  if (registered === undefined) return 'seen_by_web is no date'
  const until = typeof expires === 'string' ? readDate(expires) : fromSeconds(expires)
  if (until === undefined && expires !== null && expires !== undefined) return 'expires is no time'
  const found = registeredName(domain)
  if (typeof found === 'string') return found
  const source = typeof seen_by_isc === 'string' && isTag(seen_by_isc) ? seen_by_isc : undefined
  return { ...found, dated: { registered, expires: until, source } }
}

const fromSeconds = (seconds: number | null | undefined): number | undefined =>
  plainTime((seconds ?? NaN) * 1000)
