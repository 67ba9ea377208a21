/** The list of all fuzz targets. */
import { configurationTargets } from './configuration.js'
import { httpTargets } from './http.js'
import { ignoreTargets } from './ignore.js'
import { importTargets } from './imports.js'
import { logTargets } from './logs.js'
import { passiveDnsTargets } from './passive-dns.js'
import { pythonTargets } from './python.js'
import { registryTargets } from './registries.js'
import { tableTargets } from './tables.js'
import { tagTargets } from './tags.js'
import type { Target } from './target.js'

export const targets: readonly Target[] = [
  ...logTargets,
  ...tableTargets,
  ...importTargets,
  ...passiveDnsTargets,
  ...ignoreTargets,
  ...pythonTargets,
  ...httpTargets,
  ...configurationTargets,
  ...registryTargets,
  ...tagTargets,
]
