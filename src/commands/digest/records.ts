/** Reads domainstats.log and its rotated files back, in either format, for the records of a span of time. */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import * as z from 'zod'
import { changedAt, familyOf, type FoundFile, linesOf } from '../../files/files.js'
import { shellWord } from '../../files/packed.js'
import { digestLineBytesMax, fieldCharsMax } from '../../limits.js'
import type { Category } from '../../model/record.js'
import { serviceKinds } from '../../model/service.js'
import { begunAt, inOrder, logNameOf } from '../../tail/rotated-names.js'
import { unpacked } from '../../transfer/unpacked.js'

const categories = ['NEW', 'ESTABLISHED', 'UNKNOWN', 'ERROR', 'PENDING'] as const satisfies Category[]

/** Epoch ms of `2026-11-21T08:00:00.000000Z`, or of the epoch seconds that Zeek writes. */
const time = z
  .string()
  .transform(text => {
    const [, seconds, millis] = /^(\d+)\.(\d{3})\d*$/.exec(text) ?? []
    return seconds === undefined ? Date.parse(text) : Number(seconds) * 1000 + Number(millis)
  })
  .pipe(z.number().int())

/** A domain, an address, a reason: longer only in a forged line. */
const text = z.string().max(fieldCharsMax)
const texts = z.array(z.string()).default([])

/** What a digest needs of a record. The file may have been written by an older version, or by another program. */
const logged = z
  .looseObject({
    ts: time,
    // Each byte of a name may be an escape of some characters.
    query: z.string().max(8 * fieldCharsMax),
    domain: text,
    seen_by_you: time,
    alerts: texts,
    category: z.enum(categories),
    reason: text.optional(),
    age_days: z.coerce.number().int().min(0).optional(),
    'id.orig_h': text.optional(),
    followup_of: text.optional(),
    alerts_withdrawn: texts,
    service: z.enum(serviceKinds).optional().catch(undefined),
  })
  .transform(line => ({
    /** Of the question: epoch ms. */
    ts: line.ts,
    query: line.query,
    domain: line.domain,
    isFirstContact: line.ts === line.seen_by_you && line.followup_of === undefined,
    alerts: line.alerts,
    category: line.category,
    reason: line.reason,
    ageDays: line.age_days,
    client: line['id.orig_h'],
    isFollowup: line.followup_of !== undefined,
    alertsWithdrawn: line.alerts_withdrawn,
    service: line.service,
  }))

export type LoggedRecord = z.output<typeof logged>

/** The columns of a Zeek TSV line by their names; escapes stay. */
const tsvRow = (line: string, header: readonly string[]): object =>
  Object.fromEntries(
    line.split('\t').flatMap((column, at): [string, string | string[]][] => {
      const name = header[at]
      if (name === undefined || column === '-') return []
      if (!lists.has(name)) return [[name, column === '(empty)' ? '' : column]]
      return [[name, column === '(empty)' ? [] : column.split(',')]]
    }),
  )

const lists: ReadonlySet<string> = new Set(['alerts', 'alerts_withdrawn'])

/** The value of a line: a JSON object, or a row of TSV below its `#fields`. */
const openLines = () => {
  let header: readonly string[] = []
  /** Undefined: a line of a header. */
  return (line: string): unknown => {
    if (line.startsWith('#')) {
      if (line.startsWith('#fields\t')) header = line.split('\t').slice(1)
      return undefined
    }
    if (!line.startsWith('{')) return tsvRow(line, header)
    try {
      return JSON.parse(line)
    } catch {
      return 'no JSON'
    }
  }
}

/** What was read, for the digest to say. */
export interface ReadLogs {
  /** Names of files, without folder. */
  readonly files: string[]
  /** Files that could not be read to their end, and why. */
  readonly failed: string[]
  /** Lines that are no records. */
  unclear: number
}

/**
 * The files of a log that may hold records of a span: those that were written to since then, the oldest first. A packed
 * file beside the one that it is made of is left out.
 *
 * @param path of the log @param since epoch ms
 */
const filesOf = async (path: string, since: number): Promise<readonly FoundFile[]> => {
  const name = basename(path)
  const family = (await familyOf(path)).filter(
    file => basename(file.path) === name || logNameOf(basename(file.path)) === name,
  )
  const paths = new Set(family.map(file => file.path))
  const isCopy = (file: string) => file.endsWith('.gz') && paths.has(file.slice(0, -'.gz'.length))
  const recent = family.filter(file => changedAt(file.stats) >= since && !isCopy(file.path))
  const isRotated = (file: FoundFile) => basename(file.path) !== name
  return [
    ...inOrder(recent.filter(isRotated), begunAt),
    // The log itself comes last, whatever program has touched its rotated files since.
    ...recent.filter(file => !isRotated(file)),
  ]
}

/**
 * The records of a span, as they were written: those of questions since then; and the follow-ups that were written
 * behind the first of them, which may be about questions of the day before.
 *
 * @param since epoch ms
 * @param read filled in on the way
 */
export async function* recordsSince(
  path: string,
  since: number,
  read: ReadLogs,
): AsyncGenerator<LoggedRecord, void> {
  let hasBegun = false
  for (const file of await filesOf(path, since)) {
    read.files.push(basename(file.path))
    try {
      for await (const record of recordsIn(file.path, read)) {
        hasBegun ||= record.ts >= since
        if (record.ts >= since || (hasBegun && record.isFollowup)) yield record
      }
    } catch (error) {
      read.failed.push(`${basename(file.path)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

async function* recordsIn(path: string, read: ReadLogs): AsyncGenerator<LoggedRecord, void> {
  const valueOf = openLines()
  const chunks = await unpacked(createReadStream(path), shellWord(path), 'scan')
  for await (const { text } of linesOf(chunks, digestLineBytesMax)) {
    if (text === '') continue
    const value = text === undefined ? 'too long' : valueOf(text)
    const { data } = logged.safeParse(value)
    if (data) yield data
    else if (value !== undefined) read.unclear += 1
  }
}
