/**
 * A connection to a Redis or Valkey, to its Cluster, or to the master that Sentinels name: sends commands in pipelines, and
 * gives the replies as they are.
 *
 * The client library is loaded with the first connection. Its own reconnecting and queueing are off: after a failure the
 * connection is closed, the caller learns why, decides what is to be repeated, and the next call connects anew.
 */
import type * as redisClient from '@redis/client'
import { redisConnectMs, redisReplyMs } from '../limits.js'
import type { Clock } from '../time/clock.js'
import { orAborted, within } from '../time/wake.js'
import { redisName, type RedisAddress } from './address.js'

export interface RedisTarget {
  readonly address: RedisAddress
  /** Of the user, or of `requirepass`. Never shown. */
  readonly password: string | undefined
  /** In PEM, each undefined for what Node does by itself. Of a `rediss` address. */
  readonly tls: Readonly<Record<'ca' | 'cert' | 'key', string | undefined>>
  /** The hosts are nodes of a Cluster. */
  readonly isCluster: boolean
  /** The hosts are Sentinels, and this is the name of their master. Sentinels are asked without a password. */
  readonly sentinel: string | undefined
}

/** A command and its arguments. */
export type RedisCommand = readonly (string | Buffer)[]

/** A command, and the key that it is about: in a Cluster its node gets it. */
export interface KeyedCommand {
  readonly key: string
  readonly command: RedisCommand
}

/** A reply of protocol version 2 (RESP2): strings of the server as bytes, whatever they hold. */
export type RedisReply = Buffer | string | number | null | readonly RedisReply[]

/** The elements of a reply that is a list; none of any other. */
export const listIn = (reply: RedisReply | undefined): readonly RedisReply[] =>
  typeof reply === 'object' && reply !== null && !Buffer.isBuffer(reply) ? reply : []

/** The message begins with the address, and never holds the password. */
export class RedisError extends Error {
  /** The server refused a command; otherwise it could not be reached, or the connection broke. */
  readonly isRefusal: boolean

  constructor(message: string, isRefusal: boolean, cause: unknown) {
    super(message, { cause })
    this.isRefusal = isRefusal
  }

  override get name(): string {
    return 'RedisError'
  }
}

export interface Redis {
  /** The address, for messages. */
  readonly name: string
  readonly isCluster: boolean
  /**
   * Sends commands in one pipeline, and resolves with their replies.
   *
   * @param key that they all are about: in a Cluster its node gets them
   * @throws RedisError if one of them is refused, although others may have been done; or if the connection breaks
   */
  readonly send: (
    key: string,
    commands: readonly RedisCommand[],
    signal: AbortSignal,
  ) => Promise<readonly RedisReply[]>
  /**
   * Sends commands about many keys, in one pipeline for each node.
   *
   * @param onReply called with each reply as it comes, or with why that command was refused; not after the end
   * @throws RedisError if the connection breaks
   */
  readonly sendEach: (
    commands: readonly KeyedCommand[],
    signal: AbortSignal,
    onReply: (at: number, reply: RedisReply | RedisError) => void,
  ) => Promise<void>
  /**
   * Sends a command to each master: of a Cluster there are several.
   *
   * @returns the reply of each
   * @throws RedisError as `send`
   */
  readonly sendToMasters: (command: RedisCommand, signal: AbortSignal) => Promise<readonly RedisReply[]>
  /** As `send`, but the server does all of them or none (MULTI), and the replies are dropped. */
  readonly transact: (key: string, commands: readonly RedisCommand[], signal: AbortSignal) => Promise<void>
  readonly close: () => void
}

/** What the three kinds of clients of the library have in common. */
interface Link {
  readonly connect: () => Promise<unknown>
  readonly send: (key: string, command: RedisCommand) => Promise<RedisReply>
  readonly sendToMasters: (command: RedisCommand) => Promise<readonly RedisReply[]>
  readonly transact: (key: string, commands: readonly RedisCommand[]) => Promise<unknown>
  readonly destroy: () => unknown
  readonly on: (event: 'error', listener: (error: unknown) => void) => unknown
}

type Library = typeof redisClient

/** The library wants lists that it may change. */
const asList = (command: RedisCommand): (string | Buffer)[] => [...command]

