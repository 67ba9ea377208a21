/** `domainstats doctor`: `check`, and whether the machine, the network and the live `run` are well. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig, type LoadedConfig, type Overrides } from '../../config/load.js'
import { ConfigError, problemLine } from '../../config/problem.js'
import { reducerBy } from '../../daemon/names.js'
import { openersBy } from '../../daemon/sinks.js'
import { openScores } from '../../detect/scores.js'
import { loadBootstrapFile } from '../../lookup/rdap/bootstrap.js'
import { jsonEscaped } from '../../output/json.js'
import { isFolderLocked } from '../../store/exclusive.js'
import type { Progress } from '../../store/checkpoints.js'
import { systemClock } from '../../time/clock.js'
import { checkDatabase, checkNeeds } from '../check.js'
import { demandFolder, openStateToRead } from '../data-folder.js'
import { endOf, writeAll, type Io } from '../io.js'
import { httpFrom } from '../run.js'
import { openLog } from '../log.js'
import { sayEnd } from '../terminal.js'
import { openWorld } from '../world.js'
import { diagnosisJson, diagnosisText, messageOf, ok, wrong, type Diagnosis } from './diagnosis.js'
import { examineInputs } from './inputs.js'
import { examineClock, examineDisk, examineProgram, examineUser } from './machine.js'
import { examineNetwork } from './network.js'
import { examineRun, examineSinks } from './running.js'
import { examineShared } from './shared.js'
import type { Site } from './site.js'

export interface DoctorFlags {
  readonly data: string
  readonly json: boolean
  /** Only the live run. */
  readonly live: boolean
  /** `[HOST:]PORT`, as `run` was told. */
  readonly http: string | undefined
}

/**
 * Prints what is well and what is not, as it is found, and what to do about it.
 *
 * @throws UsageError if there is no such folder; Error if something is wrong
 */
export const examine = async (flags: DoctorFlags, io: Io): Promise<void> => {
  const dir = resolve(flags.data)
  await demandFolder(dir)
  const columns = io.stdout.isTTY === true ? io.stdout.columns : undefined
  const counts = { wrong: 0, warning: 0, ok: 0 }
  const texts = async function* () {
    for await (const diagnosis of diagnosesOf(dir, flags, io)) {
      counts[diagnosis.state] += 1
      yield flags.json ? `${diagnosisJson(diagnosis)}\n` : diagnosisText(diagnosis, columns)
    }
  }
  await writeAll(io.stdout, texts(), io.signal)
  if (endOf(io) !== undefined) {
    sayEnd(io)
    return
  }
  const { wrong, warning } = counts
  if (wrong > 0) throw new Error(`wrong: ${wrong}, warnings: ${warning}`)
  if (!flags.json) io.stdout.write(warning > 0 ? `nothing is wrong; warnings: ${warning}\n` : 'all is well\n')
}

/** Network and sinks, which take seconds, come last. */
async function* diagnosesOf(dir: string, flags: DoctorFlags, io: Io): AsyncGenerator<Diagnosis, void> {
  const { live, http } = flags
  const loaded = await examineSettings(dir, httpFrom(http), !live)
  if (!live || !loaded.config) yield* loaded.findings
  if (!loaded.config) return
  const { network } = openWorld(io, openLog(io.stderr, 'warn'))
  const site: Site = {
    ...{ config: loaded.config, dir, isLive: isFolderLocked(dir) },
    ...{ network, clock: systemClock, signal: io.signal },
  }
  if (live) {
    yield* await examineRun(site)
    return
  }
  const database = await examineDatabase(site)
  for (const examination of [
    () => examineProgram(site),
    () => examineUser(site),
    () => examineClock(site),
    () => examineDisk(site),
    () => examineOutput(site),
    () => database.findings,
    () => examineInputs(site, database.progress),
    () => examineRun(site),
    () => examineSinks(site),
    () => examineShared(site),
    () => examineNetwork(site),
  ])
    yield* await examination()
}

interface ExaminedSettings {
  readonly config?: LoadedConfig['config']
  readonly findings: readonly Diagnosis[]
}

/** The settings, and with `files` what they name. */
const examineSettings = async (
  dir: string,
  overrides: Overrides,
  files: boolean,
): Promise<ExaminedSettings> => {
  try {
    const { config, file } = await loadConfig(dir, overrides)
    if (files) {
      await reducerBy(config, dir)
      await loadBootstrapFile(config, dir)
      await openScores(config, dir)
      await openersBy({ config, dir, exclusive: true }, systemClock)
    }
    return { config, findings: [ok('settings', file === undefined ? 'all by default' : jsonEscaped(file))] }
  } catch (error) {
    if (!(error instanceof ConfigError))
      return {
        findings: [wrong('settings', messageOf(error), 'mend the file, or what the settings say of it')],
      }
    return {
      findings: error.problems.map(problem =>
        wrong('settings', problemLine({ ...problem, remedy: '' }).trimEnd(), problem.remedy),
      ),
    }
  }
}

const examineOutput = ({ dir, config }: Site): Diagnosis[] => {
  const { lines, problems } = checkNeeds(dir, config)
  if (problems.length === 0) return [ok('output', lines[0] ?? '')]
  return problems.map(problem =>
    wrong('output', problem, 'give folder and file to the user of the run (chown), or name another output'),
  )
}

/** One that may not be read is well, as far as anybody knows. */
const databaseRemedy = (text: string): string =>
  text.includes('EACCES')
    ? 'ask as the user of the run, or give folder and files to it (chown)'
    : 'stop the run first; docs/data.md says how to restore a backup'

const nothingRead: ReadonlyMap<string, Progress> = new Map()

const examineDatabase = async ({ dir, signal }: Site) => {
  try {
    const findings = [ok('database', (await checkDatabase(dir, signal)).replace(/^database: /, ''))]
    if (!existsSync(join(dir, 'domainstats.sqlite'))) return { findings, progress: nothingRead }
    const reader = await openStateToRead(dir, signal)
    try {
      return { findings, progress: reader.progress() }
    } finally {
      reader.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    const text = error instanceof Error ? error.message : String(error)
    return {
      findings: [wrong('database', text, databaseRemedy(text))],
      progress: nothingRead,
    }
  }
}
