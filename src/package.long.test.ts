/**
 * The packages: what is in them, and whether the one for Debian installs, runs and goes away in a clean Debian 13. Needs the
 * build in dist/.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { env } from 'node:process'
import t from 'tap'
import * as z from 'zod'
import { debianMirror, makeDebianRoot, wouldInstall } from './testing/debian-root.js'
import { needs } from './testing/external-programs.js'
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
const noMirror = mirror === undefined && !env['CI'] ? 'needs a Debian with apt sources' : false

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

const noRoot = noDeb || needsRoot || needs('debootstrap') || needs('unshare') || noMirror

void t.test('it installs, runs and is purged in a clean Debian 13', { skip: noRoot }, async t => {
  const { path, run, start } = makeDebianRoot('trixie', join(folder, 'trixie'), mirror ?? '')
  cpSync(deb(), join(path, 'root/domainstats.deb'))
  const apt = (...args: readonly string[]) => run('apt-get', '-qq', '--no-install-recommends', ...args)
  apt('install', '-y', '/root/domainstats.deb')

  t.match(run('domainstats', '--version'), version)
  t.ok(existsSync(join(path, 'usr/share/man/man1/domainstats.1.gz')))
  t.match(run('id', 'domainstats'), /^uid=(\d+)\(domainstats\) gid=\d+\(domainstats\)/)
  t.match(
    run('stat', '-c', '%U:%G %a', '/var/lib/domainstats', '/var/log/domainstats'),
    /^(domainstats:domainstats 750\n){2}$/,
  )
  t.match(run('systemctl', 'is-enabled', 'domainstats'), /^enabled/)
  for (const unit of ['domainstats.service', 'domainstats@dmz.service']) {
    run('systemd-analyze', 'verify', '--man=no', unit)
    run('systemd-analyze', 'security', '--offline=true', '--threshold=15', '--no-pager', unit)
  }

  // What the unit starts, by its user, with the settings that the package brought. Nobody is asked.
  cpSync('samples/zeek', join(path, 'opt/zeek/logs/current'), { recursive: true })
  run('sh', '-c', 'echo "mode: off" >>/etc/domainstats/domainstats.yaml')
  // As systemd does it, and runuser would keep the signals for itself.
  const user = ['--reuid', 'domainstats', '--regid', 'domainstats', '--init-groups']
  const daemon = start('setpriv', ...user, ...commandOf(path, 'domainstats.service'))
  t.teardown(() => daemon.end('SIGKILL'))
  await daemon.says('input-opened')
  const records = followRecords(t, join(path, 'var/log/domainstats/domainstats.log'))
  t.match(await records.until(all => all.length > 5), [{ query: /\./ }])
  t.match(run('stat', '-c', '%U %a', '/var/log/domainstats/domainstats.log'), 'domainstats 640')
  t.equal(await daemon.end('SIGTERM'), 0)

  apt('install', '-y', '--reinstall', '/root/domainstats.deb')
  t.match(
    readFileSync(join(path, 'etc/domainstats/domainstats.yaml'), 'utf8'),
    /^mode: off$/m,
    'settings stay',
  )
  apt('remove', '-y', 'domainstats')
  t.ok(existsSync(join(path, 'var/lib/domainstats/domainstats.sqlite')), 'data stays')
  apt('purge', '-y', 'domainstats')
  t.strictSame(ours(path), ['root/domainstats.deb'])
})
