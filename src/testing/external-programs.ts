/** External programs that tests run. Without one its tests are skipped; in CI they fail. */
import { spawnSync } from 'node:child_process'
import { env } from 'node:process'

/** Their packages in Debian and Ubuntu. */
const packages = {
  rsyslogd: 'rsyslog rsyslog-gnutls',
  dnsdbq: 'dnsdbq',
  zkg: 'zkg',
  'redis-server': 'redis-server',
  logrotate: 'logrotate',
  curl: 'curl',
  jq: 'jq',
  ping: 'iputils-ping',
  whois: 'whois',
  traceroute: 'traceroute',
  dig: 'bind9-dnsutils',
  xmllint: 'libxml2-utils',
  /** Of the package only this program, by `.ci/promtool`: the rest is a service. */
  promtool: 'prometheus',
  /** The library, for the Python of the system. */
  'python3-requests': 'python3-requests',
  'systemd-notify': 'systemd',
  'systemd-analyze': 'systemd',
  'systemd-sysusers': 'systemd',
  'systemd-tmpfiles': 'systemd',
  'dpkg-deb': 'dpkg',
  'dpkg-shlibdeps': 'dpkg-dev binutils',
  'apt-get': 'apt',
  lintian: 'lintian',
  debootstrap: 'debootstrap',
  unshare: 'util-linux',
  buildah: 'buildah',
  rpmbuild: 'rpm',
  bash: 'bash',
  zsh: 'zsh',
  fish: 'fish',
  python3: 'python3',
  /** Version 7: on Debian 12 by `.ci/backports suricata`. */
  suricata: 'suricata',
} as const

export type ExternalProgram = keyof typeof packages

const isThere = (program: ExternalProgram): boolean =>
  program === 'python3-requests'
    ? spawnSync('/usr/bin/python3', ['-c', 'import requests']).status === 0
    : // Daemons are in folders that only root has in PATH.
      spawnSync('sh', ['-c', 'PATH="$PATH:/usr/sbin:/sbin" command -v "$0"', program]).status === 0

/**
 * For the `skip` of a test: false if the program is installed, otherwise the reason.
 *
 * @throws Error in CI, with the command that installs it
 */
export const needs = (program: ExternalProgram): string | false => {
  if (isThere(program)) return false
  if (env['CI']) throw new Error(`CI needs ${program}: apt-get install -y ${packages[program]}`)
  return `needs ${program}`
}
