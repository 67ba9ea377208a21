/** `domainstats update`: takes registrations that somebody publishes in versions. */
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { updates } from '../config/schema-updates.js'
import { jsonEscaped } from '../output/json.js'
import { openStore } from '../store/store.js'
import { userAgent } from '../telemetry/report.js'
import { takenVersion, takeUpdates } from '../transfer/updates.js'
import { demandFolder } from './data-folder.js'
import { UsageError, type Io } from './io.js'
import { openLog } from './log.js'
import { openWorld } from './world.js'

export interface UpdateFlags {
  readonly data: string
  /** Instead of the setting `updates.url`. */
  readonly from: string | undefined
}

/** @throws UsageError without an address, or for a wrong one; Error if a version is not taken */
export const updateData = async ({ data, from }: UpdateFlags, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const url = from ?? config.updates.url
  if (url === undefined) throw new UsageError('From where? Give --from, or the setting updates.url.')
  const checked = updates.schema.safeParse({ url })
  if (!checked.success) throw new UsageError(`--from ${url}: ${checked.error.issues[0]?.message ?? 'wrong'}.`)
  const { network, clock } = openWorld(io, openLog(io.stderr, 'warn'))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  try {
    const tools = { store, way: network.own, clock, userAgent: userAgent(config.contact), signal: io.signal }
    let isNew = false
    for await (const { major, minor, taken, refused } of takeUpdates(url, tools)) {
      isNew = true
      io.stdout.write(`${major}.${minor}: ${taken} registrations taken, ${refused} lines refused\n`)
    }
    const { major, minor } = takenVersion(store, url) ?? { major: 0, minor: 0 }
    if (!isNew) io.stdout.write(`nothing is newer than ${major}.${minor} at ${jsonEscaped(url)}\n`)
  } finally {
    store.close()
  }
}
