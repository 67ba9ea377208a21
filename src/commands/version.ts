/** `domainstats --version`: what a report of a fault should name. */
import process from 'node:process'
import Database from 'better-sqlite3'
import { builtInRelease } from '../names/psl.js'
import { version } from '../telemetry/report.js'

/** The versions of the program, of Node and SQLite, and the date of the Public Suffix List that is built in. */
export const versionLine = (): string => {
  const db = new Database(':memory:')
  try {
    const sqlite = String(db.prepare('SELECT sqlite_version()').pluck().get())
    const listed = new Date(builtInRelease.madeAt).toISOString().slice(0, 10)
    return `${version} (Node ${process.versions.node}, SQLite ${sqlite}, Public Suffix List of ${listed})`
  } finally {
    db.close()
  }
}
