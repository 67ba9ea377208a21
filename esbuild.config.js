/**
 * Builds dist/: `cli.js`, the shell that handles signals first; `program.cjs`, all the rest with its libraries inside; and
 * the large libraries that most starts do not need, and the thread of src/programs/output-matcher.ts, each in a file of its
 * own. better-sqlite3 stays outside, because it is a compiled library. Beside them stand V8's code cache of a start
 * (src/files/code-cache.ts) and the skim in WebAssembly.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { Readable, Writable } from 'node:stream'
import { build } from 'esbuild'

rmSync('dist', { recursive: true, force: true })

const options = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Identifiers stay: they stand in the profiles that users send.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
}

await build({
  ...options,
  entryPoints: ['src/cli.ts', 'src/files/code-cache.ts', 'src/programs/match-worker.ts'],
  outdir: 'dist',
  format: 'cjs',
  entryNames: '[name]',
  define: { 'import.meta.dirname': '__dirname' },
})
// Node takes 15 ms longer to start a program of ES modules.
writeFileSync('dist/package.json', '{"type":"commonjs"}\n')

/** Loaded on demand: half of the code. */
const large = ['@redis/client', 'chokidar', 'fastify', 'prom-client', 're2js', 'undici']

/** @param {string} library */
const fileOf = library => library.replace('@', '').replaceAll('/', '-')

const asOwnFile = {
  name: 'as-own-file',
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`^(${large.join('|')})$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${fileOf(path)}.cjs`, external: true },
    ),
}

/**
 * yargs measures its help with string-width, which asks ICU for tables of emoji when it is loaded: a tenth of a start, so it
 * is loaded only for a text that is not plain ASCII.
 */
const forWideText = {
  name: 'for-wide-text',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^string-width$/ }, ({ kind, resolveDir }) =>
      kind === 'import-statement' ? { path: resolveDir, namespace: 'wide-text' } : undefined,
    )
    onLoad({ filter: /^/, namespace: 'wide-text' }, ({ path }) => ({
      contents: `export default (text, options) =>
        /^[ -~]*$/.test(text) ? text.length : require('string-width').default(text, options)`,
      resolveDir: path,
    }))
  },
}

const libraries = await build({
  ...options,
  entryPoints: large.map(library => ({ in: library, out: fileOf(library) })),
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  external: ['better-sqlite3'],
})

const program = await build({
  ...options,
  entryPoints: ['src/commands/program.ts'],
  outfile: 'dist/program.cjs',
  format: 'cjs',
  external: ['better-sqlite3'],
  plugins: [asOwnFile, forWideText],
  // An import() in a script that V8 runs from its cache needs an experimental part of Node: require does as well.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'programUrl' },
  banner: { js: '(function (require, programUrl, module) { "use strict";' },
  footer: { js: '})' },
})

chmodSync('dist/cli.js', 0o755)
writeFileSync(
  'dist/LICENSES',
  licencesOf(Object.keys({ ...libraries.metafile.inputs, ...program.metafile.inputs })),
)
execFileSync(process.execPath, ['src/skim/assembly/build.js', 'dist'], { stdio: 'inherit' })
await writeCodeCache(resolve('dist/program.cjs'))

/**
 * Runs the program as most starts do, and keeps what V8 has compiled by then.
 *
 * @param {string} path
 */
async function writeCodeCache(path) {
  const { cacheEnding, runCached } = createRequire(import.meta.url)('./dist/code-cache.js')
  const { exports, cache } = runCached(path)
  const io = {
    stdin: Readable.from([]),
    stdout: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
    signal: new globalThis.AbortController().signal,
    variables: {},
    onHangup: () => undefined,
  }
  const code = await exports.runCommandLine(['scan', 'samples/zeek/dns.log', '--no-lookup'], io)
  if (code !== 0) throw new Error(`a scan of the samples ended with ${code}`)
  writeFileSync(path + cacheEnding, cache())
}

/**
 * What the libraries inside ask for when they are passed on: name, version, licence and its text, one after the other.
 *
 * @param {string[]} files that were built in
 */
function licencesOf(files) {
  const folders = files.map(file => /^[^:]*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? '')
  return [...new Set(folders)]
    .filter(folder => folder !== '')
    .sort()
    .map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const texts = readdirSync(folder).filter(file => /^(licen[cs]e|notice|copying)/i.test(file))
      const text = texts.map(file => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
