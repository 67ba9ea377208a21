/**
 * The packages: what is in them, and whether the one for Debian installs, runs and goes away in a clean Debian 13. Needs the
 * build in dist/.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { env } from 'node:process'
import t, { type Test } from 'tap'
import * as z from 'zod'
import {
  debianMirror,
  makeDebianRoot,
  needsMirror,
  wouldInstall,
  type DebianRoot,
} from './testing/debian-root.js'
import { needs } from './testing/external-programs.js'
import type { Started } from './testing/process.js'
import { followRecords } from './testing/record-log.js'
import { needsRoot } from './testing/unprivileged.js'

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')))

const folder = mkdtempSync(join(tmpdir(), 'domainstats-package-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const run = (command: string, args: readonly string[], more: { cwd?: string; env?: object } = {}) =>
  spawnSync(command, args, {
    ...{ cwd: more.cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    env: { ...env, ...more.env, LC_ALL: 'C.UTF-8' },
  })

/** Makes a package in a new folder. Returns its path. */
const make = (script: string, into: string): string => {
  const cwd = join(folder, into)
  mkdirSync(cwd)
  const { status, stdout, stderr } = run(resolve('packaging', script), [], {
    cwd,
    env: { SOURCE_DATE_EPOCH: '1795248000' },
  })
  if (status !== 0) throw new Error(`${script}: ${stdout}${stderr}`)
  return join(cwd, stdout.trim())
}

const noDeb = needs('dpkg-deb') || needs('dpkg-shlibdeps')
let made: string | undefined
const deb = (): string => (made ??= make('deb.sh', 'deb'))

void t.test('the same build gives the same package, of files of root', { skip: noDeb }, t => {
  t.match(deb(), new RegExp(`/domainstats_${version}_[a-z0-9]+\\.deb$`))
  t.ok(readFileSync(deb()).equals(readFileSync(make('deb.sh', 'again'))))
  const { stdout } = run('dpkg-deb', ['--contents', deb()])
  const files = stdout.trim().split('\n')
  t.ok(files.length > 50)
  for (const file of files) t.match(file, /^\S+ root\/root /)
  t.end()
})

void t.test('it depends on the node that its compiled library fits', { skip: noDeb }, t => {
  const { stdout } = run('dpkg-deb', ['--field', deb(), 'Depends'])
  const [major] = process.versions.node.split('.')
  t.match(stdout, new RegExp(`nodejs \\(>= ${major}[.)].* nodejs \\(<< ${Number(major) + 1}~\\)`))
  t.match(stdout, /libc6 \(>= [\d.]+\)/)
  t.end()
})

