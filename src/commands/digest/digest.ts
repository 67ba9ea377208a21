/** `domainstats digest`: what a day brought, as text for a mail. */
import { resolve } from 'node:path'
import { loadConfig, resolveIn } from '../../config/load.js'
import { digestTopMax } from '../../limits.js'
import { isFolderLocked } from '../../store/exclusive.js'
import { systemClock } from '../../time/clock.js'
import { demandFolder, openStateToRead } from '../data-folder.js'
import { examineRun } from '../doctor/running.js'
import { endOf, ExitStatus, UsageError, type Io, writeAll } from '../io.js'
import { openLog } from '../log.js'
import { timeSince } from '../since.js'
import { sayEnd } from '../terminal.js'
import { openWorld } from '../world.js'
import { recordsSince, type ReadLogs } from './records.js'
import { KeyQuota, Sums, Ranking } from './sums.js'
import { digestText, isNotable } from './text.js'

export interface DigestFlags {
  readonly data: string
  readonly since: string
  readonly top: number
}

/** Something in the digest wants a look. */
const notableStatus = 3

/**
 * Prints the digest of the records since a time.
 *
 * @throws UsageError for invalid flags, or if the folder has no state
 * @throws ExitStatus 3 if an alert wants a look
 * @throws Error if the settings name no log, or a log could not be read to its end
 */
export const printDigest = async ({ data, since, top }: DigestFlags, io: Io): Promise<void> => {
  const now = systemClock.now()
  const from = timeSince(since, now)
  if (!Number.isSafeInteger(top) || top < 1 || top > digestTopMax)
    throw new UsageError(`--top takes a whole number from 1 to ${digestTopMax}.`)
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  if (config.output === '-') throw new Error('The settings write records to stdout: there is no log to read.')
  const asked = await askedSince(dir, from, io)
  const sums = new Sums()
  const read: ReadLogs = { files: [], failed: [], unclear: 0 }
  for await (const record of recordsSince(resolveIn(dir, config.output), from, read)) {
    if (endOf(io) !== undefined) {
      sayEnd(io)
      return
    }
    sums.add(record)
  }
  const { network } = openWorld(io, openLog(io.stderr, 'warn'))
  const isLive = isFolderLocked(dir)
  const run = await examineRun({ config, dir, isLive, network, clock: systemClock, signal: io.signal })
  const text = digestText({ from, to: now, sums, read, asked, run, top })
  await writeAll(io.stdout, [text], io.signal)
  if (read.failed.length > 0) throw new Error('not all records were read: see LOG')
  if (isNotable(sums)) throw new ExitStatus(notableStatus)
}

/** The queries that left the machine since then (epoch ms), by host. */
const askedSince = async (dir: string, from: number, io: Io): Promise<Ranking> => {
  const hosts = new Ranking(new KeyQuota())
  const store = await openStateToRead(dir, io.signal)
  try {
    for (const page of store.asked(from)) for (const { host } of page) hosts.add(host)
  } finally {
    store.close()
  }
  return hosts
}
