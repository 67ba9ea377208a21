/**
 * What lines said for passive DNS, as the skim knows it by a hash (assembly/statements.ts): lines that say the same again
 * are counted without a parse. What they say stands here, and the counts of a batch are collected at its end.
 */
import { nameSkips } from '../model/event.js'
import type { Seen, PassiveStatement, TtlsSeen } from '../model/passive.js'
import type { SkimExports } from './wasm.js'

/** What stopped the skim at a line: it makes a statement that is not known. */
export interface MissingStatements {
  /** The line says who asked, which is not known. */
  readonly asks: boolean
  /** The line says how the question ended, which is not known. */
  readonly ends: boolean
  /** The records of the line are not known. */
  readonly answers: boolean
}

/** Must agree with the layout in assembly/statements.ts. */
const ttlWords = 3
/** Must agree with `Missing` in assembly/statements.ts. */
const missingBits = { exchange: 1, records: 2, asker: 4, ending: 8 } as const

export type CountStatement = (statement: PassiveStatement, seen: Seen, ttls: readonly TtlsSeen[]) => void

export class Statements {
  readonly #call: SkimExports
  readonly #words: Uint32Array
  readonly #doubles: Float64Array
  readonly #table: number
  readonly #touched: number
  /** By their place in the table. */
  readonly #known = new Map<number, PassiveStatement>()
  readonly #sensors = new Map<string, number>()

  /** @param table the address of the table @param touched of the list of those that a batch counted */
  constructor(call: SkimExports, memory: ArrayBuffer, table: number, touched: number) {
    this.#call = call
    this.#words = new Uint32Array(memory)
    this.#doubles = new Float64Array(memory)
    this.#table = table
    this.#touched = touched
    call.keepPassive(nameSkips.indexOf('reverse-zone') + 1)
  }

  /** Sets the sensor whose lines come next. */
  use(sensor = ''): void {
    const number = this.#sensors.get(sensor) ?? this.#sensors.size
    this.#sensors.set(sensor, number)
    this.#call.useSensor(number)
  }

  /** How many were counted in this batch. */
  get count(): number {
    return this.#call.statementsTouched()
  }

  /** Why `next` stopped at a line; undefined if for another reason. */
  takeMissing(): MissingStatements | undefined {
    const bits = this.#call.takeMissing()
    if (bits === 0) return undefined
    const isExchange = (bits & missingBits.exchange) !== 0
    return {
      asks: isExchange && (bits & missingBits.asker) !== 0,
      ends: isExchange && (bits & missingBits.ending) !== 0,
      answers: (bits & missingBits.records) !== 0,
    }
  }

  /** Whether there may be no room for what a line says: collect the counts, and `clear`. */
  get isFull(): boolean {
    return this.#call.areStatementsFull() === 1
  }

  /**
   * Learns what the line says that `next` stopped at: skimmed again, it is counted.
   *
   * @param exchange who asked, and how it ended @param records of the answer
   */
  learn(
    { asks, ends, answers }: MissingStatements,
    exchange: PassiveStatement,
    records: PassiveStatement,
  ): void {
    if (asks || ends) this.#known.set(this.#call.learn(0), exchange)
    if (answers) this.#known.set(this.#call.learn(1), records)
  }

  /** Gives the counts of the batch so far, and begins again at 0. */
  collect(add: CountStatement): void {
    const touched = this.#touched >> 2
    for (let i = touched; i < touched + this.count; i += 1) {
      const entry = this.#words[i] ?? 0
      const statement = this.#known.get((entry - this.#table) >> 6)
      const [at, half] = [entry >> 2, entry >> 3]
      const seen = {
        count: this.#words[at + 6] ?? 0,
        first: this.#doubles[half + 1] ?? 0,
        last: this.#doubles[half + 2] ?? 0,
      }
      if (statement) add(statement, seen, this.#ttlsAt(this.#words[at + 8] ?? 0, this.#words[at + 9] ?? 0))
    }
    this.#call.forgetStatements()
  }

  /** Forgets all statements. Their counts must have been collected. */
  clear(): void {
    this.#call.clearStatements()
    this.#known.clear()
  }

  #ttlsAt(address: number, count: number): readonly TtlsSeen[] {
    return Array.from({ length: count }, (_, n) => {
      const at = (address >> 2) + n * ttlWords
      return { min: this.#words[at] ?? 0, max: this.#words[at + 1] ?? 0, last: this.#words[at + 2] ?? 0 }
    })
  }
}
