/** Commands for tests: declared as in the settings, over a store in memory. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { Agent } from 'undici'
import { parseConfig } from '../../config/parse.js'
import type { CommandSettings } from '../../config/schema-commands.js'
import type { Network } from '../../lookup/net/addresses.js'
import { networkBy } from '../../lookup/testing/network.js'
import { createReducer } from '../../names/psl.js'
import { openStore, type Store } from '../../store/store.js'
import type { Report } from '../../telemetry/report.js'
import { systemClock, type Clock } from '../../time/clock.js'
import { openCommands } from '../commands.js'

/** Writes a program in the language of the shell. Returns its path. */
export const shellProgram = (dir: string, name: string, ...lines: readonly string[]): string => {
  const path = join(dir, name)
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  chmodSync(path, 0o755)
  return path
}

/** A command as it stands in the settings. */
export type Declaration = Readonly<Record<string, unknown>>

/** @throws Error for settings that are refused */
export const settingsOf = (
  commands: Readonly<Record<string, Declaration>>,
): Readonly<Record<string, CommandSettings>> => {
  const parsed = parseConfig(JSON.stringify({ commands }), 'test.yaml')
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.config.commands
}

export interface TestCommandsOptions {
  readonly clock?: Clock
  readonly dir?: string
  readonly store?: Store
  readonly variables?: Readonly<Record<string, string>>
  readonly network?: Network
}

/** Reaches what runs on this machine, as the network for configured hosts does. */
const localNetwork = (t: Pick<Test, 'teardown'>): Network => {
  const agent = new Agent()
  t.teardown(() => agent.destroy())
  return networkBy(agent)
}

/** Opens commands, and closes them at the end of the test. */
export const commandsOf = async (
  t: Pick<Test, 'teardown'>,
  commands: Readonly<Record<string, Declaration>>,
  options: TestCommandsOptions = {},
) => {
  const { clock = systemClock, dir = '/', store = openStore(':memory:'), variables = {} } = options
  const { network = localNetwork(t) } = options
  const reports: Report[] = []
  const { reduce } = createReducer(['ignored.com'], ['corp.example.com'])
  const opened = await openCommands({
    ...{ commands: settingsOf(commands), dir, variables, reduce, network },
    ...{ answers: store.commandAnswers(), clock },
    telemetry: report => void reports.push(report),
  })
  t.teardown(opened.close)
  /** The answer. @throws Error if the question is refused */
  const answer = async (name: string, value: string) => {
    const outcome = await opened.ask(name, value)
    if (outcome.kind === 'refused') throw new Error(outcome.why)
    return outcome.answer
  }
  return { ...opened, answer, reports }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // One that has ended, and whose parent has not asked for it, is no more than an entry.
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Resolves when none of the processes is there any more. */
export const gone = async (...pids: readonly number[]): Promise<boolean> => {
  const until = systemClock.now() + 5_000
  while (pids.some(isAlive)) {
    if (systemClock.now() > until) return false
    await systemClock.sleep(10, new AbortController().signal)
  }
  return true
}
