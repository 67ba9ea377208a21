/** Who we are. */
import { createRequire } from 'node:module'
import { z } from 'zod'

/** From package.json, which lies one folder up from both src and dist. */
export const version = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('../package.json')).version

/** How we introduce ourselves to registries. @param contact whom they may write to */
export const userAgent = (contact: string | undefined): string =>
  `domainstats/${version}${contact === undefined ? '' : ` (${contact})`}`
