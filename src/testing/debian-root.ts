/** A Debian release in a folder, made by debootstrap from the machine's own mirror, for tests of the package and the image. */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { env } from 'node:process'
import type { Readable } from 'node:stream'
import { started, type Started } from './process.js'

/** The URI of the mirror from which apt installs Debian on this machine; undefined where it is another system. */
export const debianMirror = (): string | undefined => {
  const [, release] = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? []
  const about = ['Created-By: Packages', 'Component: main', 'Origin: Debian', `Codename: ${release ?? ''}`]
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(SITE)', ...about], {
    encoding: 'utf8',
  })
  return stdout ? stdout.split('\n')[0] : undefined
}

/** For the `skip` of a test: false if there is a mirror, otherwise the reason. In CI the test fails. */
export const needsMirror = (): string | false =>
  debianMirror() === undefined && !env['CI'] ? 'needs a Debian with apt sources' : false

/** In it nothing asks, no service is started (invoke-rc.d asks policy-rc.d, and 101 is no), and nothing has to reach the disk. */
const makeTar = `
[ ! -e "$2" ] || exit 0
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase "$0" "$root" "$1"
chmod 755 "$root"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
printf 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\nDpkg::Use-Pty "false";\n' >"$root/etc/apt/apt.conf.d/test"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe"
tar -C "$root" --one-file-system -cf "$2.part" .
mv "$2.part" "$2"`

/**
 * The release as a tar in build/, made once for all tests until the next build: whoever comes second waits.
 *
 * @throws Error if it cannot be made
 */
export const debianTar = (release: string, mirror: string): string => {
  const tar = resolve('build', `debian-${release}.tar`)
  const command = [`${tar}.lock`, 'sh', '-euc', makeTar, release, mirror, tar]
  const { status, stdout, stderr } = spawnSync('flock', command, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`debootstrap: ${stdout.slice(-2_000)}${stderr}`)
  return tar
}

export interface DebianRoot {
  readonly path: string
  /** Runs a command in it, without daemons. Returns what it prints on both streams. @throws Error if it fails */
  readonly run: (...command: readonly string[]) => string
  /** Starts a command in it. The process is the command itself: it gets the signals. */
  readonly start: (...command: readonly string[]) => Started
}

/** Its /proc is mounted in a name space of its own, and gone with the command. systemctl knows that no systemd runs. */
const inside = (root: string, command: readonly string[]): readonly string[] => [
  ...['--mount', 'sh', '-c'],
  'mount -t proc proc "$0/proc" && exec chroot "$0" env -i SYSTEMD_OFFLINE=1 PATH=/usr/sbin:/usr/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"',
  ...[root, ...command],
]

/** @throws Error if it cannot be made */
export const makeDebianRoot = (release: string, path: string, mirror: string): DebianRoot => {
  mkdirSync(path)
  const unpacked = spawnSync('tar', ['-C', path, '-xpf', debianTar(release, mirror)], { encoding: 'utf8' })
  if (unpacked.status !== 0) throw new Error(`tar: ${unpacked.stderr}`)
  return {
    path,
    run: (...command) => {
      const { status, stdout, stderr } = spawnSync('unshare', inside(path, command), { encoding: 'utf8' })
      if (status !== 0) throw new Error(`${command.join(' ')}: ${status ?? ''} ${stdout}${stderr}`)
      return stdout + stderr
    },
    start: (...command) => {
      const child: ChildProcessByStdio<null, Readable, Readable> = spawn('unshare', inside(path, command), {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      return started(child)
    },
  }
}

/**
 * What apt would do on a bare system of another release, without making one: it has a folder of its own.
 *
 * @param dir an empty folder
 * @returns whether it would install the package, and what it says
 */
export const wouldInstall = (release: string, dir: string, mirror: string, deb: string) => {
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(join(dir, name), { recursive: true })
  writeFileSync(join(dir, 'status'), '')
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg'
  writeFileSync(join(dir, 'sources.list'), `deb [signed-by=${keys}] ${mirror} ${release} main\n`)
  const own = [
    ...[`Dir::State=${dir}/state`, `Dir::State::status=${dir}/status`, `Dir::Cache=${dir}/cache`],
    ...[`Dir::Etc::sourcelist=${dir}/sources.list`, `Dir::Etc::sourceparts=${dir}/parts`],
    ...[`Dir::Etc::preferencesparts=${dir}/parts`, 'APT::Sandbox::User=root'],
  ].flatMap(option => ['-o', option])
  const apt = (...args: readonly string[]) =>
    spawnSync('apt-get', [...own, '-q', ...args], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  const updated = apt('update')
  if (updated.status !== 0) throw new Error(`apt-get update: ${updated.stdout}${updated.stderr}`)
  const { status, stdout, stderr } = apt('install', '--simulate', '--no-install-recommends', deb)
  return { isInstalled: status === 0, says: stdout + stderr }
}
