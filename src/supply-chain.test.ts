/** What is installed beside the program, and what the service may do. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t from 'tap'
import { loadConfig } from './config/load.js'

/** As in package-lock.json; `''` is the program itself. */
interface Package {
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly integrity?: string
  readonly license?: string
  readonly link?: boolean
  /** npm leaves it out where it is the registry's (omit-lockfile-registry-resolved). */
  readonly resolved?: string
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, Package>>
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly allowScripts: Readonly<Record<string, boolean>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
const pathsOf = (which: (found: Package) => boolean): string[] =>
  packages.filter(([, found]) => which(found)).map(([path]) => path)

void t.test('only better-sqlite3 runs a script when it is installed, and package.json says so', t => {
  t.strictSame(
    pathsOf(({ hasInstallScript }) => hasInstallScript === true),
    ['node_modules/better-sqlite3', 'node_modules/esbuild'],
  )
  // esbuild's only checks that its program is there.
  t.strictSame(manifest.allowScripts, { 'better-sqlite3': true, esbuild: false })
  t.end()
})

void t.test('each package comes from the public registry, and its content is known by its hash', t => {
  const registry = 'https://registry.npmjs.org/'
  t.strictSame(
    pathsOf(({ resolved, link }) => link === true || resolved?.startsWith(registry) === false),
    [],
  )
  t.strictSame(
    pathsOf(({ integrity = '' }) => !integrity.startsWith('sha512-')),
    [],
  )
  t.end()
})

/** Of what is shipped with the program: each lets it be passed on under the Apache licence. SPDX. */
const licences = ['Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']

void t.test('the licences of what is shipped are known ones', t => {
  // `(MIT OR WTFPL)` leaves the choice.
  const isKnown = (license = '') =>
    license
      .replace(/^\((.*)\)$/, '$1')
      .split(' OR ')
      .some(one => licences.includes(one))
  t.strictSame(
    pathsOf(({ dev, license }) => dev !== true && !isKnown(license)),
    [],
  )
  t.end()
})

const run = promisify(execFile)

void t.test('npm sbom lists what is shipped', async t => {
  // As installed with --omit=dev: beside development packages npm 11 forgets what they need, too.
  const shipped = { ...manifest, devDependencies: undefined }
  const kept = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true)
  const dir = t.testdir({
    'package.json': JSON.stringify(shipped),
    'package-lock.json': JSON.stringify({ ...lock, packages: { ...Object.fromEntries(kept), '': shipped } }),
  })
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const { stdout } = await run('npm', args, { cwd: dir, maxBuffer: 64 * 1024 * 1024 })
  const { bomFormat, components } = JSON.parse(stdout) as {
    bomFormat: string
    components: readonly { readonly name: string }[]
  }
  t.equal(bomFormat, 'CycloneDX')
  const names = kept.map(([path]) => path.split('node_modules/').at(-1) ?? '').filter(name => name !== '')
  t.strictSame([...new Set(components.map(({ name }) => name))].sort(), [...new Set(names)].sort())
})

const unit = readFileSync('systemd/domainstats.service', 'utf8')

void t.test(
  'the service follows Zeek and Suricata, and rotates its records: its settings are right',
  async t => {
    const dir = t.testdir({ 'domainstats.yaml': readFileSync('systemd/domainstats.yaml') })
    const { config, notices } = await loadConfig(dir)
    t.match(config, {
      ...{ rotate: 'daily', keep: 14, learning_days: 7 },
      inputs: [{ path: '/opt/zeek/logs/current' }, { path: '/var/log/suricata' }],
    })
    t.same(notices, [])
  },
)

void t.test('the service runs without root, and writes to its state and its logs only', t => {
  const values = (key: string) =>
    [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value)
  t.strictSame(values('User'), ['domainstats'])
  t.strictSame([...values('CapabilityBoundingSet'), ...values('AmbientCapabilities')], ['', ''])
  t.strictSame(values('NoNewPrivileges'), ['yes'])
  // All is read-only but these (systemd.exec(5)).
  t.strictSame(values('ProtectSystem'), ['strict'])
  t.strictSame([...values('StateDirectory'), ...values('LogsDirectory')], ['domainstats', 'domainstats'])
  for (const other of [
    'ReadWritePaths',
    'RuntimeDirectory',
    'CacheDirectory',
    'ConfigurationDirectory',
    'BindPaths',
  ])
    t.strictSame(values(other), [], other)
  const [start = ''] = values('ExecStart')
  t.match(start, / --data \/var\/lib\/domainstats --output \/var\/log\/domainstats\/domainstats\.log$/)
  t.end()
})
