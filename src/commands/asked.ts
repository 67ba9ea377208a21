/** `domainstats asked`: lists the queries that left the machine. */
import { resolve } from 'node:path'
import { askedMax } from '../limits.js'
import type { SentQuery } from '../model/sent-query.js'
import { isoTime, jsonEscaped, toJsonLine } from '../output/json.js'
import type { Reader } from '../store/reader.js'
import { systemClock } from '../time/clock.js'
import { demandFolder, openStateToRead } from './data-folder.js'
import { type Io, writeAll } from './io.js'
import { timeSince } from './since.js'

export interface AskedFlags {
  readonly data: string
  readonly since: string | undefined
}

/** @throws UsageError for an invalid time, or if the folder has no state */
export const listAsked = async ({ data, since }: AskedFlags, io: Io): Promise<void> => {
  const from = since === undefined ? -Infinity : timeSince(since, systemClock.now())
  const dir = resolve(data)
  await demandFolder(dir)
  const store = await openStateToRead(dir, io.signal)
  let count = 0
  function* lines(pages: ReturnType<Reader['asked']>): Generator<string, void> {
    const line = io.stdout.isTTY === true ? tableLine : jsonLine
    for (const page of pages) {
      count += page.length
      yield page.map(line).join('')
    }
  }
  try {
    await writeAll(io.stdout, lines(store.asked(Number.isFinite(from) ? from : 0)), io.signal)
  } finally {
    store.close()
  }
  if (count >= askedMax) io.stderr.write(`What was asked before the last ${askedMax} queries is forgotten.\n`)
}

/** A query without a name fetched the bootstrap file, or was a CONFIG or STATUS for the ISC. */
const jsonLine = ({ at, host, protocol, name }: SentQuery): string =>
  `${toJsonLine({ ts: isoTime(at), host, protocol, name: name === '' ? undefined : name })}\n`

const tableLine = ({ at, host, protocol, name }: SentQuery): string =>
  `${[isoTime(at).slice(0, 19).replace('T', ' '), protocol.padEnd(5), jsonEscaped(host).padEnd(30), jsonEscaped(name === '' ? '-' : name)].join('  ')}\n`
