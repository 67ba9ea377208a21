/** The image: what an engine reads of it, what is in it, and whether it runs, is healthy and ends in good order. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { debianMirror, debianTar, needsMirror } from './testing/debian-root.js'
import { needs } from './testing/external-programs.js'
import { buildImage, type Image } from './testing/image.js'
import { needsRoot } from './testing/unprivileged.js'
import { makeShard } from './transfer/testing/cache.js'

const noImage =
  needsRoot || needs('buildah') || needs('debootstrap') || needs('unshare') || needsMirror() || false

const folder = mkdtempSync(join(tmpdir(), 'domainstats-image-'))
chmodSync(folder, 0o755)
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

let made: Image | undefined
const image = (): Image => (made ??= buildImage(debianTar('trixie', debianMirror() ?? ''), folder))

void t.test('what an engine reads: user, volume, port, command and health check', { skip: noImage }, t => {
  const { Healthcheck, Env, ...config } = image().config
  t.strictSame(config, {
    User: '10001:10001',
    Volumes: { '/data': {} },
    ExposedPorts: { '5730/tcp': {} },
    Entrypoint: ['domainstats'],
    Cmd: ['run', '--data', '/data', '--http', '0.0.0.0:5730'],
    WorkingDir: '/data',
  })
  t.strictSame(Healthcheck, {
    Test: ['CMD', 'domainstats', 'doctor', '--live', '--data', '/data', '--http', '5730'],
    Interval: 30e9,
    Timeout: 15e9,
  })
  t.ok(Env.includes('NODE_OPTIONS=--max-old-space-size=512'))
  t.end()
})

/** In MB, without what apt keeps for itself, of which an image of Debian has nothing. */
const sizeOf = (path: string): number => {
  const { stdout } = spawnSync('du', ['-s', '-B1000000', '--exclude=apt', path], { encoding: 'utf8' })
  return Number.parseInt(stdout)
}

void t.test('it holds the program and a Node, as large as docs/container.md says', { skip: noImage }, t => {
  const { path, basePath, run } = image()
  const packages = run(['dpkg-query', '-W', '-f', '${Package}\n']).stdout.split('\n')
  t.ok(packages.includes('nodejs'))
  for (const name of ['g++', 'gcc', 'make', 'npm', 'python3', 'libnode-dev'])
    t.notOk(packages.includes(name), name)
  t.strictSame(readdirSync(join(path, 'usr/local/lib/domainstats/node_modules')).sort(), [
    'better-sqlite3',
    'bindings',
    'file-uri-to-path',
  ])
  for (const name of ['source', 'installed', 'root/.npm', 'root/.cache'])
    t.notOk(existsSync(join(path, name)), name)

  const page = readFileSync('docs/container.md', 'utf8')
  const [, node, program] = /\((\d+) MB\) and the program \((\d+) MB\)/.exec(page) ?? []
  const programSize = sizeOf(join(path, 'usr/local'))
  const nodeSize = sizeOf(path) - sizeOf(basePath) - programSize
  t.comment(`Node ${nodeSize} MB, the program ${programSize} MB`)
  t.ok(Math.abs(programSize - Number(program)) <= 2, `the program has ${programSize} MB`)
  t.ok(Math.abs(nodeSize - Number(node)) <= 12, `Node has ${nodeSize} MB`)
  t.end()
})

