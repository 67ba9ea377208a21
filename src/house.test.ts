/** The rules of the house, so that nobody has to remember them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'

const root = process.cwd()
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => path.replaceAll('\\', '/'))
  .filter(path => !path.startsWith('skim/assembly/'))
const isTest = (path: string) => path.endsWith('.test.ts') || path.includes('testing/')
const sources = files.filter(path => !isTest(path)).map(path => ({ path, text: read(`src/${path}`) }))

/** One direction only: a file imports from below its level, or from its own folder. */
const levels: Readonly<Record<string, number>> = {
  ...{ limits: 0, model: 0 },
  ...{ files: 1, telemetry: 1, time: 1 },
  ...{ names: 2, redis: 2 },
  ...{ config: 3, dga: 3, freq: 3, lookalike: 3, parse: 3, registration: 3, tail: 3 },
  ...{ detect: 4, feeds: 4, shared: 4, skim: 4 },
  ...{ lookup: 5, output: 5, store: 5 },
  ...{ commit: 6, programs: 6, sightings: 6 },
  ...{ ask: 7, enrich: 7, ingest: 7, resolve: 7, transfer: 7 },
  http: 8,
  daemon: 9,
  commands: 10,
  cli: 11,
  // Reads everything, and is read by nothing: it is not in the program.
  docs: 12,
}

const roomOf = (path: string) => path.split('/')[0]?.replace(/\.ts$/, '') ?? ''
const importsOf = ({ path, text }: { path: string; text: string }) =>
  [...text.matchAll(/(?:from |import\()'(\.[^']+)\.js'/g)].map(([, target = '']) =>
    relative(join(root, 'src'), resolve(root, 'src', dirname(path), `${target}.ts`)),
  )

void t.test('a file imports only from lower levels or from its own folder', t => {
  for (const file of sources) {
    const own = roomOf(file.path)
    t.ok(own in levels, `src/${file.path} stands in a known room`)
    for (const target of importsOf(file)) {
      const other = roomOf(target)
      const below = (levels[other] ?? Infinity) < (levels[own] ?? -1)
      const noun = levels[own] === 0 && levels[other] === 0
      t.ok(below || noun || own === other, `src/${file.path} may import src/${target}`)
    }
  }
  t.end()
})

// Who reads a file of a ring has to read all of it.
void t.test('imports form no ring', t => {
  const graph = new Map(sources.map(file => [file.path, importsOf(file)]))
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) t.fail(`a ring: ${[...trail, path].join(' → ')}`)
    else if (!done.has(path)) for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  t.equal(done.size >= sources.length, true)
  t.end()
})

// A smell alarm, not a target: a longer file holds more than one idea. limits.ts and data are lists, in which nobody reads on.
void t.test('a file can be seen whole', t => {
  for (const { path, text } of sources.filter(
    ({ path }) => path !== 'limits.ts' && !path.endsWith('.data.ts'),
  ))
    t.ok(text.split('\n').length <= 401, `src/${path} has at most 400 lines`)
  t.end()
})

// AssemblyScript, which looks like TypeScript and is none: the compiler of this house does not read it.
void t.test('what is compiled to WebAssembly can be seen whole, too, and begins with what it is for', t => {
  const folder = 'src/skim/assembly'
  for (const name of readdirSync(join(root, folder))) {
    const text = read(`${folder}/${name}`)
    t.ok(text.split('\n').length <= 401, `${folder}/${name} has at most 400 lines`)
    t.match(text, /^\/\*\*/, `${folder}/${name} begins with a comment`)
  }
  t.end()
})

// One name for one thing: whoever searches for a name finds the one place where it is made.
void t.test('no exported name occurs twice', t => {
  const places = new Map<string, string>()
  const exported = /^export (?:abstract |async )?(?:const|function\*?|class|interface|type|enum) (\w+)/gm
  for (const { path, text } of sources)
    for (const [, name = ''] of text.matchAll(exported)) {
      // Overloads of a function stand in one file.
      const other = places.get(name) ?? path
      t.equal(other, path, `${name} is exported by src/${other} and src/${path}`)
      places.set(name, path)
    }
  t.end()
})

