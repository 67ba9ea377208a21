/** Data folders, prepared once and copied for each round, so that each round starts with the same state. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { domainstats, type Ran } from './programs.js'

/** Look-ups are off, so no record waits; lookups.ts measures them. */
/** Without passive DNS, which has rows of its own. */
export const settings = { mode: 'off', pdns: { enabled: false } }

/**
 * Makes a data folder whose store knows the names of a log, suppressed in this window.
 *
 * @param more settings
 */
export const prepare = async (dir: string, log?: string, more: object = {}): Promise<void> => {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify({ ...settings, ...more }))
  if (log !== undefined) await domainstats('scan', log, '--data', dir, '--output', join(dir, 'before.log'))
}

/** Replaces a folder by a copy of a prepared one. */
export const copy = (prepared: string, dir: string): void => {
  rmSync(dir, { recursive: true, force: true })
  cpSync(prepared, dir, { recursive: true })
}

/** Scans logs in a copy of a prepared folder. @param args the logs, and flags */
export const scan = async (prepared: string, dir: string, ...args: readonly string[]): Promise<Ran> => {
  copy(prepared, dir)
  return domainstats('scan', ...args, '--data', dir, '--output', join(dir, 'domainstats.log'))
}

/** The number of lines that a scan reports, including header lines. */
export const linesRead = ({ said }: Ran): number => Number(/^(\d+) lines/m.exec(said)?.[1])
