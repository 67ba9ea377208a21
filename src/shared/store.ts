/** Runs the functions of the shared store on a Redis or Valkey: one call for one key, or many in pipelines. */
import type { KeyedCommand, Redis, RedisCommand, RedisReply } from '../redis/client.js'
import { RedisError } from '../redis/client.js'
import type { Report, Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { admit } from './admission.js'
import { keysBelow, type SharedKeys } from './keys.js'
import { Link } from './link.js'
import type { Script } from './scripts.js'

export interface SharedStoreOptions {
  readonly redis: Redis
  /** Of all keys. Without braces. */
  readonly prefix: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The life of the program. */
  readonly signal: AbortSignal
  /** Epoch ms, in place of the server's time: for tests. */
  readonly serverTime?: (() => number) | undefined
}

/** What a script is called with. */
export interface ScriptCall {
  readonly key: string
  /** All keys, if there are more. In a Cluster they must be of one slot. */
  readonly keys?: readonly string[]
  readonly args: readonly (string | Buffer)[]
}

type What = Extract<Report, { kind: 'shared-asked' }>['what'] | 'beat' | 'read'

/** The server does not have the script, or not any more: it was restarted, or a replica took over. */
const isUnknownScript = (error: unknown): boolean =>
  error instanceof RedisError && error.cause instanceof Error && error.cause.message.startsWith('NOSCRIPT')

/** Under which a refusal is reported once: another function of the same kind may be allowed. */
const refusedAs = (what: What, { sha }: Script): string => `${what} ${sha}`

export class SharedStore {
  readonly keys: SharedKeys
  readonly link: Link
  /** Keys are on several nodes: a call can have those of one slot alone. */
  readonly isCluster: boolean
  readonly #options: SharedStoreOptions
  /** Kinds of keys of which a foreign value was reported. */
  readonly #foreign = new Set<string>()

  constructor(options: SharedStoreOptions) {
    const { redis, prefix, clock, telemetry, signal } = options
    this.#options = options
    this.keys = keysBelow(prefix)
    this.isCluster = redis.isCluster
    const concerns = new Set<string>()
    const onConcern = (problem: string): void => {
      // A store that comes and goes is checked each time.
      if (!concerns.has(problem)) telemetry({ kind: 'shared-unsafe', store: redis.name, problem })
      concerns.add(problem)
    }
    const admitted = (redis: Redis, until: AbortSignal) => admit(redis, this.keys.layout, onConcern, until)
    this.link = new Link({ redis, admit: admitted, clock, telemetry, signal })
  }

  /** @returns undefined if the store is away, or refuses, or if the key holds a value that is none of ours */
  async run(what: What, script: Script, call: ScriptCall): Promise<RedisReply | undefined> {
    const { key } = call
    const reply = await this.link.use(refusedAs(what, script), async (redis, signal) => {
      const sent = async (command: RedisCommand) => (await redis.send(key, [command], signal))[0] ?? null
      try {
        return await sent(this.#bySha(script, call))
      } catch (error) {
        if (!isUnknownScript(error)) throw error
        return sent(this.#byText(script, call))
      }
    })
    return this.#ours(key, reply)
  }

  /**
   * Runs the script for each call, in one pipeline to each node.
   *
   * @param onReply called with each reply as it comes; not for calls without one, as of `run`
   */
  async runEach(
    what: What,
    script: Script,
    calls: readonly ScriptCall[],
    onReply: (at: number, reply: RedisReply) => void,
  ): Promise<void> {
    const refused = refusedAs(what, script)
    await this.link.use(refused, async (redis, signal) => {
      const unknown: number[] = []
      const told = (at: number, reply: RedisReply | RedisError): void => {
        if (isUnknownScript(reply)) unknown.push(at)
        else if (reply instanceof RedisError) this.link.refuse(refused, reply)
        else {
          const ours = this.#ours(calls[at]?.key ?? '', reply)
          if (ours !== undefined) onReply(at, ours)
        }
      }
      const keyed = (call: ScriptCall): KeyedCommand => ({
        key: call.key,
        command: this.#bySha(script, call),
      })
      await redis.sendEach(calls.map(keyed), signal, told)
      const again = unknown.flatMap(at => {
        const call = calls[at]
        return call ? [{ at, keyed: { key: call.key, command: this.#byText(script, call) } }] : []
      })
      if (again.length > 0)
        await redis.sendEach(again.map(({ keyed }) => keyed), signal, (at, reply) => told(again[at]?.at ?? -1, reply)) // prettier-ignore
    })
  }

  count(what: Exclude<What, 'beat' | 'read'>, result: string, count = 1): void {
    if (count > 0) this.#options.telemetry({ kind: 'shared-asked', what, result, count })
  }

  /** Something found no room in the store. */
  limitReached(limit: string, count: number): void {
    if (count > 0) this.#options.telemetry({ kind: 'limit-reached', limit, count })
  }

  /** Reports a value that is none of ours, if it is the first in a key of its kind. @param replaced by ours */
  foreign(key: string, replaced: boolean): void {
    const { redis, prefix, telemetry } = this.#options
    const [kind = ''] = key.slice(prefix.length + 1).split(':')
    if (this.#foreign.has(kind)) return
    this.#foreign.add(kind)
    telemetry({ kind: 'shared-foreign', store: redis.name, key, replaced })
  }

  #ours(key: string, reply: RedisReply | undefined): RedisReply | undefined {
    if (!Buffer.isBuffer(reply) || reply.toString('latin1') !== 'foreign') return reply
    this.foreign(key, false)
    return undefined
  }

  #bySha({ sha }: Script, call: ScriptCall): RedisCommand {
    return ['EVALSHA', sha, ...this.#callArgs(call)]
  }

  #byText({ text }: Script, call: ScriptCall): RedisCommand {
    return ['EVAL', text, ...this.#callArgs(call)]
  }

  #callArgs({ key, keys = [key], args }: ScriptCall): RedisCommand {
    const { serverTime } = this.#options
    return [String(keys.length), ...keys, serverTime ? String(serverTime()) : '', ...args]
  }
}
