/** `domainstats feedback`: writes datasets and rules for Suricata. */
import { resolve } from 'node:path'
import { loadConfig, resolveIn } from '../config/load.js'
import { feedbackOptionsOf } from '../daemon/feedback.js'
import { reducerBy } from '../daemon/names.js'
import { jsonEscaped } from '../output/json.js'
import { tagTableOf } from '../store/tags.js'
import { systemClock } from '../time/clock.js'
import { type WrittenFeedback, writeFeedback } from '../transfer/feedback.js'
import { demandFolder, makeFolder, openStateToRead } from './data-folder.js'
import { UsageError, type Io } from './io.js'

export interface FeedbackFlags {
  readonly data: string
  /** Undefined: the folder of the settings. */
  readonly to: string | undefined
}

/** @throws UsageError if no folder is given, or the data folder has no state; Error if a file cannot be written */
export const feedBack = async ({ data, to }: FeedbackFlags, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const own = config.feedback.folder
  const folder = to === undefined ? own && resolveIn(dir, own) : resolve(to)
  if (folder === undefined) throw new UsageError('Where to? Give --to, or the setting feedback.folder.')
  const { reduce } = await reducerBy(config, dir)
  const store = await openStateToRead(dir, io.signal)
  try {
    await makeFolder(folder, () => io.stderr.write(`${jsonEscaped(folder)}: made\n`))
    const table = tagTableOf(store.tags)
    const tools = { store, tagTable: () => table, reduce, now: systemClock.now() }
    const written = await writeFeedback(folder, feedbackOptionsOf(config), tools, io.signal)
    for (const line of linesAbout(written)) io.stdout.write(`${line}\n`)
  } finally {
    store.close()
  }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

const linesAbout = ({ sets, rules, changed }: WrittenFeedback): string[] => {
  const state = (file: string): string => (changed.includes(file) ? '' : ', as it was')
  const counts = Object.values(sets).map(({ file, names, domains, leftOut }) => {
    const more = leftOut === 0 ? '' : `; ${leftOut} left out: feedback.names_max`
    return `${file}: ${count(names, 'name')} of ${count(domains, 'domain')}${more}${state(file)}`
  })
  const [first, last] = rules.sids
  return [...counts, `${rules.file}: sid ${first} to ${last}${state(rules.file)}`]
}
