import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { execPath } from 'node:process'
import t from 'tap'
import { endWithTest } from '../testing/process.js'
import { lockFolder } from './exclusive.js'

void t.test('a second run on the folder is refused, with what to do, until the first ends', t => {
  const dir = t.testdir()
  const unlock = lockFolder(dir)
  t.throws(() => lockFolder(dir), /another domainstats run uses .*--data/)
  unlock()
  lockFolder(dir)()
  t.end()
})

/** Holds a lock as exclusive.ts does, in a process of its own that does nothing else. */
const program = `
  const db = new (require('better-sqlite3'))(process.argv[1])
  db.exec('BEGIN EXCLUSIVE')
  process.stdout.write('locked')
  process.stdin.resume()
`

void t.test('a run that is killed by kill -9 leaves the folder free', async t => {
  const dir = t.testdir()
  const child = endWithTest(spawn(execPath, ['-e', program, join(dir, 'run.lock')], { cwd: process.cwd() }))
  await once(child.stdout, 'data')
  t.throws(() => lockFolder(dir), /another domainstats run/)
  child.kill('SIGKILL')
  await once(child, 'exit')
  lockFolder(dir)()
})