/** Short files with one importer and no test beside them that stay, and why. */
const shortFiles: readonly string[] = [
  'commands/asked.ts', // a command, loaded when it is called; commands.test.ts and query.test.ts run it
  'commands/program.ts', // what the bundle exports: the build reads it
  'output/zeek.ts', // a format, as output/json.ts; formats.test.ts tests all of them
]

// A paragraph that was saved as a file: it is read together with its importer, so it belongs there.
void t.test('a short file has a test of its own or more than one importer', t => {
  const importers = new Map<string, Set<string>>()
  for (const file of sources)
    for (const target of importsOf(file))
      importers.set(target, (importers.get(target) ?? new Set()).add(file.path))
  for (const { path, text } of sources) {
    const isShort = text.trimEnd().split('\n').length < 60 && !path.endsWith('.data.ts')
    if (!isShort || importers.get(path)?.size !== 1 || shortFiles.includes(path)) continue
    t.ok(files.includes(path.replace(/\.ts$/, '.test.ts')), `src/${path} belongs into its only importer`)
  }
  t.end()
})

// A reader who is sent to a file that was renamed or joined to another stops there.
void t.test('a file that a comment names exists', t => {
  const comments = /\/\*.*?\*\/|(?<=^|\s)\/\/ .*?$/gms
  for (const path of files)
    for (const [comment] of read(`src/${path}`).matchAll(comments))
      for (const [name] of comment.matchAll(/[\w./-]*\w\.ts\b/g)) {
        const end = `/${name.replace(/^(\.{1,2}\/)*(src\/)?/, '')}`
        const isOurs = files.some(file => end.endsWith(`/${file}`) || `/${file}`.endsWith(end))
        const exists =
          isOurs || existsSync(join(root, name)) || existsSync(join(root, 'src', dirname(path), name))
        t.ok(exists, `src/${path} speaks of ${name}`)
      }
  t.end()
})

/** Numbers that are no tunables, although their names sound like it. */
const facts: Readonly<Record<string, readonly string[]>> = {
  'time/clock.ts': ['minuteMs', 'hourMs', 'dayMs'],
  'store/schema.ts': ['namesMax'], // in a migration: history
  'store/private-copy.ts': ['headerBytes'], // https://www.sqlite.org/fileformat.html#the_write_ahead_log
  'config/sinks/syslog.ts': ['socketPathBytes'], // unix(7)
  'output/sinks/syslog.ts': ['hostCharsMax'], // RFC 5424 6
  'programs/services/geolocation.ts': ['metadataBytes'], // https://maxmind.github.io/MaxMind-DB/#database-metadata
  'tail/packing.ts': ['kindBytes', 'magicBytes'], // the block of a tar, the longest magic number
}

// Whoever tunes the program, or wonders what bounds it, reads one file.
void t.test('tunables stand in limits.ts', t => {
  const tunable =
    /^(?:export )?const (\w*(?:(?:Ms|Bytes|Seconds|Days|Count|Part)(?:Max|Min)?|Max|Min))\b[^=\n]*= \d/gm
  for (const { path, text } of sources)
    if (path !== 'limits.ts')
      for (const [, name = ''] of text.matchAll(tunable))
        t.ok(facts[path]?.includes(name), `${name} of src/${path} belongs into limits.ts`)
  t.end()
})

