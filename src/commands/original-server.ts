/** `domain-stats DIR` of domain_stats 1.x: `domainstats run` on that folder, answering over HTTP in any case. */
import { resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import type { Io } from './io.js'
import { demandFolder } from './demand-folder.js'
import { run } from './run.js'

/** @throws UsageError if there is no such folder; what `run` throws */
export const serve = async (data: string, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const http = `[${config.ip_address}]:${config.local_port}`
  await run(
    {
      ...{ data: dir, zeek: [], suricata: [], output: undefined, http },
      ...{ once: false, wait: true, show: false, skim: true },
    },
    io,
  )
}
