/** A systemd-notify in the place of the real one: it writes what it is told into the file that NOTIFY_SOCKET names. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import type { Test } from 'tap'
import { untilFile } from './process.js'

export interface NotifyRecorder {
  /** Resolves when the messages pass the test. The assignments of one message are joined by blanks. */
  readonly until: (test: (messages: readonly string[]) => boolean) => Promise<readonly string[]>
}

const messagesOf = (text: string): string[] => text.split('\n').slice(0, -1)

/**
 * Puts it first into PATH, and sets NOTIFY_SOCKET and more variables, until the test ends.
 *
 * @param dir a folder of the test
 */
export const recordNotify = (
  t: Test,
  dir: string,
  variables: Readonly<Record<string, string>> = {},
): NotifyRecorder => {
  const bin = join(dir, 'bin')
  const file = join(dir, 'messages')
  mkdirSync(bin)
  writeFileSync(join(bin, 'systemd-notify'), '#!/bin/sh\nprintf "%s\\n" "$*" >>"$NOTIFY_SOCKET"\n', {
    mode: 0o755,
  })
  writeFileSync(file, '')
  withEnvironment(t, { ...variables, NOTIFY_SOCKET: file, PATH: `${bin}:${env['PATH'] ?? ''}` })
  const until: NotifyRecorder['until'] = async test =>
    messagesOf(await untilFile(file, text => test(messagesOf(text))))
  return { until }
}

/** Sets variables of the test's own process until the test ends. */
export const withEnvironment = (t: Test, variables: Readonly<Record<string, string>>): void => {
  const before = { ...env }
  Object.assign(env, variables)
  t.teardown(() => {
    for (const name of Object.keys(variables)) if (!(name in before)) Reflect.deleteProperty(env, name)
    Object.assign(env, before)
  })
}
