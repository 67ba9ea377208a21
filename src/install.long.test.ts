/** `make install`, without the build: what it leaves, and whether others than root can run it. Needs the build in dist/. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath, getuid } from 'node:process'
import t from 'tap'

const unit = readFileSync('systemd/domainstats.service', 'utf8')
const valuesIn = (text: string, key: string): (string | undefined)[] =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value)

/** Under a folder that everybody may enter, which this checkout need not be. */
const folder = mkdtempSync(join(tmpdir(), 'domainstats-install-'))
chmodSync(folder, 0o755)
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const install = (env: Readonly<Record<string, string>>) =>
  spawnSync('sh', ['-c', 'umask 077; exec systemd/install.sh'], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  })

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

    const path = join(root, 'etc/systemd/system/domainstats.service')
    const installed = readFileSync(path, 'utf8')
    t.equal(statSync(path).mode & 0o777, 0o644)
    t.match(valuesIn(installed, 'ExecStart'), [
      /^"\/opt\/our tools\/bin\/domainstats" run --data \/var\/lib\/domainstats /,
    ])
    t.strictSame(valuesIn(installed, 'Documentation'), [
      'man:domainstats(1) file:/opt/our%%20tools/lib/domainstats/README.md',
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
