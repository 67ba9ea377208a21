/** Runs the program as a process that reports its commits, writes and waits for the disk. */
import type { Test } from 'tap'
import { startPreloaded } from './preloaded.js'
import type { Started } from './process.js'

/** Loaded before the program: writes each operation to stderr after it is done. */
const watch = `
import fs from 'node:fs'
import { createRequire } from 'node:module'
const say = text => process.stderr.write('[disk] ' + text + '\\n')
const handle = await fs.promises.open(process.execPath)
const handles = Object.getPrototypeOf(handle)
await handle.close()
for (const does of ['write', 'datasync']) {
  const work = handles[does]
  handles[does] = async function (...args) {
    const done = await work.apply(this, args)
    say(does)
    return done
  }
}
const Database = createRequire(process.cwd() + '/')('better-sqlite3')
const statements = Object.getPrototypeOf(new Database(':memory:').prepare('COMMIT'))
const { run } = statements
const names = ['OFF', 'NORMAL', 'FULL', 'EXTRA'] // https://www.sqlite.org/pragma.html#pragma_synchronous
statements.run = function (...args) {
  if (this.source !== 'COMMIT') return run.apply(this, args)
  const synchronous = this.database.pragma('synchronous', { simple: true })
  const done = run.apply(this, args)
  say('commit:' + names[synchronous])
  return done
}
`

export interface Watched extends Started {
  /** `write`, `datasync`, `commit:FULL` or `commit:NORMAL`, in the order of the operations. */
  readonly seen: () => Promise<string[]>
}

/** Starts the program; it is killed at the end of the test. */
export const startWatched = (t: Test, ...args: readonly string[]): Watched => {
  const started = startPreloaded(t, watch, {}, ...args)
  return {
    ...started,
    seen: async () => {
      const output = await started.says('')
      return [...output.matchAll(/^\[disk\] (.*)$/gm)].map(([, what = '']) => what)
    },
  }
}