/** How one server is reached, whoever asks there. */
const nodeOptions = ({ address, tls }: RedisTarget) => {
  const socket = { connectTimeout: redisConnectMs, reconnectStrategy: false } as const
  return {
    ...{ disableOfflineQueue: true, disableClientInfo: true, maintNotifications: 'disabled' as const },
    socket: address.isTls ? { ...socket, ...tlsOptions(tls), tls: true as const } : socket,
  }
}

const credentials = ({ address: { user }, password }: RedisTarget) => ({
  ...(user !== undefined && { username: user }),
  ...(password !== undefined && { password }),
})

const tlsOptions = ({ ca, cert, key }: RedisTarget['tls']) => ({
  ...(ca !== undefined && { ca }),
  ...(cert !== undefined && { cert }),
  ...(key !== undefined && { key }),
})

const toOne = (library: Library, target: RedisTarget): Link => {
  const { hosts, path, database } = target.address
  const { socket, ...options } = { ...nodeOptions(target), ...credentials(target) }
  const [host] = hosts
  const at: redisClient.RedisClientOptions['socket'] =
    path === undefined ? { ...socket, ...host } : { ...socket, tls: false, path }
  const client = library.createClient({ ...options, ...asBytes(library), RESP: 2, database, socket: at })
  return {
    connect: () => client.connect(),
    send: (_key, command) => client.sendCommand<RedisReply>(asList(command)),
    sendToMasters: async command => [await client.sendCommand<RedisReply>(asList(command))],
    transact: (_key, commands) =>
      commands.reduce((multi, command) => multi.addCommand(asList(command)), client.multi()).exec(),
    destroy: () => client.destroy(),
    on: (event, listener) => client.on(event, listener),
  }
}

const toCluster = (library: Library, target: RedisTarget): Link => {
  const { socket, ...options } = { ...nodeOptions(target), ...credentials(target) }
  const rootNodes = target.address.hosts.map(host => ({ ...options, socket: { ...socket, ...host } }))
  const defaults = { ...options, socket }
  const client = library.createCluster({ ...asBytes(library), RESP: 2, rootNodes, defaults })
  return {
    connect: () => client.connect(),
    send: (key, command) => client.sendCommand<RedisReply>(key, false, asList(command)),
    sendToMasters: command =>
      Promise.all(
        client.masters.map(async master =>
          (await client.nodeClient(master)).sendCommand<RedisReply>(asList(command)),
        ),
      ),
    transact: (key, commands) =>
      commands
        .reduce((multi, command) => multi.addCommand(key, false, asList(command)), client.multi())
        .exec(),
    destroy: () => client.destroy(),
    on: (event, listener) => client.on(event, listener),
  }
}

const toSentinel = (library: Library, target: RedisTarget, name: string): Link => {
  const { hosts, database } = target.address
  const client = library.createSentinel({
    ...asBytes(library),
    ...{ RESP: 2, name, sentinelRootNodes: [...hosts] },
    nodeClientOptions: { ...nodeOptions(target), ...credentials(target), database },
    sentinelClientOptions: nodeOptions(target),
  })
  return {
    connect: () => client.connect(),
    send: (_key, command) => client.sendCommand<RedisReply>(false, asList(command)),
    sendToMasters: async command => [await client.sendCommand<RedisReply>(false, asList(command))],
    transact: (_key, commands) =>
      commands.reduce((multi, command) => multi.addCommand(false, asList(command)), client.multi()).exec(),
    destroy: () => client.destroy(),
    on: (event, listener) => client.on(event, listener),
  }
}

const asBytes = ({ RESP_TYPES }: Library) => ({
  commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
})

/** Error replies of a server that will be able to do it later, or of one that is not the right one any more. */
const passing = /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|TRYAGAIN|BUSY) /

const isRefused = (library: Library, error: unknown): boolean =>
  error instanceof library.ErrorReply && !passing.test(error.message)

/** The reason in the error of a transaction, which has none of its own. */
const firstOf = (error: { readonly errors: () => Iterable<Error> } & Error): Error => {
  const [first] = error.errors()
  return first ?? error
}

