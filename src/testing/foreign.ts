/** Programs of others that a test runs for real. Elsewhere they may be missing; in CI a missing one is a failure. */
import { spawnSync } from 'node:child_process'
import { env } from 'node:process'

/** The packages of Debian and Ubuntu that they come in. */
const packages = { rsyslogd: 'rsyslog rsyslog-gnutls' } as const

export type Foreign = keyof typeof packages

const isThere = (program: Foreign): boolean =>
  // Daemons live where only root looks by default.
  spawnSync('sh', ['-c', 'PATH="$PATH:/usr/sbin:/sbin" command -v "$0"', program]).status === 0

/**
 * For the `skip` of a test: false where the program is there, else the reason.
 *
 * @throws Error in CI, where it must be there, with how to install it
 */
export const needs = (program: Foreign): string | false => {
  if (isThere(program)) return false
  if (env['CI']) throw new Error(`CI needs ${program}: apt-get install -y ${packages[program]}`)
  return `needs ${program}`
}
