/** `domainstats whois`: the full records of domains, one JSON line each. */
import { setMaxListeners } from 'node:events'
import { join, resolve } from 'node:path'
import { openWhoisRecords, rankBy } from '../ask/whois-records.js'
import { loadConfig } from '../config/load.js'
import { bootstrapIn } from '../daemon/bootstrap-copy.js'
import { reducerBy } from '../daemon/names.js'
import { sharingOrAlone } from '../daemon/shared.js'
import { readFields, whoisJson, whyNoRecord, wrongIn, type AskedField } from '../http/whois-answers.js'
import { openRegistries } from '../lookup/lookup.js'
import { loadBootstrapFile } from '../lookup/rdap/bootstrap.js'
import { SentQueries } from '../lookup/sent-queries.js'
import { readPasted } from '../names/pasted.js'
import { jsonEscaped, toJsonLine } from '../output/json.js'
import { openStore } from '../store/store.js'
import { demandFolder } from './data-folder.js'
import { type Io, UsageError, writeAll } from './io.js'
import { openLog } from './log.js'
import { aloneTo, wentTo } from './outside.js'
import { openWorld } from './world.js'

export interface WhoisFlags {
  readonly names: readonly string[]
  /** Keys between commas; undefined for all. */
  readonly fields: string | undefined
  /** The data folder; undefined: answers are not kept. */
  readonly data: string | undefined
}

/** The fields of the flag. @throws UsageError for one that does not exist */
const fieldsOf = (text: string | undefined): readonly AskedField[] => {
  const fields = readFields(text === undefined ? [] : [text])
  const wrong = wrongIn(fields)
  if (fields === undefined || wrong !== undefined)
    throw new UsageError(`--fields: ${jsonEscaped(wrong ?? '')}`)
  return fields
}

/** The name that a pasted text means. @throws UsageError if it means none */
const nameIn = (text: string): string => {
  const pasted = readPasted(text)
  if (pasted.kind === 'name') return pasted.name
  throw new UsageError(`"${jsonEscaped(text)}": ${pasted.why}`)
}

/**
 * @throws UsageError if there is no such folder or field, a text means no name, or `mode` is not rdap
 * @throws Error at the end, if a name has no record
 */
export const whois = async (flags: WhoisFlags, io: Io): Promise<void> => {
  const fields = fieldsOf(flags.fields)
  const names = flags.names.map(nameIn)
  const dir = flags.data === undefined ? undefined : resolve(flags.data)
  if (dir !== undefined) await demandFolder(dir)
  const { config } = await loadConfig(dir)
  if (config.mode !== 'rdap')
    throw new UsageError(`whois asks registries, and the settings say mode: ${config.mode}.`)
  const file = await loadBootstrapFile(config, dir)
  const { reduce } = await reducerBy(config, dir)
  // Each look-up under way adds a listener.
  setMaxListeners(0, io.signal)
  const world = openWorld(io, openLog(io.stderr, 'warn'))
  const store = openStore(dir === undefined ? ':memory:' : join(dir, 'domainstats.sqlite'))
  const sharing = await sharingOrAlone({ ...world, config, dir, store }, aloneTo(io))
  const sent = new SentQueries(world.clock)
  try {
    const { record: lookup } = openRegistries({
      ...{ config, ...bootstrapIn(store), file, ...world, onSent: sent.add, signal: io.signal },
      ...{ shared: sharing.shared, turns: sharing.turns },
    })
    const rankOf = rankBy(reduce, store.ranks())
    const answers = store.commandAnswers()
    const records = openWhoisRecords({ lookup, reduce, answers, ...world })
    const stop = () => void records.close()
    io.signal.addEventListener('abort', stop, { once: true })
    let missing = 0
    try {
      for (const name of names) {
        const outcome = await records.ask(name)
        if (outcome.kind === 'record')
          await writeAll(io.stdout, [`${toJsonLine(whoisJson(outcome, rankOf(name), fields))}\n`], io.signal)
        else {
          missing += 1
          io.stderr.write(`${jsonEscaped(name)}: ${jsonEscaped(whyNoRecord(outcome).why)}\n`)
        }
      }
    } finally {
      io.signal.removeEventListener('abort', stop)
      await records.close()
      io.stderr.write(wentTo(sent.hosts()))
    }
    if (missing > 0) throw new Error(`${missing} of ${names.length} names have no record`)
  } finally {
    const asked = sent.drain()
    if (asked.length > 0) store.commit({}, () => ({ asked }), world.clock.now())
    await sharing.close()
    store.close()
  }
}