/** Node's error for a name with several addresses has no text of its own. */
const textOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** The connection of the kind that the settings say. Connects nothing yet. */
const linkTo = (library: Library, target: RedisTarget): Link => {
  if (target.isCluster) return toCluster(library, target)
  return target.sentinel === undefined ? toOne(library, target) : toSentinel(library, target, target.sentinel)
}

const destroy = (link: Link): void => {
  try {
    // Some clients end later and may fail then: they are left either way.
    void Promise.resolve(link.destroy()).catch(() => undefined)
  } catch {
    // It was closed already.
  }
}

/** A connection that is made when it is used, and anew after it broke. */
const connectionTo = (target: RedisTarget, clock: Clock, onLost: (error: unknown) => void) => {
  const name = redisName(target.address)
  let link: Link | undefined

  const explained = (error: unknown, isRefusal: boolean): RedisError => {
    const { password } = target
    const text = textOf(error)
    // A server that does not know AUTH repeats its arguments.
    const safe = password === undefined ? text : text.replaceAll(password, '…')
    return new RedisError(`${name}: ${safe}`, isRefusal, error)
  }

  const leave = (): void => {
    const left = link
    link = undefined
    if (left) destroy(left)
  }

  const standing = (): Link | undefined => link

  const connected = async (library: Library, until: AbortSignal): Promise<Link> => {
    if (link) return link
    const opened = linkTo(library, target)
    opened.on('error', error => {
      if (link !== opened) return
      leave()
      onLost(explained(error, false))
    })
    const connecting = opened.connect()
    try {
      await orAborted(connecting, until)
    } catch (error) {
      destroy(opened)
      // The library may finish a connection that was given up meanwhile.
      void connecting.then(
        () => destroy(opened),
        () => undefined,
      )
      throw error
    }
    const other = standing()
    if (!other) return (link = opened)
    // Another call connected meanwhile: one connection is enough.
    destroy(opened)
    return other
  }

  /** Runs work with the connection, and closes it if that fails by anything but a refusal of the server. */
  const using = async <T>(
    signal: AbortSignal,
    work: (link: Link, library: Library) => Promise<T>,
  ): Promise<T> => {
    const library = await import('@redis/client')
    try {
      const done = await within(redisReplyMs, clock, signal, async until => {
        const opened = await connected(library, until)
        return { replies: await orAborted(work(opened, library), until) }
      })
      if (done) return done.replies
      throw new Error(`no answer in ${redisReplyMs} ms`)
    } catch (thrown) {
      const error = thrown instanceof library.MultiErrorReply ? firstOf(thrown) : thrown
      const isRefusal = isRefused(library, error)
      if (!isRefusal || signal.aborted) leave()
      signal.throwIfAborted()
      throw explained(error, isRefusal)
    }
  }

  return { explained, leave, using }
}

/** Opens nothing yet. @param onLost called when a connection that stood breaks */
export const openRedis = (
  target: RedisTarget,
  clock: Clock,
  onLost: (error: unknown) => void = () => undefined,
): Redis => {
  const { explained, leave, using } = connectionTo(target, clock, onLost)
  return {
    ...{ name: redisName(target.address), isCluster: target.isCluster, close: leave },
    send: (key, commands, signal) => using(signal, link => inPipeline(link, key, commands)),
    sendEach: async (commands, signal, onReply) => {
      let isOver = false
      const told = (at: number, reply: RedisReply | RedisError): void => {
        if (!isOver) onReply(at, reply)
      }
      await using(signal, (link, library) =>
        Promise.all(
          commands.map(async ({ key, command }, at) => {
            try {
              told(at, await link.send(key, command))
            } catch (error) {
              if (!isRefused(library, error)) throw error
              told(at, explained(error, true))
            }
          }),
        ),
      ).finally(() => (isOver = true))
    },
    sendToMasters: (command, signal) => using(signal, link => link.sendToMasters(command)),
    transact: async (key, commands, signal) => {
      await using(signal, link => link.transact(key, commands))
    },
  }
}

/** All commands are on their way before the first reply; rejects with the first failure when all have ended. */
const inPipeline = async (
  link: Link,
  key: string,
  commands: readonly RedisCommand[],
): Promise<readonly RedisReply[]> => {
  const ended = await Promise.allSettled(commands.map(command => link.send(key, command)))
  return ended.map(one => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
