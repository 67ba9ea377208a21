/**
 * Runs the bundled program with V8's code cache: a start need not parse and compile what it uses, which is a third of it.
 * `npm run build` makes the cache, and nothing else writes it: it is trusted as the script beside it is.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'

export interface CachedScript {
  /** What the script exports. */
  readonly exports: unknown
  /** The cache of all functions that were called by now, for `path + cacheEnding`. */
  readonly cache: () => Buffer
}

export const cacheEnding = '.cache'

/** V8 compares no more of the source than its length, so the cache begins with the hash of the source. */
const hashOf = (source: Buffer): Buffer => createHash('sha256').update(source).digest()

const cacheOf = (path: string, hash: Buffer): Buffer | undefined => {
  try {
    const file = readFileSync(path + cacheEnding)
    return hash.equals(file.subarray(0, hash.length)) ? file.subarray(hash.length) : undefined
  } catch {
    return undefined
  }
}

/**
 * Runs a script in ASCII that is a function of `require`, its own URL and `module`, as esbuild.config.js makes it.
 * Without a cache, or with one of another version of V8 (which refuses it), it is compiled.
 *
 * @throws Error if it cannot be read, or as it does itself
 */
export const runCached = (path: string): CachedScript => {
  const source = readFileSync(path)
  const hash = hashOf(source)
  const url = pathToFileURL(path).href
  const cachedData = cacheOf(path, hash)
  const script = new Script(source.toString('latin1'), {
    filename: url,
    ...(cachedData && { cachedData }),
  })
  const module: { exports: unknown } = { exports: {} }
  const wrapper: unknown = script.runInThisContext()
  if (typeof wrapper !== 'function') throw new Error(`${path} is not what esbuild.config.js makes`)
  Reflect.apply(wrapper, undefined, [createRequire(url), url, module])
  return { exports: module.exports, cache: () => Buffer.concat([hash, script.createCachedData()]) }
}
