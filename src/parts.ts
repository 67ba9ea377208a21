/** The parts of the daemon: opened, handed to each other, closed in reverse. */
import type { Readable, Writable } from 'node:stream'
import type { Clock } from './clock.js'
import type { Config } from './config/schema.js'
import { Counters } from './counters.js'
import { openJudging, reducerBy, scoreBy } from './judging.js'
import { commitMsMax, stopWithinMs } from './limits.js'
import { loadBootstrapFile } from './lookup/bootstrap-file.js'
import type { Network } from './lookup/network.js'
import { lockedOutput } from './locked-output.js'
import type { Format } from './output/format.js'
import { openLogFile } from './output/log-file.js'
import type { Output } from './output/output.js'
import { Rotation, ruleOf } from './output/rotation.js'
import { openStdout } from './output/stdout.js'
import { Answering } from './pipeline/answering.js'
import { Committer } from './pipeline/committer.js'
import { NotUnderstood } from './pipeline/not-understood.js'
import { addEfficiency } from './pipeline/efficiency.js'
import { patiently } from './pipeline/patience.js'
import { QuestionReader } from './pipeline/questions.js'
import { Resolver } from './pipeline/resolve.js'
import type { DomainRecord } from './record.js'
import { openState, type State } from './state.js'
import type { Telemetry } from './telemetry.js'

/** What the daemon is handed from outside: time, chance, streams, the network. */
export interface World {
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly stdin: Readable
  readonly stdout: Writable
  readonly network: Network
  readonly telemetry: Telemetry
}

export interface Settings {
  readonly config: Config
  /** The data folder; undefined for a throw-away store. */
  readonly dir: string | undefined
  readonly format: Format
  /** Nobody else may run on this folder. */
  readonly exclusive: boolean
  /** First contacts are recorded and not alerted. */
  readonly baseline: boolean
  /** False: each line is parsed in full, which takes longer and comes to the same end. */
  readonly skims?: boolean
  /** Told of records once they are in the output. */
  readonly onRecords?: (records: readonly DomainRecord[]) => void
}

export type Parts = NonNullable<Awaited<ReturnType<typeof openParts>>>

/**
 * What may be missing or wrong comes first: nothing is locked or open yet that would have to be closed again. Undefined
 * if the signal aborted before the store could be opened: its disk may be full for hours.
 */
export const openParts = async (settings: Settings, world: World, signal: AbortSignal) => {
  const { config, dir, format, baseline, skims, onRecords } = settings
  const { clock, random, network } = world
  const counters = new Counters()
  const telemetry: Telemetry = report => {
    counters.count(report, clock.now())
    world.telemetry(report)
  }
  const [score, services] = await Promise.all([scoreBy(config, dir), loadBootstrapFile(config, dir)])
  const reducer = () => reducerBy(config, dir)
  const reader = new QuestionReader(new Set(config.names_from), await reducer(), skims, random)

  const waiting = { path: dir ?? '', clock, telemetry }
  const state = await patiently(
    () => new Promise<State>(done => done(openState(settings, random, telemetry))),
    waiting,
    signal,
  )
  if (!state) return undefined
  const { store, path } = state
  const { output, rotation } = openOutput(settings, path, { ...world, telemetry }, signal)
  const onWritten = (records: readonly DomainRecord[]) => {
    counters.countRecords(records)
    answering.written(records)
    onRecords?.(records)
  }
  const committer = new Committer({ store, output, format, clock, telemetry, onRecords: onWritten })
  const judging = await openJudging({
    ...{ config, services, store, score, baseline, network, clock, telemetry, signal },
    mayLeave: name => reader.mayLeave(name),
  })
  const { efficiency, registries, outage, rules, sent } = judging
  const onSettled = (registrables: Iterable<string>) => {
    const settled = [...registrables]
    answering.settled(settled)
    // A pending alert about a registration ends the suppression of its names, in the log and over HTTP.
    if (settled.every(name => store.domain(name)?.owedAlerts.length === 0)) return
    reader.familiar.forget()
    answering.forget()
  }
  const asking = { ...registries, rules, outage, random, onSettled }
  const waited = { commitMsMax: config.http ? commitMsMax : Infinity }
  const resolver = new Resolver({ store, committer, clock, telemetry, ...waited, ...asking, sent })
  const answering: Answering = new Answering({
    ...{ store, committer, rules, clock, random, signal },
    reduce: query => reader.reduce(query),
    onWaiting: () => resolver.call(),
    onEfficiency: batch => addEfficiency(efficiency, batch),
  })
  const told = { counters, telemetry, efficiency, score, sent }
  return {
    store,
    state,
    ...{ output, rotation },
    committer,
    ...{ reader, reducer, rules },
    notUnderstood: new NotUnderstood(),
    ...told,
    ...waited,
    registries,
    outage,
    resolver,
    answering,
  }
}

/** Where records go, and what rotates it, if anything of ours does. @param path absolute; of stdout it is only a name */
const openOutput = (
  { config, format: { footer } }: Settings,
  path: string,
  { stdout, clock, telemetry }: World,
  signal: AbortSignal,
): { readonly output: Output; readonly rotation?: Rotation | undefined } => {
  const { rotate, keep, fsync } = config
  if (config.output === '-') return { output: openStdout(stdout, path) }
  const rule = ruleOf(rotate)
  const rotation = rule && new Rotation({ path, rule, keep, telemetry, signal })
  const options = { path, durable: fsync === 'always', footer, rotation, clock, telemetry }
  return { output: lockedOutput(openLogFile(options)), rotation }
}

/** In reverse, with a footer in the output. */
export const closeParts = async ({ answering, committer, output, state }: Parts): Promise<void> => {
  await answering.close()
  await committer.close(AbortSignal.timeout(stopWithinMs))
  await output.close()
  state.close()
}
