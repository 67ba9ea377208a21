/** Commands for tests: declared as in the settings, over a store in memory. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parseConfig } from '../../config/parse.js'
import type { CommandSettings } from '../../config/schema-commands.js'
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
export type Declaration = Readonly<Record<string, unknown>> & { readonly argv: readonly string[] }

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
}

/** Opens commands, and closes them at the end of the test. */
export const commandsOf = async (
  t: Pick<Test, 'teardown'>,
  commands: Readonly<Record<string, Declaration>>,
  { clock = systemClock, dir = '/', store = openStore(':memory:'), variables = {} }: TestCommandsOptions = {},
) => {
  const reports: Report[] = []
  const { reduce } = createReducer(['ignored.com'], ['corp.example.com'])
  const opened = await openCommands({
    ...{ commands: settingsOf(commands), dir, variables, reduce },
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
