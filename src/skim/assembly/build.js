/**
 * Compiles this folder to skim.wasm, and to ring.wasm for machines without SIMD, both without an allocator.
 *
 * The skim compares keys as numbers, eight bytes at a time. This script replaces `word('rrname')` by that number, so that
 * the sources stay readable.
 *
 * Usage: node src/skim/assembly/build.js FOLDER
 */
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import asc from 'assemblyscript/asc'

const [, , folder = 'dist'] = process.argv

/** Little-endian, as WebAssembly memory is. */
const numberOf = word =>
  `(<u64>0x${Buffer.from(word, 'latin1').reverse().toString('hex').padStart(2, '0')})`

const source = name => {
  const path = resolve(name)
  try {
    return readFileSync(path, 'utf8').replace(/\bword\('([ -~]{1,8})'\)/g, (_, word) => numberOf(word))
  } catch {
    return null // the compiler looks for a file in several places
  }
}

/** @param options of the compiler for this module only */
const compile = async (entry, output, options) => {
  const files = new Map()
  const { error, stderr } = await asc.main(
    [
      `src/skim/assembly/${entry}`,
      ...['--outFile', output, '--runtime', 'stub', '--optimizeLevel', '3', '--converge'],
      ...['--noAssert', '--initialMemory', '1', '--use', 'abort=', ...options],
    ],
    { readFile: source, writeFile: (name, bytes) => void files.set(name, bytes), listFiles: () => [] },
  )
  if (error !== null) {
    process.stderr.write(stderr.toString())
    throw error
  }
  writeFileSync(join(folder, output), files.get(output))
}

mkdirSync(folder, { recursive: true })
await compile('index.ts', 'skim.wasm', ['--enable', 'simd'])
await compile('ring-only.ts', 'ring.wasm', [])