void t.test('lintian finds no error', { skip: noDeb || needs('lintian') }, t => {
  const { stdout } = run('lintian', ['--allow-root', '--tag-display-limit', '0', deb()])
  t.notMatch(stdout, /^E: /m)
  const overrides = readFileSync('packaging/deb/lintian-overrides', 'utf8').trim().split('\n')
  t.match(overrides[0], /^# /, 'each override has its reason')
  t.end()
})

const mirror = debianMirror()
const noMirror = needsMirror()

void t.test(
  'apt refuses it in Debian 12, and names nodejs',
  { skip: noDeb || needs('apt-get') || noMirror },
  t => {
    const dir = join(folder, 'bookworm')
    const { isInstalled, says } = wouldInstall('bookworm', dir, mirror ?? '', deb())
    t.notOk(isInstalled)
    t.match(says, /domainstats : Depends: nodejs \(>= 20[^]*but 18/)
    t.end()
  },
)

void t.test('the rpm has the same program, settings and service', { skip: needs('rpmbuild') }, t => {
  const rpm = make('rpm.sh', 'rpm')
  t.match(rpm, new RegExp(`/domainstats-${version}-1\\.[a-z0-9_]+\\.rpm$`))
  const query = (...args: readonly string[]) =>
    run('rpm', ['--query', '--package', ...args, rpm])
      .stdout.trim()
      .split('\n')
  const files = query('--list')
  t.ok(files.includes('/usr/lib/systemd/system/domainstats@.service'))
  t.ok(files.includes('/usr/share/zsh/site-functions/_domainstats'))
  t.strictSame(query('--configfiles'), ['/etc/domainstats/domainstats.yaml'])
  const program = (paths: readonly string[]) => paths.filter(path => path.startsWith('/usr/lib/')).sort()
  const inDeb = run('dpkg-deb', ['--contents', deb()])
    .stdout.split('\n')
    .map(line => line.replace(/^.* \.(\/\S*?)\/?$/, '$1'))
  const shared = ['/usr/lib/systemd', '/usr/lib/systemd/system', '/usr/lib/sysusers.d', '/usr/lib/tmpfiles.d']
  t.strictSame(
    program(files),
    program(inDeb).filter(path => !shared.includes(path)),
  )
  t.match(query('--requires').join('\n'), /^\(nodejs\(engine\) >= \d\S* with nodejs\(engine\) < \d+\)$/m)
  t.match(query('--scripts').join('\n'), /systemd-sysusers domainstats\.conf/)
  t.end()
})

/** The ExecStart of the installed unit, as words. */
const commandOf = (root: string, name: string, instance = ''): string[] => {
  const unit = readFileSync(join(root, 'usr/lib/systemd/system', name), 'utf8')
  const [, command = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? []
  return command.replaceAll('"', '').replaceAll('%i', instance).split(' ')
}

/** Paths below a root whose name is ours. */
const ours = (root: string): string[] =>
  run('find', [
    root,
    '-xdev',
    '-not',
    '-path',
    '*/proc/*',
    '-iname',
    '*domain[-_]*stats*',
    '-o',
    '-iname',
    '*domainstats*',
  ])
    .stdout.split('\n')
    .filter(path => path !== '')
    .map(path => relative(root, path))
    .sort()

/** The commands that systemd/README.md shows, in its order. Each is run below, and then taken out. */
const shown = [...readFileSync('systemd/README.md', 'utf8').matchAll(/```\n([^]*?)```/g)].flatMap(
  ([, block = '']) => block.trim().split('\n'),
)
const theShown = (begin: string): string => {
  const at = shown.findIndex(command => command.startsWith(begin))
  if (at < 0) throw new Error(`systemd/README.md does not show ${begin}`)
  return shown.splice(at, 1).join()
}

/** Runs a shown command of make without the build: the other tests read dist/ meanwhile. Returns what it prints. */
const makeShown = (begin: string, ...more: readonly string[]): string => {
  const words = theShown(begin).split(' ').slice(1)
  const plain = { MAKEFLAGS: '', MAKELEVEL: '', SOURCE_DATE_EPOCH: '1795248000' }
  const { status, stdout, stderr } = run('make', ['-o', 'build', ...words, ...more], { env: plain })
  if (status !== 0) throw new Error(`${begin}: ${stdout}${stderr}`)
  return stdout.trim()
}

const noRoot = noDeb || needsRoot || needs('debootstrap') || needs('unshare') || noMirror

/** Starts what the unit starts, as systemd does: by its user, which runuser could not, because it keeps the signals for itself. */
const startService = (t: Test, { path, start }: DebianRoot, name: string, instance = ''): Started => {
  const user = ['--reuid', 'domainstats', '--regid', 'domainstats', '--init-groups']
  const daemon = start('setpriv', ...user, ...commandOf(path, name, instance))
  t.teardown(() => daemon.end('SIGKILL'))
  return daemon
}

/** Waits for records, and ends it. */
const hasRecords = async (t: Test, daemon: Started, log: string): Promise<void> => {
  await daemon.says('input-opened')
  const records = await followRecords(t, log).until(all => all.length > 5)
  t.match(records, [{ query: /\./ }])
  t.equal(await daemon.end('SIGTERM'), 0)
}

void t.test(
  'in a clean Debian 13, all that systemd/README.md shows: install, run, remove',
  { skip: noRoot },
  async t => {
    const root = makeDebianRoot('trixie', join(folder, 'trixie'), mirror ?? '')
    const { path, run } = root
    // No systemd runs: systemctl does without a start, and refuses --now.
    const runShown = (begin: string) =>
      run('sh', '-c', `cd /root && ${theShown(begin).replace(' --now', '')}`)

    const made = makeShown('make deb')
    t.ok(readFileSync(made).equals(readFileSync(deb())))
    cpSync(made, join(path, 'root', made))
    rmSync(made)
    runShown('apt install')
    t.match(run('domainstats', '--version'), version)
    t.match(run('id', 'domainstats'), /^uid=(\d+)\(domainstats\) gid=\d+\(domainstats\)/)
    const folders = ['/var/lib/domainstats', '/var/log/domainstats']
    t.match(run('stat', '-c', '%U:%G %a', ...folders), /^(domainstats:domainstats 750\n){2}$/)
    t.match(run('systemctl', 'is-enabled', 'domainstats'), /^enabled/)
    for (const unit of ['domainstats.service', 'domainstats@dmz.service']) {
      run('systemd-analyze', 'verify', '--man=no', unit)
      run('systemd-analyze', 'security', '--offline=true', '--threshold=15', '--no-pager', unit)
    }

    // With the settings that the package brought. Nobody is asked.
    cpSync('samples/zeek', join(path, 'opt/zeek/logs/current'), { recursive: true })
    run('groupadd', 'suricata')
    runShown('for group in')
    t.match(run('id', '-Gn', 'domainstats'), /\bsuricata\b/)
    runShown('systemctl restart domainstats')
    run('sh', '-c', 'echo "mode: off" >>/etc/domainstats/domainstats.yaml')
    const records = join(path, 'var/log/domainstats')
    await hasRecords(t, startService(t, root, 'domainstats.service'), join(records, 'domainstats.log'))
    t.match(run('stat', '-c', '%U %a', '/var/log/domainstats/domainstats.log'), 'domainstats 640')

    runShown('install -D -m 644 /etc/domainstats/domainstats.yaml')
    runShown('systemctl enable --now domainstats@dmz')
    // What systemd does for StateDirectory and LogsDirectory.
    run('mkdir', '/var/log/domainstats/dmz')
    run('chown', '-R', 'domainstats:', '/var/lib/domainstats/dmz', '/var/log/domainstats/dmz')
    const dmz = startService(t, root, 'domainstats@.service', 'dmz')
    await hasRecords(t, dmz, join(records, 'dmz/domainstats.log'))

    run('useradd', '--system', 'filebeat')
    runShown('usermod -aG domainstats filebeat')
    t.match(run('id', '-Gn', 'filebeat'), /\bdomainstats\b/)
    runShown('systemctl restart filebeat')
    runShown('install -D -m 644 /usr/share/doc/domainstats/systemd/logrotate.conf')
    t.match(run('cat', '/etc/logrotate.d/domainstats'), /^\/var\/log\/domainstats\/domainstats\.log \{$/m)
    run('rm', '/etc/logrotate.d/domainstats')

    runShown('install -D -m 644 /usr/share/doc/domainstats/systemd/commands.conf')
    runShown('systemctl daemon-reload')
    runShown('systemctl restart domainstats')
    const dropIns = '/etc/systemd/system/domainstats.service.d'
    t.match(run('cat', `${dropIns}/commands.conf`), /^AmbientCapabilities=CAP_NET_RAW$/m)
    run(
      'systemd-analyze',
      'security',
      '--offline=true',
      '--threshold=20',
      '--no-pager',
      'domainstats.service',
    )
    run('rm', '-r', dropIns)

    run('sh', '-c', 'apt install --reinstall /root/domainstats_*.deb')
    t.match(
      readFileSync(join(path, 'etc/domainstats/domainstats.yaml'), 'utf8'),
      /^mode: off$/m,
      'settings stay',
    )
    runShown('apt remove')
    t.ok(existsSync(join(path, 'var/lib/domainstats/domainstats.sqlite')), 'data stays')
    runShown('apt purge')
    run(
      'sh',
      '-c',
      'rm -f /root/domainstats_*.deb /etc/systemd/system/multi-user.target.wants/domainstats@dmz.service',
    )
    t.strictSame(ours(path), [])

    makeShown('make install', `DESTDIR=${path}`)
    for (const command of ['systemd-sysusers', 'systemd-tmpfiles', 'systemctl daemon-reload'])
      runShown(command)
    runShown('systemctl enable --now domainstats')
    t.match(run('systemctl', 'is-enabled', 'domainstats'), /^enabled/)
    t.match(run('/usr/local/bin/domainstats', '--version'), version)
    t.match(run('stat', '-c', '%U:%G %a', ...folders), /^(domainstats:domainstats 750\n){2}$/)
    runShown('systemctl disable --now domainstats')
    makeShown('make uninstall', `DESTDIR=${path}`)
    runShown('systemctl daemon-reload')
    t.strictSame(ours(path), [
      'var/lib/domainstats',
      'var/lib/domainstats/domainstats.yaml',
      'var/log/domainstats',
    ])
  },
)

void t.test('the commands of systemd/README.md for an rpm', { skip: needs('rpmbuild') }, t => {
  const made = makeShown('make rpm')
  const { status, stdout } = run('sh', ['-c', theShown('rpm -qpl')])
  rmSync(made)
  t.equal(status, 0)
  t.match(stdout, /^\/usr\/bin\/domainstats$/m)
  t.end()
})

const allRun = noRoot || needs('rpmbuild')
void t.test('systemd/README.md shows no command that was not run', { skip: allRun }, t => {
  t.strictSame(shown, [])
  t.end()
})
