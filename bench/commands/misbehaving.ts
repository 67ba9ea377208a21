/** Commands that misbehave, each in its own way. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** In so many loops each of them is asked about one value after the other. */
export const loops = 2

interface Misbehaving {
  /** Lines of a shell. */
  readonly lines: readonly string[]
  readonly more?: object
  /** What its answers must be, else the bench would measure something else. */
  readonly answer: object
}

const tooLong = { error: /^it ran longer than timeout_seconds/ }
const gigabyte = 'head -c 1073741824 /dev/zero'

export const misbehaving: Readonly<Record<string, Misbehaving>> = {
  hangs: { lines: ['exec sleep 600'], answer: tooLong },
  'ignores-sigterm': { lines: [`trap '' TERM`, 'sleep 600 & wait; wait'], answer: tooLong },
  grandchildren: {
    lines: [`(trap '' TERM; sleep 600 & sleep 600 & wait; wait) &`, '(sleep 600 & wait) &', 'wait'],
    answer: tooLong,
  },
  'gigabyte-out': {
    lines: [`exec ${gigabyte}`],
    more: { output_bytes_max: 1_048_576, timeout_seconds: 10 },
    answer: { error: /output_bytes_max/ },
  },
  'gigabyte-err': {
    lines: [`exec ${gigabyte} >&2`],
    more: { timeout_seconds: 60 },
    answer: { exit: 0, result: '' },
  },
  'no-utf8': {
    lines: [String.raw`head -c 262000 /dev/zero | tr '\000' '\377'`],
    more: { timeout_seconds: 30 },
    answer: { exit: 0, encoding: 'base64' },
  },
  catastrophe: {
    lines: [`printf ${'a'.repeat(40)}b`],
    more: { timeout_seconds: 30, result: { regex: '^(a+)+$' } },
    answer: { error: /too long/ },
  },
}

const shellProgram = (dir: string, name: string, lines: readonly string[]): string => {
  const path = join(dir, name)
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  chmodSync(path, 0o755)
  return path
}

/** Their settings. @param dir where their programs are written */
export const declared = (dir: string): Readonly<Record<string, object>> =>
  Object.fromEntries(
    Object.entries(misbehaving).map(([name, { lines, more }]) => [
      name,
      {
        ...{ argv: [shellProgram(dir, name, lines), '{value}'], accepts: 'host', timeout_seconds: 0.5 },
        ...{ at_once: loops, keep_hours: 0, keep_errors_hours: 0, ...more },
      },
    ]),
  )
