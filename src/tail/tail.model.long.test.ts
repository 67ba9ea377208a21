/** Random scripts of what sensors, logrotate and crashes do, against a small model: each line comes out once. */
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  mkdtempSync,
  openSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeSync,
  existsSync,
  readdirSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { rotationMsMin } from '../limits.js'
import { Follower } from './testing/follower.js'

const actions = [
  'whole',
  'half',
  'rename',
  'copytruncate',
  'truncate',
  'delete',
  'archive',
  'late',
  'look',
  'read',
  'restart',
] as const
type Action = (typeof actions)[number]

/** One log in one folder. A line is `number:filler`, so that each is unique from its first bytes on. */
class Model {
  readonly out: string[] = []
  /** All whole lines ever written, and those whose bytes may have been destroyed before we read them. */
  readonly #written = new Set<string>()
  readonly #optional = new Set<string>()
  readonly #log: string
  readonly #follower: Follower
  #lines = 0
  #half = ''
  #rotations = 0
  #now = 0
  /**
   * False after known content was destroyed, until something is known again: what is rotated away meanwhile has
   * nothing that tells it from what was rotated before we came.
   */
  #anchored = true
  /** What came after an archived file and was rotated beside it is told by its time only; that clock is coarse. */
  #adrift = false
  /** So is what came after a file that was rotated beside it, and was archived before anybody looked at it. */
  #unmet = false
  #looked = false
  /** Lines in the live file. */
  #inLive: string[] = []
  /** The file before the live one, still open in the sensor. */
  #old: { descriptor: number; half: string; anchored: boolean } | undefined

  readonly #writes: 'at the end' | 'at its offset'
  #offset = 0

  constructor(dir: string, pattern: string, writes: 'at the end' | 'at its offset') {
    this.#writes = writes
    this.#log = join(dir, 'dns.log')
    this.#follower = new Follower(pattern === '' ? dir : join(dir, pattern))
  }

  async do(action: Action): Promise<void> {
    if (action === 'look') await this.#look()
    else if (action === 'read') await this.#read()
    else if (action === 'restart') await this.#restart()
    else if (action === 'whole') this.#write(`${this.#half === '' ? `${++this.#lines}:` : ''}whole\n`)
    else if (action === 'half' && this.#half === '') this.#write(`${++this.#lines}:half `)
    else if (action === 'late') this.#writeLate()
    else if (existsSync(this.#log)) this.#rotate(action)
  }

  async #look(): Promise<void> {
    this.#looked ||= this.#inLive.length > 0
    this.#unmet &&= this.#inLive.length === 0
    await this.#follower.look(this.#now)
  }

  async #read(): Promise<void> {
    this.#anchored ||= this.#looked
    this.#adrift &&= !this.#looked
    this.out.push(...(await this.#follower.read()))
  }

  async #restart(): Promise<void> {
    this.#looked = false
    await this.#follower.restart()
  }

  #write(text: string): void {
    this.#put(text)
    this.#half += text
    if (!text.endsWith('\n')) return
    this.#written.add(this.#half)
    this.#inLive.push(this.#half)
    this.#half = ''
  }

  #put(text: string): void {
    if (!existsSync(this.#log)) this.#offset = 0
    const descriptor = openSync(this.#log, constants.O_WRONLY | constants.O_CREAT)
    const end = this.#writes === 'at the end' ? fstatSync(descriptor).size : this.#offset
    this.#offset = end + writeSync(descriptor, text, end)
    closeSync(descriptor)
  }

  #writeLate(): void {
    if (!this.#old) return
    const line = `${this.#old.half === '' ? `${++this.#lines}:` : this.#old.half}late\n`
    writeSync(this.#old.descriptor, line.slice(this.#old.half.length))
    this.#written.add(line)
    if (!this.#old.anchored) this.#optional.add(line)
    this.#old.half = ''
  }

  #rotate(action: Action): void {
    if (!this.#anchored) {
      this.#looked = false
      for (const line of this.#inLive) this.#optional.add(line)
    }
    if (this.#adrift && action !== 'archive') for (const line of this.#inLive) this.#optional.add(line)
    if (this.#unmet && action === 'archive') for (const line of this.#inLive) this.#optional.add(line)
    // The sensor lets go of the old file before the next rotation.
    if (this.#old) closeSync(this.#old.descriptor)
    this.#old = undefined
    const next = `${this.#log}.${++this.#rotations}`
    if (action === 'rename') {
      this.#old = {
        descriptor: openSync(this.#log, 'a'),
        half: this.#half,
        anchored: this.#anchored && !this.#adrift,
      }
      renameSync(this.#log, next)
    } else if (action === 'copytruncate') {
      copyFileSync(this.#log, next)
      truncateSync(this.#log)
    } else if (action === 'archive') {
      this.#archive()
    } else if (action === 'truncate' || action === 'delete') {
      for (const line of this.#inLive) this.#optional.add(line)
      this.#anchored = this.#looked = false
      if (action === 'truncate') truncateSync(this.#log)
      else unlinkSync(this.#log)
    } else return
    this.#unmet = action !== 'archive'
    this.#inLive = []
    this.#half = ''
  }

  /** As zeekctl does it, and so long after the last look that there may have been others. */
  #archive(): void {
    const minutes = String(this.#rotations).padStart(2, '0')
    const archive = join(dirname(this.#log), '1970-01-01', `dns.00:${minutes}:00-00:${minutes}:59.log.gz`)
    mkdirSync(dirname(archive), { recursive: true })
    writeFileSync(archive, gzipSync(readFileSync(this.#log)))
    unlinkSync(this.#log)
    this.#now += rotationMsMin + 1
    this.#adrift = true
    this.#looked = false
  }

  async check(): Promise<void> {
    for (let look = 0; look < 3; look++) {
      if (look === 2) await this.#follower.restart()
      this.out.push(...(await this.#follower.lookAndRead(this.#now)))
    }
    await this.#follower.stop()
    if (this.#old) closeSync(this.#old.descriptor)
    const lines = this.out.map(line => `${line}\n`)
    const twice = lines.filter((line, at) => lines.indexOf(line) !== at)
    const lost = [...this.#written].filter(line => !lines.includes(line) && !this.#optional.has(line))
    const made = lines.filter(line => !this.#written.has(line))
    if (twice.length + lost.length + made.length > 0) throw new Error(JSON.stringify({ twice, lost, made }))
  }
}

const cases = ['dns.log', '', '*.log'].flatMap(pattern =>
  (['at the end', 'at its offset'] as const).map(writes => ({ pattern, writes })),
)
for (const { pattern, writes } of cases)
  void t.test(`input "${pattern}", written ${writes}`, async t => {
    const root = t.testdir({})
    const script = fc.array(fc.constantFrom(...actions), { minLength: 5, maxLength: 30 })
    const property = fc.asyncProperty(script, async steps => {
      const model = new Model(mkdtempSync(join(root, 'run-')), pattern, writes)
      // What was never looked at before its first rotation was never asked for.
      for (const step of ['whole', 'look', 'read', ...steps] as const) await model.do(step)
      await model.check()
    })
    const result = await fc.check(property, { numRuns: 100 })
    t.notOk(
      result.failed,
      `seed ${result.seed} ${JSON.stringify(result.counterexample)} ${String(result.errorInstance)}`,
    )
    t.comment(`seed ${result.seed}, ${readdirSync(root).length} runs`)
  })
