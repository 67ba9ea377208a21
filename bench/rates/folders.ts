/** Data folders of the program: prepared once, and copied for each round, so that each begins at the same state. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { domainstats, type Ran } from './programs.js'

/** Registries are for lookups.ts: here nobody is asked, and so nothing waits. */
export const settings = { mode: 'off' }

/** Makes a data folder whose store has met the names of a log in this window. */
export const prepare = async (dir: string, log?: string): Promise<void> => {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify(settings))
  if (log !== undefined) await domainstats('scan', log, '--data', dir, '--output', join(dir, 'before.log'))
}

/** Makes a copy of a prepared folder in place of what was there. */
export const copy = (prepared: string, dir: string): void => {
  rmSync(dir, { recursive: true, force: true })
  cpSync(prepared, dir, { recursive: true })
}

/** Scans a log in a copy of a prepared folder. */
export const scan = async (
  prepared: string,
  dir: string,
  log: string,
  ...flags: readonly string[]
): Promise<Ran> => {
  copy(prepared, dir)
  return domainstats('scan', log, '--data', dir, '--output', join(dir, 'domainstats.log'), ...flags)
}

/** Lines that a scan says it has read; header lines among them. */
export const linesRead = ({ said }: Ran): number => Number(/^(\d+) lines/m.exec(said)?.[1])
