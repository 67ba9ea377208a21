/** The terms on which the ISC may be asked: what its CONFIG and STATUS said last. */
import type { FailedReason, Registration } from '../../registration.js'
import type { Telemetry } from '../../telemetry.js'
import type { Config, Status } from './answers.js'
import { isProhibited } from './prohibited.js'
import { isAbove, noVersion, readVersion, versionText, type Version } from './version.js'

/** Who asks whom. */
export interface Parties {
  readonly url: URL
  /** Ours, as `major.minor`; what follows is not compared. */
  readonly softwareVersion: string
  readonly databaseVersion: string
}

export interface Terms {
  /** Told what CONFIG said, or why it could not be had; the CONFIG before stays in force then. */
  readonly config: (said: Config | FailedReason) => void
  readonly status: (said: Status) => void
  /** Why the ISC must not be asked for a name; undefined when it may. */
  readonly refusal: (name: string) => Registration | undefined
}

/** Which version of ours is too old for the ISC, in a sentence; undefined when it takes us as we are. */
export const outdatedFor = (config: Config, parties: Parties): string | undefined => {
  const older = (what: string, ours: string, wanted: Version): string | undefined => {
    const own = readVersion(ours) ?? noVersion
    if (!isAbove(wanted, own)) return undefined
    // Not the whole URL: it may hold a secret.
    const isc = `the ISC at ${parties.url.host}`
    return `${isc} wants ${what} version ${versionText(wanted)} or later, this is ${versionText(own)}: update domainstats`
  }
  return (
    older('software', parties.softwareVersion, config.software) ??
    older('database', parties.databaseVersion, config.database)
  )
}

/** Nothing may be asked before CONFIG was had. */
export const openTerms = (parties: Parties, telemetry: Telemetry): Terms => {
  let config: Config | undefined
  /** Why CONFIG could not be had the last time; nobody has asked for it yet. */
  let missing: FailedReason | undefined = 'network-error'
  let outdated: string | undefined
  let denied: string | undefined

  /** Makes a change, and reports it if it stops look-ups or lets them go on. */
  const change = (make: () => void): void => {
    const before = outdated ?? denied
    make()
    const message = outdated ?? denied
    if (message === before) return
    telemetry(message === undefined ? { kind: 'isc-admitted' } : { kind: 'isc-denied', message })
  }

  return {
    config: said => {
      if (typeof said === 'string') {
        missing = said
        return
      }
      if (missing !== undefined) telemetry({ kind: 'isc-configured', prohibited: said.prohibited.size })
      missing = undefined
      config = said
      change(() => (outdated = outdatedFor(said, parties)))
    },
    status: said => change(() => (denied = said.denied)),
    refusal: name => {
      if (config && isProhibited(name, config.prohibited))
        return { kind: 'unsupported', reason: 'prohibited-tld' }
      if (outdated !== undefined || denied !== undefined) return { kind: 'failed', reason: 'isc-denied' }
      return config ? undefined : { kind: 'failed', reason: missing ?? 'network-error' }
    },
  }
}