void t.test('a file begins with what it is for', t => {
  for (const { path, text } of sources) t.match(text, /^(#!.*\n)?\/\*\*/, `src/${path} begins with a comment`)
  t.end()
})

/** What may stand in one place only. */
const onlyIn: readonly (readonly [what: RegExp, where: readonly string[]])[] = [
  [/\bDate\.now\b|\bnew Date\(\)/, ['time/clock.ts']],
  [/\bMath\.random\b/, ['commands/world.ts']],
  [/\bprocess\.(exit|on|argv|env|stdout|stderr|stdin)\b/, ['cli.ts', 'docs/generate.ts']],
  [/\bconsole\./, []],
  [/\bas any\b|: any\b|@ts-|eslint-disable/, []],
]

void t.test('time, chance, the process and the way out stand in one place each', t => {
  for (const [what, where] of onlyIn)
    for (const { path, text } of sources)
      if (!where.includes(path))
        t.notMatch(text.replace(/^\s*(\*|\/\/|\/\*\*).*$/gm, ''), what, `src/${path}`)
  t.end()
})

// A sleep is too short on a slow machine and too long on every other one.
void t.test('tests do not sleep', t => {
  for (const path of files.filter(path => path.endsWith('.test.ts') && path !== 'house.test.ts'))
    t.notMatch(read(`src/${path}`), /setTimeout|timers\/promises/, `src/${path}`)
  t.end()
})

void t.test('the top level holds what convention puts there, and nothing else', t => {
  const allowed =
    /^(src|zeek|suricata|samples|systemd|packaging|bench|docs|Makefile|package(-lock)?\.json|tsconfig\.json|README\.md|LICENSE|CHANGELOG\.md|Dockerfile|zkg\.meta|compose\.yaml|(eslint|esbuild)\.config\.js|\..*)$/
  const made = /^(node_modules|dist|build|domainstats\.log|domainstats.*\.(deb|rpm))$/
  for (const name of readdirSync(root)) if (!made.test(name)) t.match(name, allowed)
  t.end()
})

/** So that a newcomer reads it in five minutes. What needs more room has its page in docs/. */
void t.test('the README has at most 150 lines and 12 KB', t => {
  const readme = read('README.md')
  t.ok(readme.split('\n').length <= 151, `${readme.split('\n').length - 1} lines`)
  t.ok(Buffer.byteLength(readme) <= 12 * 1024, `${Buffer.byteLength(readme)} bytes`)
  t.end()
})

const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.md'),
)

/** So that somebody who came by a link or a search knows at once whether this is the page to read. */
void t.test('every page of docs/ begins with what it is for: a heading, then a sentence', t => {
  for (const page of pages)
    t.match(read(`docs/${page}`), /^# \S.*\n\n[A-Z][^\n]*[.:](\n| [A-Z])/, `docs/${page}`)
  t.end()
})

/** So that moving a file does not leave readers with a dead link. */
void t.test('what README and docs point to is there', t => {
  const texts = ['README.md', 'systemd/README.md', ...pages.map(page => `docs/${page}`)]
  for (const path of texts)
    for (const [, target = ''] of read(path).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g))
      t.ok(existsSync(join(root, dirname(path), target)), `${path}: ${target}`)
  t.end()
})

/** So that the picture stays true. */
void t.test('docs/architecture.svg shows the rooms at their levels', t => {
  const shown = [...read('docs/architecture.svg').matchAll(/data-level="(\d+)">([^<]*)</g)]
  const pairs = shown.flatMap(([, level, rooms = '']) =>
    rooms.split(' · ').map(room => [room, Number(level)]),
  )
  const { docs, ...inProgram } = levels
  t.equal(docs, levels['cli'] === undefined ? undefined : levels['cli'] + 1, 'above the program')
  t.same(Object.fromEntries(pairs), inProgram)
  t.end()
})

/** So that nobody reads of a record that the program does not write. */
void t.test('the record in the README is one of the samples', t => {
  const [, record = ''] = /```json\n([^]*?)```/.exec(read('README.md')) ?? []
  const line = JSON.stringify(JSON.parse(record))
  t.ok(read('samples/expected/domainstats.log').split('\n').includes(line), line)
  t.end()
})
