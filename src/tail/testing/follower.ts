/** A Tail that a test drives step by step. It commits checkpoints with the lines, so that it can be killed and restarted. */
import type { Checkpoint } from '../../model/checkpoint.js'
import type { Report } from '../../telemetry/report.js'
import type { Input } from '../source.js'
import { Tail, type Chunk } from '../tail.js'

export const inputOf = (path: string, more: Partial<Input> = {}): Input => ({
  ...{ path, format: 'auto', sensor: undefined, start: 'beginning' },
  ...more,
})

export class Follower {
  readonly reports: Report[] = []
  readonly committed = new Map<number, Checkpoint>()
  /** All chunks since the last restart. */
  chunks: Chunk[] = []
  ours: string | undefined
  /** Called with each report, so that a test can change files in the middle of a look. */
  onReport: (report: Report) => void = () => undefined
  /** Used from the next restart on. */
  catchUpDays = 7
  once = false
  inputs: readonly Input[]
  #tail: Tail
  #files = 0

  constructor(...inputs: (Input | string)[]) {
    this.inputs = inputs.map(input => (typeof input === 'string' ? inputOf(input) : input))
    this.#tail = this.#start()
  }

  #start(): Tail {
    const checkpoints = [...this.committed.values()].filter(checkpoint => checkpoint.offset > 0)
    return new Tail({
      ...{ inputs: this.inputs, checkpoints, newFile: () => ++this.#files, catchUpDays: this.catchUpDays },
      once: this.once,
      ...{
        isOurs: (inode: string) => inode === this.ours,
        telemetry: (report: Report) => {
          this.reports.push(report)
          this.onReport(report)
        },
      },
    })
  }

  look(now = 0): Promise<void> {
    return this.#tail.look(now)
  }

  /** Reads one batch and commits it. */
  async readOnce(): Promise<Chunk[]> {
    const chunks = await this.#tail.read()
    for (const { checkpoint } of chunks) {
      this.committed.delete(checkpoint.file)
      this.committed.set(checkpoint.file, checkpoint)
    }
    this.chunks.push(...chunks)
    return chunks
  }

  /** Reads all there is. */
  async read(): Promise<string[]> {
    const lines: string[] = []
    for (let chunks = await this.readOnce(); chunks.length > 0; chunks = await this.readOnce())
      lines.push(...chunks.flatMap(linesOf))
    return lines
  }

  async lookAndRead(now = 0): Promise<string[]> {
    await this.look(now)
    return this.read()
  }

  stop(): Promise<void> {
    return this.#tail.close()
  }

  /** Restarts with the committed checkpoints. */
  async restart(): Promise<void> {
    await this.stop()
    this.chunks = []
    this.#tail = this.#start()
  }

  /** How many files are open. */
  open(): number {
    return [...this.#tail.followed].length
  }

  refused() {
    return this.#tail.refused()
  }

  count(kind: Report['kind']): number {
    return this.reports.filter(report => report.kind === kind).length
  }
}

const linesOf = ({ bytes }: Chunk): string[] => bytes.toString('latin1').split('\n').slice(0, -1)
