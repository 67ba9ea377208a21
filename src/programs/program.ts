/** A program as the source of answers: its environment, its run, and what expressions take from its output. */
import type { ProgramSettings } from '../config/schema-commands.js'
import { valuePlace } from '../config/schema-command-keys.js'
import { codeOf } from '../files/rights.js'
import type { Clock } from '../time/clock.js'
import { type AnswerSource, notStarted } from './answer.js'
import type { OutputMatcher } from './output-matcher.js'
import { answerOf, matchJobOf } from './program-answer.js'
import { type ProgramRun, runProgram } from './run.js'

export interface ProgramSourceOptions {
  /** The folder in which programs run: the data folder. */
  readonly dir: string
  /** The environment of domainstats, of which programs get what `env` names. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly matcher: OutputMatcher
  readonly clock: Clock
}

/** Where programs are looked for, whatever PATH domainstats was started with. */
const programPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const envOf = (
  { env }: ProgramSettings,
  variables: ProgramSourceOptions['variables'],
): Readonly<Record<string, string>> => {
  const own = env.flatMap((entry): [string, string][] => {
    const [, name = '', value = variables[name]] = /^(\w+)(?:=(.*))?$/s.exec(entry) ?? []
    return value === undefined ? [] : [[name, value]]
  })
  return { PATH: programPath, LC_ALL: 'C.UTF-8', ...Object.fromEntries(own) }
}

/** What is wrong with a program that cannot be started, for the user. */
const whyNotStarted = (program: string, code: string): string => {
  if (code === 'ENOENT') return `${program} is not there: install it, or give its path in argv`
  if (code === 'EACCES') return `${program} may not be run by the user that domainstats runs as`
  // execve(2): a file with capabilities that we may not hand on.
  if (code === 'EPERM')
    return `${program} needs privileges that are missing here: for the service, systemd/commands.conf grants them`
  return `${program} cannot be started (${code})`
}

export const programSource = (
  settings: ProgramSettings,
  { dir, variables, matcher, clock }: ProgramSourceOptions,
): AnswerSource => {
  const env = envOf(settings, variables)
  /** The run, or the code of the system's error. */
  const run = async (value: string, signal: AbortSignal): Promise<ProgramRun | string> => {
    try {
      return await runProgram(
        {
          argv: settings.argv.map(word => word.split(valuePlace).join(value)),
          ...{ env, cwd: dir, mergesStderr: settings.stderr === 'merge' },
          timeoutMs: settings.timeout_seconds * 1000,
          outputBytesMax: settings.output_bytes_max,
        },
        clock,
        signal,
      )
    } catch (error) {
      signal.throwIfAborted()
      if (codeOf(error) === '') throw error
      return codeOf(error)
    }
  }
  return {
    refusal: () => undefined,
    // Which programs are there, the service's user sees, and not the one who checks.
    check: () => Promise.resolve(),
    ask: async (value, signal) => {
      const ended = await run(value, signal)
      if (typeof ended === 'string') return notStarted(whyNotStarted(settings.argv[0] ?? '', ended))
      const job = matchJobOf(settings, ended.output)
      const matched = job && ((await matcher.match(job)) ?? 'late')
      const isKept = matched === undefined || matched === 'late' || matched.isKept
      return { kind: 'answered', answer: answerOf(ended, matched, settings), isKept }
    },
  }
}
