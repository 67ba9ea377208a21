/** Reads the records of a daemon as they are written: a log of 100,000 is too long to read again each time. */
import { EventEmitter, once } from 'node:events'
import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Test } from 'tap'

/** The fields of a record that tests use. */
export interface Line {
  readonly query: string
  readonly record_id: string
  readonly category: string
  readonly alerts: readonly string[]
  readonly reason?: string
  readonly seen_by_web?: string
  readonly seen_by_isc?: string
  readonly followup_of?: string
}

export interface RecordLog {
  /** The records read so far; it grows. */
  readonly records: readonly Line[]
  /** Resolves when the records pass the test, which runs at each change of the file. */
  readonly until: (test: (records: readonly Line[]) => boolean) => Promise<readonly Line[]>
  /** Reads new records now. */
  readonly look: () => readonly Line[]
}

/** Reads the bytes behind `from`. */
const readOn = (path: string, from: number): Buffer => {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return Buffer.alloc(0) // not there yet
  }
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - from))
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from))
  } finally {
    closeSync(file)
  }
}

/** Follows a file of JSON lines in an existing folder until the end of the test. */
export const followRecords = (t: Test, path: string): RecordLog => {
  const records: Line[] = []
  const changes = new EventEmitter()
  let offset = 0
  const look = (): readonly Line[] => {
    const bytes = readOn(path, offset)
    const whole = bytes.lastIndexOf('\n') + 1
    offset += whole
    for (const line of bytes.subarray(0, whole).toString().split('\n'))
      if (line !== '') records.push(JSON.parse(line) as Line)
    return records
  }
  const watcher = watch(dirname(path), (_event, name) => {
    if (name !== basename(path)) return
    look()
    changes.emit('change')
  })
  t.teardown(() => watcher.close())
  look()
  return {
    records,
    look,
    until: async test => {
      while (!test(records)) await once(changes, 'change')
      return records
    },
  }
}
