/** Loads skim.wasm (built from src/skim/assembly) and checks that it has the exports that this version calls. */
import { existsSync, readFileSync } from 'node:fs'

/** What src/skim/assembly/index.ts exports. */
export interface SkimExports {
  readonly open: (a: number, b: number, c: number, d: number) => void
  readonly place: (which: number) => number
  readonly begin: (batch: number, now: number) => void
  readonly use: (format: number, hasPrefixes: number) => void
  readonly useColumns: (
    ...columns: [
      time: number,
      client: number,
      query: number,
      orig: number,
      resp: number,
      opcode: number,
      qclass: number,
      all: number,
    ]
  ) => void
  /** For passive DNS, behind useColumns. */
  readonly usePassiveColumns: (
    ...columns: [qtype: number, rcode: number, answers: number, ttls: number, all: number]
  ) => void
  readonly useSources: (a: bigint, b: bigint, c: bigint, d: bigint) => void
  readonly next: (from: number, to: number) => number
  readonly isNew: (length: number, flow: number, id: number, hasAnswer: number, answered: number) => number
  readonly transaction: () => number
  readonly meetResponse: (ts: number) => number
  readonly awaitAnswer: (number: number) => void
  readonly giveUpResponses: () => void
  readonly clearTransactions: () => void
  readonly putSuppressed: (
    ...of: [
      length: number,
      isDomain: number,
      domainAt: number,
      around: number,
      until: number,
      since: number,
      counts: number,
    ]
  ) => void
  readonly putSkip: (length: number, why: number) => void
  readonly expire: (length: number, isDomain: number) => void
  readonly expireBelow: (length: number) => void
  readonly isFull: () => number
  readonly turn: () => void
  readonly names: () => number
  readonly clearNames: () => void
  readonly touchedNames: () => number
  readonly forgetTouched: () => void
  readonly keepPassive: (reverseZone: number) => void
  readonly useSensor: (number: number) => void
  readonly takeMissing: () => number
  readonly learn: (isRecords: number) => number
  readonly areStatementsFull: () => number
  readonly clearStatements: () => void
  readonly statementsTouched: () => number
  readonly forgetStatements: () => void
  /** Called once, where clients are counted. */
  readonly countClients: () => void
  readonly endClients: (length: number, isDomain: number) => void
  readonly missedClient: () => number
  readonly missedFrom: () => number
  readonly missedTo: () => number
  readonly learnClient: () => void
}

const functions: Readonly<Record<keyof SkimExports, true>> = {
  ...{ open: true, place: true, begin: true, use: true, useColumns: true, useSources: true, next: true },
  ...{ isNew: true, transaction: true, meetResponse: true, awaitAnswer: true, giveUpResponses: true },
  ...{
    putSuppressed: true,
    putSkip: true,
    expire: true,
    expireBelow: true,
    isFull: true,
    turn: true,
    names: true,
  },
  ...{ usePassiveColumns: true, keepPassive: true, useSensor: true, takeMissing: true, learn: true },
  ...{ areStatementsFull: true, clearStatements: true, statementsTouched: true, forgetStatements: true },
  ...{ countClients: true, endClients: true, missedClient: true, missedFrom: true, missedTo: true },
  learnClient: true,
  ...{ clearTransactions: true, clearNames: true, touchedNames: true, forgetTouched: true },
}

const isSkim = (exports: WebAssembly.Exports): exports is WebAssembly.Exports & SkimExports =>
  Object.keys(functions).every(name => typeof exports[name] === 'function')

/** Modules are compiled once in a process; each instance has its own memory. */
const compiled = new Map<string, WebAssembly.Module>()

/** Looks beside this file, and one folder up, because the bundler may move this code into a chunk. */
const compile = (name: string): WebAssembly.Module => {
  const known = compiled.get(name)
  if (known) return known
  const path = ['./', '../'].map(folder => new URL(folder + name, import.meta.url)).find(existsSync)
  if (!path) throw new Error(`${name} is missing beside the program: \`npm run build\` makes it`)
  const module = new WebAssembly.Module(readFileSync(path))
  compiled.set(name, module)
  return module
}

export interface SkimWasm {
  readonly call: SkimExports
  readonly memory: ArrayBuffer
}

/**
 * @param random 0 to 1
 * @param isSimd false: loads ring.wasm, which recognises copies but skims nothing
 */
export const openSkimWasm = (random: () => number, isSimd: boolean): SkimWasm => {
  const { exports } = new WebAssembly.Instance(compile(isSimd ? 'skim.wasm' : 'ring.wasm'))
  const { memory } = exports
  if (!isSkim(exports) || !(memory instanceof WebAssembly.Memory))
    throw new Error('skim.wasm is of another version of the program')
  const seed = (): number => Math.floor(random() * 2 ** 32)
  exports.open(seed(), seed(), seed(), seed())
  return { call: exports, memory: memory.buffer }
}

/** A module with one function that uses i8x16.splat: valid only if the machine has SIMD (WebAssembly 2.0). */
const simd = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic number, version
  ...[1, 5, 1, 0x60, 0, 1, 0x7b], // a type: nothing in, a v128 out
  ...[3, 2, 1, 0], // a function of that type
  ...[10, 8, 1, 6, 0, 0x41, 0, 0xfd, 15, 0x0b], // its body: i32.const 0, i8x16.splat, end
)

export const hasSimd = (): boolean => WebAssembly.validate(simd)