void t.test(
  'a new volume: it reads the logs without root, is healthy while it does, and ends in good order',
  { skip: noImage },
  async t => {
    const { config, run, start } = image()
    const [, ...check] = config.Healthcheck.Test
    t.equal(run(check).status, 1, 'before the start')
    t.equal(run(['domainstats', 'settings', '/data', '--set', 'mode=off']).status, 0)

    const logs = [`${resolve('samples/zeek')}:/opt/zeek/logs/current:ro`]
    // Another port than that of the image, which may be taken on this machine.
    const words = [...config.Entrypoint, ...config.Cmd].map(word => word.replace(/:5730$/, ':0'))
    const daemon = start(words, logs)
    t.teardown(() => daemon.end('SIGKILL'))
    await daemon.says(/input-opened.*\/opt\/zeek\/logs\/current\/dns\.log/)
    const [, port = ''] = /http:\/\/0\.0\.0\.0:(\d+)/.exec(await daemon.says(/0\.0\.0\.0:\d+/)) ?? []
    const checkHere = check.map(word => (word === '5730' ? port : word))
    t.match(run(checkHere), { status: 0, stdout: `live, and ready (127.0.0.1:${port})` })

    const says = run(['domainstats', 'query', 'en.wikipedia.org', '--data', '/data', '--peek'])
    t.match(says, { status: 0, stdout: /"first_seen":"2026-11-21T/ })
    // By exit codes: under load the output of such a short command was empty once, and it was not found why.
    for (const name of ['domainstats.log', 'domainstats.sqlite'])
      t.equal(run(['test', '-O', `/data/${name}`]).status, 0, `${name} belongs to the user of the image`)
    t.equal(await daemon.end('SIGTERM'), 0)
    t.match(await daemon.says('stopped'), /"msg":"stopped"/)
    t.match(run(checkHere), { status: 1, stdout: /none is live/ })
    t.equal(run(['grep', '-q', '"query":"en.wikipedia.org"', '/data/domainstats.log']).status, 0)
  },
)

/** What the page shows, in its order. */
const shown = [...readFileSync('docs/container.md', 'utf8').matchAll(/```\n([^]*?)```/g)].flatMap(
  ([, block = '']) => block.trim().split('\n'),
)
const compose = readFileSync('compose.yaml', 'utf8')
/** Words as the shell makes them: the page quotes none that holds a blank. */
const wordsOf = (command: string): string[] => command.split(' ')

// The engine is not here: what it does before the command of the container is checked by its words.
void t.test('the commands of docs/container.md name the files, the service, the volume and the port', t => {
  t.ok(shown.length > 10)
  for (const command of shown) {
    const [, file = ''] = /^echo "([A-Z]+)_GID=\$\(stat -c %g \S+\)" >>\.env$/.exec(command) ?? []
    if (file !== '')
      t.match(readFileSync(`samples/compose/${file.toLowerCase()}.yaml`, 'utf8'), `\${${file}_GID:?`, command)
    else if (command.startsWith('docker compose -f ')) {
      t.match(command, /^docker compose( -f \S+)+ up --build -d$/)
      for (const [, path = ''] of command.matchAll(/ -f (\S+)/g)) t.ok(existsSync(path), path)
    } else if (command.startsWith('docker compose '))
      t.match(command, /^docker compose (ps|restart domainstats|(run --rm( -v \S+)?|exec) domainstats .+)$/)
    else if (command.startsWith('docker run ')) {
      t.match(command, / -v domainstats_data:\/data -p 127\.0\.0\.1:5730:5730 .* domainstats$/)
      t.match(compose, /^name: domainstats$[^]*^volumes:\n {2}data:$/m)
    } else t.equal(command, 'docker build --tag domainstats .')
  }
  t.end()
})

void t.test('what docs/container.md runs in the container runs in it', { skip: noImage }, t => {
  const { run } = image()
  const old = join(folder, 'dstat_data')
  makeShard(old, [])
  writeFileSync(join(old, 'domain_stats.yaml'), 'mode: rdap\n')
  const ran = shown.flatMap(command => {
    const [, how, mount = '', rest] =
      /^docker compose (run --rm|exec)(?: -v ~\/dstat_data(:\S+))? domainstats (.+)$/.exec(command) ?? []
    if (rest === undefined) return []
    const words = how === 'exec' ? wordsOf(rest) : ['domainstats', ...wordsOf(rest)]
    const { status, stdout, stderr } = run(words, mount === '' ? [] : [old + mount])
    return [{ words, status, said: stdout + stderr }]
  })
  const of = (begin: string) => ran.filter(({ words }) => words.join(' ').startsWith(begin))
  // Without a terminal there are no questions.
  t.match(of('domainstats settings'), [
    { status: 2, said: /Questions need a terminal/ },
    { status: 0, said: /domainstats\.yaml: (written|nothing changed)/ },
  ])
  t.match(of('domainstats import'), [{ status: 0 }])
  // No run is live, and that is what it says.
  t.match(of('domainstats doctor'), [{ status: 1, said: /^wrong +run +none is live/m }])
  t.equal(ran.length, 4, 'and no other')
  for (const name of ['domain-stats', 'domain-stats-settings', 'domain-stats-utils'])
    t.match(run([name, '-h']), { status: 0, stdout: new RegExp(`^${name}`) }, name)
  t.end()
})
