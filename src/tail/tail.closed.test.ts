/** Inputs that are unreadable or absent: each is reported once, with its cause, and read when that is possible. */
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { asUnprivileged } from '../testing/unprivileged.js'
import { foldersOf } from './inputs.js'
import { Follower, inputOf } from './testing/follower.js'

/** The reports of unreadable and absent inputs. */
const told = ({ reports }: Follower) =>
  reports.flatMap(report => {
    if (report.kind === 'input-unreadable') return [{ path: report.path, why: report.error }]
    return report.kind === 'input-missing' ? [{ path: report.path, why: report.reason }] : []
  })

void t.test(
  'an unreadable folder is reported once, with its cause, and read when it becomes readable',
  async t => {
    const dir = t.testdir({ logs: { 'dns.log': 'a1\n' } })
    const logs = join(dir, 'logs')
    const follower = new Follower(logs)
    for (const mode of [0, 0o300, 0o444]) {
      follower.reports.length = 0
      chmodSync(logs, mode)
      await asUnprivileged(async () =>
        t.same([await follower.lookAndRead(), await follower.lookAndRead()], [[], []]),
      )
      t.equal(told(follower).length, 1, `mode ${mode.toString(8)}`)
      t.match(told(follower)[0], { path: mode === 0o444 ? join(logs, 'dns.log') : logs, why: /EACCES/ })
      chmodSync(logs, 0o755)
      await asUnprivileged(() => follower.lookAndRead())
      appendFileSync(join(logs, 'dns.log'), `after ${mode}\n`)
      t.same(await asUnprivileged(() => follower.lookAndRead()), [`after ${mode}`])
    }
    await follower.stop()
  },
)

void t.test(
  'a log in a folder that may not be entered is told by its cause, and read when it may be',
  async t => {
    const dir = t.testdir({ logs: { 'dns.log': 'a1\n' } })
    chmodSync(join(dir, 'logs'), 0)
    const follower = new Follower(join(dir, 'logs', 'dns.log'))
    await asUnprivileged(async () =>
      t.same([await follower.lookAndRead(), await follower.lookAndRead()], [[], []]),
    )
    t.match(told(follower), [{ path: join(dir, 'logs', 'dns.log'), why: /EACCES/ }])
    chmodSync(join(dir, 'logs'), 0o755)
    t.same(await asUnprivileged(() => follower.lookAndRead()), ['a1'])
    await follower.stop()
  },
)

void t.test('a pattern through an unreadable folder reports the folder', async t => {
  const dir = t.testdir({ 'logger-1': { 'dns.log': 'a1\n' }, 'logger-2': { 'dns.log': 'b1\n' } })
  for (const pattern of ['logger-*', 'logger-*/dns.log', '*', 'logger-?/dns*']) {
    chmodSync(join(dir, 'logger-2'), 0)
    const follower = new Follower(join(dir, pattern))
    await asUnprivileged(async () => {
      t.same(await follower.lookAndRead(), ['a1'], 'the others are read')
      t.same(await follower.lookAndRead(), [])
    })
    t.match(told(follower), [{ path: join(dir, 'logger-2'), why: /EACCES/ }], pattern)
    t.equal(told(follower).length, 1)
    chmodSync(join(dir, 'logger-2'), 0o755)
    t.same(await asUnprivileged(() => follower.lookAndRead()), ['b1'])
    await follower.stop()
  }
})

void t.test('a link to an unreachable log that matches a pattern is reported', async t => {
  const dir = t.testdir({ closed: { 'dns.log': 'a1\n' }, logs: {} })
  symlinkSync('../closed/dns.log', join(dir, 'logs', 'dns.log'))
  for (const path of ['logs', 'logs/dns*', 'log*']) {
    chmodSync(join(dir, 'closed'), 0)
    const follower = new Follower(join(dir, path))
    await asUnprivileged(async () =>
      t.same([await follower.lookAndRead(), await follower.lookAndRead()], [[], []]),
    )
    t.match(told(follower), [{ path: join(dir, 'logs', 'dns.log'), why: /EACCES/ }], path)
    chmodSync(join(dir, 'closed'), 0o755)
    t.same(await asUnprivileged(() => follower.lookAndRead()), ['a1'])
    await follower.stop()
  }
})

void t.test('a pattern that matches folders means the logs in them, as a folder does', async t => {
  const dir = t.testdir({
    spool: {
      'logger-1': { 'dns.log': 'a1\n', 'conn.log': 'no\n' },
      'logger-2': { 'dns.log': 'b1\n', 'eve.json': 'e1\n' },
      elsewhere: { 'dns.log': 'no\n' },
    },
    'logger-3': { 'dns.log': 'c1\n' },
  })
  const spool = join(dir, 'spool')
  symlinkSync('../logger-3', join(spool, 'logger-3'))
  const follower = new Follower(inputOf(join(spool, 'logger-*'), { format: 'zeek' }))
  t.same((await follower.lookAndRead()).sort(), ['a1', 'b1', 'c1'])
  appendFileSync(join(spool, 'logger-1', 'dns.log'), 'a2\n')
  renameSync(join(spool, 'logger-1', 'dns.log'), join(spool, 'logger-1', 'dns.2026-11-21-04-00-00.log'))
  writeFileSync(join(spool, 'logger-1', 'dns.log'), 'a3\n')
  mkdirSync(join(spool, 'logger-4'))
  writeFileSync(join(spool, 'logger-4', 'dns.log'), 'd1\n')
  t.same((await follower.lookAndRead()).sort(), ['a2', 'a3', 'd1'])
  appendFileSync(join(spool, 'logger-2', 'dns.log'), 'b2\n')
  await follower.restart()
  t.same(await follower.lookAndRead(), ['b2'])
  t.same(told(follower), [])
  t.match(
    (await foldersOf(inputOf(join(spool, 'logger-*')))).sort(),
    [spool, ...[1, 2, 3, 4].map(number => join(spool, `logger-${number}`))],
    'changes are listened for in each of them',
  )
  await follower.stop()
})

void t.test('an absent input is reported once, with what is missing, and read when it comes', async t => {
  const cases: readonly (readonly [path: string, why: RegExp])[] = [
    ['there/dns.log', /^nothing is there yet$/],
    ['no/where/dns.log', /^its folder .*\/no is not there$/],
    ['no/where', /^its folder .*\/no is not there$/],
    ['there', /^it holds no dns\*\.log\* or eve\*\.json\*$/],
    ['there/logger-*', /^nothing matches it$/],
    ['no/*/dns.log', /^nothing matches it$/],
    ['emp*', /^nothing matches it but folders without dns\*\.log\* or eve\*\.json\*$/],
    ['dangling', /^it is a link to nowhere, which is not there$/],
  ]
  for (const [path, why] of cases) {
    const dir = t.testdir({ there: {}, empty: {} })
    symlinkSync('nowhere', join(dir, 'dangling'))
    const follower = new Follower(join(dir, path))
    t.same([await follower.lookAndRead(), await follower.lookAndRead()], [[], []])
    t.match(told(follower), [{ path: join(dir, path), why }], path)
    t.equal(told(follower).length, 1)
    const folder = join(dir, path.replace('*', '1').replace(/dns\.log$/, '').replace('dangling', 'nowhere')) // prettier-ignore
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'dns.log'), 'a1\n')
    t.same(await follower.lookAndRead(), ['a1'], path)
    t.equal(told(follower).length, 1)
    await follower.stop()
    rmSync(folder, { recursive: true })
  }
})
