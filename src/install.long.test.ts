/** `make install`, without the build: what it leaves, and whether others than root can run it. Needs the build in dist/. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { execPath, getuid } from 'node:process'
import t from 'tap'
import { needs } from './testing/external-programs.js'
import { needsRoot } from './testing/unprivileged.js'

const unit = readFileSync('systemd/domainstats.service', 'utf8')
const valuesIn = (text: string, key: string): (string | undefined)[] =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value)

/** Under a folder that everybody may enter, which this checkout need not be. */
const folder = mkdtempSync(join(tmpdir(), 'domainstats-install-'))
chmodSync(folder, 0o755)
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const install = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  spawnSync('sh', ['-c', 'umask 077; exec systemd/install.sh "$@"', 'sh', ...args], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  })

/** All that is no folder below a folder, sorted. */
const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(dir, join(parentPath, name)))
    .sort()

/** As nobody where the test runs as root. */
const nobody = getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
/** Without what tap lends to each process of Node by its environment: nobody may not read it. */
const run = (...argv: readonly string[]) =>
  // By itself, as a shell starts it: the node of this test is found first.
  spawnSync('sh', ['-c', 'unset NODE_OPTIONS; PATH="${0%/*}:$PATH"; exec "$@"', execPath, ...argv], {
    ...nobody,
    cwd: '/',
    encoding: 'utf8',
  })

