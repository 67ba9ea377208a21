/** A data folder that is not there: some commands make it and say so, the others say that it is not there. */
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const log = 'samples/zeek/dns.log'
const list = 'example.com,1995-08-14,2030-08-13\n'

void t.test('run, settings and import make it, and say so', async t => {
  const dir = t.testdir({ 'list.csv': list })
  const made = (name: string) => join(dir, name)
  const commands: readonly (readonly [name: string, argv: readonly string[]])[] = [
    ['settings', ['settings', made('settings'), '--set', 'mode=off']],
    ['import', ['import', made('list.csv'), '--data', made('import')]],
    ['run', ['run', '--once', '--data', made('run'), '--zeek', join(dir, 'empty.log')]],
  ]
  writeFileSync(join(dir, 'empty.log'), '')
  for (const [name, argv] of commands) {
    const [first, again] = [testIo(), testIo()]
    t.equal(await runCommandLine(argv, first), 0, first.err())
    t.match(
      first.err(),
      name === 'run' ? /"level":40.*"path":"[^"]*\/run","msg":"data-folder-made"/ : `${made(name)}: made\n`,
    )
    t.equal(statSync(made(name)).mode & 0o777, 0o750)
    t.equal(await runCommandLine(argv, again), 0, again.err())
    t.notMatch(again.err(), 'made')
  }
})

void t.test('no command creates the parent of the data folder', async t => {
  const dir = t.testdir({ 'list.csv': list })
  const data = join(dir, 'no', 'where')
  const commands = [
    ['run', '--once', '--data', data, '--zeek', log],
    ['settings', data, '--set', 'mode=off'],
    ['import', join(dir, 'list.csv'), '--data', data],
  ]
  for (const argv of commands) {
    const io = testIo()
    t.equal(await runCommandLine(argv, io), 2, argv.join(' '))
    t.match(io.err(), `${data} is not there, and neither is ${join(dir, 'no')}, in which it would be made.`)
  }
  t.notOk(existsSync(join(dir, 'no')))
})

void t.test('run with nothing to follow, and import of nothing, make none', async t => {
  const data = join(t.testdir(), 'data')
  t.equal(await runCommandLine(['run', '--data', data], testIo()), 2)
  t.equal(await runCommandLine(['import', '/no/such/list', '--data', data], testIo()), 1)
  t.notOk(existsSync(data))
})

void t.test('all others say that it is not there, or that it is no folder', async t => {
  const dir = t.testdir({ file: '' })
  for (const [name, why] of [
    ['data', /\/data is not there\.\n/],
    ['file', /\/file is no folder\.\n/],
  ] as const) {
    const data = join(dir, name)
    const commands = [
      ['scan', '--no-lookup', '--data', data, log],
      ['query', 'example.com', '--data', data],
      ['query', '--peek', 'example.com', '--data', data],
      ['list', '--data', data],
      ['export', '-', '--data', data],
      ['fix', '--data', data],
      ['check', '--data', data],
      ['backup', join(dir, 'copy'), '--data', data],
    ]
    for (const argv of commands) {
      const io = testIo()
      t.equal(await runCommandLine(argv, io), 2, argv.join(' '))
      t.match(io.err(), why)
    }
    t.equal(existsSync(data), name === 'file')
  }
})
