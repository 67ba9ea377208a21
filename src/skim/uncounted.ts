/**
 * Clients that were not counted yet for a name (assembly/clients.ts): a line of such a client stops the skim, JavaScript takes
 * the client from the line without a parse, and the skim counts the line. Names whose domain has many clients stop nothing.
 */
import type { SkimExports } from './wasm.js'

/** A client that was not counted for a name. */
export interface UncountedClient {
  /** In A-labels; for a domain whose names are all suppressed, that domain. */
  readonly name: string
  readonly domain: string
  /** As the log has it. */
  readonly client: string
}

/** A text of a log that is no plain one is left to the full parse, which knows its escapes. */
const isPlainText = /^[\w.:%-]+$/

export class UncountedClients {
  readonly #call: SkimExports
  readonly #bytes: Buffer
  readonly #words: Uint32Array

  /** @param memory of the skim */
  constructor(call: SkimExports, memory: ArrayBuffer) {
    this.#call = call
    this.#bytes = Buffer.from(memory)
    this.#words = new Uint32Array(memory)
    call.countClients()
  }

  /** The client that `next` stopped at, which the skim knows from now on; undefined if it stopped for another reason. */
  take(): UncountedClient | undefined {
    const entry = this.#call.missedClient() >> 2
    if (entry === 0) return undefined
    const client = this.#bytes.toString('latin1', this.#call.missedFrom(), this.#call.missedTo())
    if (!isPlainText.test(client)) return undefined
    this.#call.learnClient()
    // See the layout in assembly/names.ts.
    const [name = 0, sizes = 0] = this.#words.subarray(entry + 2, entry + 4)
    const end = name + (sizes & 0x7fff)
    return {
      name: this.#bytes.toString('latin1', name, end),
      domain: this.#bytes.toString('latin1', name + (sizes >>> 16), end),
      client,
    }
  }
}
