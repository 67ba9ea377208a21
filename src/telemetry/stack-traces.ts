/**
 * Stack traces that name the lines of src/ instead of those of the bundle. Node's own `--enable-source-maps` reads the
 * map of each module that it loads, which takes a fifth of a start; this reads a map when a stack is asked for.
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const maps = new Map<string, SourceMap | undefined>()

/** The map beside a built file; undefined where there is none, or none that can be read. */
const mapOf = (file: string): SourceMap | undefined => {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`))
  return maps.get(file)
}

const readMap = (file: string): SourceMap | undefined => {
  try {
    const map: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isSourceMap(map) ? new SourceMap(map) : undefined
  } catch {
    return undefined
  }
}

const isSourceMap = (value: unknown): value is SourceMapPayload =>
  typeof value === 'object' && value !== null && 'mappings' in value && 'sources' in value

const place = /(file:\/\/[^\s()]+):(\d+):(\d+)/g

/** `file:///opt/d/dist/program.cjs:3:120` becomes `/opt/d/src/cli.ts:14:5` */
const sourceOf = (built: string, url: string, line: string, column: string): string => {
  const file = fileURLToPath(url)
  const origin = mapOf(file)?.findOrigin(Number(line), Number(column))
  if (origin === undefined || !('fileName' in origin)) return built
  return `${resolve(file, '..', origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`
}

/** From now on, as long as the process lives. V8 calls it for the first look at the stack of each error. */
export const nameSourcesInStackTraces = (): void => {
  Error.prepareStackTrace = (error, frames) => {
    const trace = ['', ...frames.map(String)].join('\n    at ')
    return String(error) + trace.replace(place, sourceOf)
  }
}