/** What man and the shells look for below PREFIX/share, and how it begins. */
const shared: readonly (readonly [path: string, begin: RegExp])[] = [
  ['man/man1/domainstats.1', /^\.\\".*\n\.TH DOMAINSTATS 1/],
  ['bash-completion/completions/domainstats', /^###-begin-domainstats-completions-###/],
  ['zsh/site-functions/_domainstats', /^#compdef domainstats/],
  ['fish/vendor_completions.d/domainstats.fish', /^###-begin-domainstats-completions-###/],
]

void t.test(
  'under umask 077, at any PREFIX, from below DESTDIR: everybody can run it, and the unit follows',
  t => {
    const root = join(folder, 'root')
    const done = install({ PREFIX: '/opt/our tools', DESTDIR: root })
    t.strictSame([done.status, done.stderr], [0, ''])
    const log = join(folder, 'dns.log')
    writeFileSync(log, readFileSync('samples/zeek/dns.log'))
    const scan = run(join(root, 'opt/our tools/bin/domainstats'), 'scan', '--no-lookup', log)
    t.equal(scan.status, 0, scan.stderr)
    t.match(scan.stdout, /"query":"en\.wikipedia\.org"/)
    t.match(run(join(root, 'opt/our tools/bin/domain-stats-utils'), '-h'), {
      status: 0,
      stdout: /^domain-stats-utils/,
    })
    const lib = join(root, 'opt/our tools/lib/domainstats')
    t.notOk(existsSync(join(lib, 'node_modules/typescript')), 'no libraries for development')
    t.equal(statSync(join(lib, 'dist/cli.js')).mode & 0o777, 0o755)
    const share = join(root, 'opt/our tools/share')
    for (const [path, begin] of shared) {
      t.match(readFileSync(join(share, path), 'utf8'), begin, path)
      t.equal(statSync(join(share, path)).mode & 0o777, 0o644, path)
    }

    // systemd looks below /usr, /usr/local and /etc only.
    for (const name of ['sysusers.d', 'tmpfiles.d'])
      t.ok(existsSync(join(root, 'etc', name, 'domainstats.conf')), name)

    const path = join(root, 'etc/systemd/system/domainstats.service')
    const installed = readFileSync(path, 'utf8')
    t.equal(statSync(path).mode & 0o777, 0o644)
    t.match(valuesIn(installed, 'ExecStart'), [
      /^"\/opt\/our tools\/bin\/domainstats" run --data \/var\/lib\/domainstats /,
    ])
    t.strictSame(valuesIn(installed, 'Documentation'), [
      'man:domainstats(1) file:/opt/our%%20tools/share/doc/domainstats/README.md',
    ])
    t.end()
  },
)

void t.test('the service gets settings that rotate its records, and keeps those that it has', t => {
  const root = join(folder, 'settings')
  const data = join(root, 'var/lib/domainstats')
  const file = join(data, 'domainstats.yaml')
  t.equal(install({ DESTDIR: root }).status, 0)
  t.match(readFileSync(file, 'utf8'), /^rotate: daily\nkeep: 14$/m)
  t.same([statSync(data).mode & 0o777, statSync(file).mode & 0o777], [0o750, 0o644])
  writeFileSync(file, 'rotate: never\n')
  t.equal(install({ DESTDIR: root }).status, 0)
  t.equal(readFileSync(file, 'utf8'), 'rotate: never\n')
  renameSync(file, join(data, 'domain_stats.yaml'))
  t.equal(install({ DESTDIR: root }).status, 0)
  t.notOk(existsSync(file), 'those of domain_stats 1.x go on as they are')
  t.end()
})

void t.test('uninstall removes what install put, and keeps settings, data and what is not ours', t => {
  const root = join(folder, 'uninstall')
  const env = { DESTDIR: root }
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true })
  writeFileSync(join(root, 'usr/local/bin/other'), '')
  t.equal(install(env).status, 0)
  writeFileSync(join(root, 'var/lib/domainstats/domainstats.sqlite'), '')
  t.ok(filesIn(root).length > 50)
  t.equal(install(env, 'remove').status, 0)
  t.strictSame(filesIn(root), [
    'usr/local/bin/other',
    'var/lib/domainstats/domainstats.sqlite',
    'var/lib/domainstats/domainstats.yaml',
  ])
  t.notOk(existsSync(join(root, 'usr/local/lib/domainstats')))
  t.equal(install(env, 'remove').status, 0, 'again')
  t.end()
})

void t.test('the unit for one of several sensors differs in its folders only', t => {
  const root = join(folder, 'template')
  t.equal(install({ DESTDIR: root }).status, 0)
  const units = join(root, 'etc/systemd/system')
  const [one, each] = ['domainstats.service', 'domainstats@.service'].map(name =>
    readFileSync(join(units, name), 'utf8').split('\n'),
  )
  const differs = each?.filter((line, at) => line !== one?.[at])
  t.equal(each?.length, one?.length)
  t.strictSame(differs, [
    'Description=domainstats: says which DNS domains in Zeek and Suricata logs are new (%i)',
    'ExecStart="/usr/local/bin/domainstats" run --data /var/lib/domainstats/%i --output /var/log/domainstats/%i/domainstats.log',
    'StateDirectory=domainstats/%i',
    'LogsDirectory=domainstats/%i',
  ])
  t.end()
})

const noAnalyze = needs('systemd-analyze')

void t.test(
  'systemd takes both units as they are installed, and rates them 1.5 of 10 at most',
  { skip: noAnalyze },
  t => {
    const root = join(folder, 'analyzed')
    t.equal(install({ DESTDIR: root }).status, 0)
    // What the units call of the host.
    mkdirSync(join(root, 'bin'))
    writeFileSync(join(root, 'bin/sh'), '', { mode: 0o755 })
    const analyze = (...args: readonly string[]) =>
      spawnSync('systemd-analyze', [`--root=${root}`, '--no-pager', ...args], { encoding: 'utf8' })
    for (const name of ['domainstats.service', 'domainstats@dmz.service']) {
      const verified = analyze('verify', '--man=no', '--recursive-errors=no', name)
      t.strictSame([verified.status, verified.stdout, verified.stderr], [0, '', ''], name)
      const rated = analyze('security', '--offline=true', '--threshold=15', name)
      t.equal(rated.status, 0, name)
      t.comment(/Overall exposure level .*/.exec(rated.stdout)?.[0] ?? rated.stderr)
    }
    // One that no file describes: verify does say something.
    t.not(analyze('verify', '--man=no', 'domainstatsx.service').status, 0)
    t.end()
  },
)

void t.test(
  'with the drop-in for commands systemd rates the service 1.8 of 10 at most',
  { skip: noAnalyze },
  t => {
    const root = join(folder, 'with-commands')
    t.equal(install({ DESTDIR: root }).status, 0)
    mkdirSync(join(root, 'bin'))
    writeFileSync(join(root, 'bin/sh'), '', { mode: 0o755 })
    const dropIns = join(root, 'etc/systemd/system/domainstats.service.d')
    mkdirSync(dropIns)
    copyFileSync(
      join(root, 'usr/local/share/doc/domainstats/systemd/commands.conf'),
      join(dropIns, 'commands.conf'),
    )
    const analyze = (...args: readonly string[]) =>
      spawnSync('systemd-analyze', [`--root=${root}`, '--no-pager', ...args, 'domainstats.service'], {
        encoding: 'utf8',
      })
    const verified = analyze('verify', '--man=no', '--recursive-errors=no')
    t.strictSame([verified.status, verified.stdout, verified.stderr], [0, '', ''])
    const rated = analyze('security', '--offline=true', '--threshold=18')
    t.equal(rated.status, 0, rated.stdout)
    // It is read: the service alone is rated better.
    t.not(analyze('security', '--offline=true', '--threshold=15').status, 0)
    t.match(rated.stdout, /AmbientCapabilities= +Service process receives ambient capabilities/)
    t.end()
  },
)

const noUsers = needsRoot || needs('systemd-sysusers') || needs('systemd-tmpfiles')

void t.test('systemd makes the user and its folders', { skip: noUsers }, t => {
  const root = join(folder, 'users')
  t.equal(install({ DESTDIR: root }).status, 0)
  const run = (command: string, ...args: readonly string[]) => {
    const { status, stderr } = spawnSync(command, [`--root=${root}`, ...args], { encoding: 'utf8' })
    t.equal(status, 0, stderr)
  }
  run('systemd-sysusers')
  const user = /^domainstats:x:(\d+):(\d+):domainstats:\/var\/lib\/domainstats:.*nologin$/m
  const [, uid, gid] = user.exec(readFileSync(join(root, 'etc/passwd'), 'utf8')) ?? []
  t.ok(Number(uid) > 0)
  run('systemd-tmpfiles', '--create')
  for (const path of ['var/lib/domainstats', 'var/log/domainstats']) {
    const found = statSync(join(root, path))
    t.strictSame([found.uid, found.gid, found.mode & 0o777], [Number(uid), Number(gid), 0o750], path)
  }
  t.end()
})

/** A shell, and a script that loads the completion from the installed file and prints what it offers for `domainstats que`. */
const shells: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = {
  bash: 'source "$1"; COMP_WORDS=(domainstats que); COMP_CWORD=1; _domainstats_yargs_completions; echo "${COMPREPLY[@]}"',
  // As compinit loads it: a function by its file, with a body that defines the real one and calls it.
  zsh: 'fpath=("${1:h}" $fpath); autoload -Uz compinit; compinit -D -u; print -r -- "${_comps[domainstats]}"; words=(domainstats que); CURRENT=2; BUFFER="domainstats que"; CURSOR=15; _describe() { print -r -- "${(P)2}" }; _domainstats',
  fish: 'source $argv[1]; complete -C "domainstats que"',
}
const completions: Readonly<Record<string, string>> = {
  bash: 'bash-completion/completions/domainstats',
  zsh: 'zsh/site-functions/_domainstats',
  fish: 'fish/vendor_completions.d/domainstats.fish',
}
for (const [shell, script] of Object.entries(shells) as readonly [keyof typeof shells, string][])
  void t.test(`${shell} completes a command`, { skip: needs(shell) }, t => {
    const root = join(folder, shell)
    t.equal(install({ DESTDIR: root }).status, 0)
    const local = join(root, 'usr/local')
    const args = shell === 'fish' ? ['-c', script] : ['-c', script, shell]
    const { stdout, stderr } = spawnSync(shell, [...args, join(local, 'share', completions[shell] ?? '')], {
      env: { HOME: root, PATH: `${join(local, 'bin')}:${process.env['PATH'] ?? ''}` },
      encoding: 'utf8',
    })
    t.match(stdout, /\bquery\b/, stderr)
    t.end()
  })

void t.test('a PREFIX that is no absolute path, or that a unit could not hold, is refused', t => {
  for (const PREFIX of ['opt', '~/tools', '/opt/50%', '/opt/a"b', '/opt/$x'])
    t.match(
      install({ PREFIX, DESTDIR: join(folder, 'none') }),
      { status: 1, stderr: /^install: PREFIX must/ },
      PREFIX,
    )
  t.notOk(existsSync(join(folder, 'none')))
  t.end()
})

void t.test('the unit names no group that a host may lack, and lets its own group read what it writes', t => {
  t.strictSame(valuesIn(unit, 'SupplementaryGroups'), [])
  t.strictSame([valuesIn(unit, 'User'), valuesIn(unit, 'Group')], [['domainstats'], ['domainstats']])
  t.strictSame([valuesIn(unit, 'LogsDirectoryMode'), valuesIn(unit, 'UMask')], [['0750'], ['0027']])
  t.end()
})

void t.test('the service may use more memory than it is known to need', t => {
  const bytes = (text: string | undefined) =>
    Number.parseInt(text ?? '') * (text?.endsWith('G') === true ? 1024 : 1)
  const [high, most] = ['MemoryHigh', 'MemoryMax'].map(key => bytes(valuesIn(unit, key)[0]))
  const known = [
    ...[...readFileSync('docs/failures.md', 'utf8').matchAll(/below (\d+) MiB of memory/g)],
    ...[...readFileSync('bench/README.md', 'utf8').matchAll(/peak memory[^|\n]*\| (\d+) MiB/g)],
  ].map(([, mib]) => Number(mib))
  const [, heap] = /--max-old-space-size=(\d+)/.exec(unit) ?? []
  t.ok(known.length > 2)
  // Beside the heap: the program, SQLite's pages and what is read.
  for (const need of [...known, Number(heap) + 256]) t.ok(need < (high ?? 0), `${need} MiB of ${high}`)
  t.ok((high ?? 0) < (most ?? 0))
  t.end()
})
