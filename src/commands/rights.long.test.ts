/** Commands of a user who may not read the logs: each says so by its cause, and none ends as if all were well. */
import { chmodSync, chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ended } from '../testing/ended.js'
import { testIo } from '../testing/io.js'
import { needsRoot, startAsUnprivileged, unprivilegedId } from '../testing/unprivileged.js'
import { untilFile } from '../testing/process.js'
import { runCommandLine } from './command-line.js'

const line = `${JSON.stringify({ _path: 'dns', ts: 1795248000, uid: 'C1', query: 'www.first.com', proto: 'udp' })}\n`

/** A data folder of the unprivileged user, and logs of root. */
const prepare = (t: Test, logs: object) => {
  const dir = t.testdir({ data: { 'domainstats.yaml': 'mode: "off"\n' }, ...logs })
  const data = join(dir, 'data')
  chownSync(data, unprivilegedId, unprivilegedId)
  const go = (...args: string[]) => ended(startAsUnprivileged(args))
  return { dir, data, go }
}

void t.test('a folder that may not be read', { skip: needsRoot }, async t => {
  const { dir, data, go } = prepare(t, { logs: { 'dns.log': line } })
  const logs = join(dir, 'logs')
  chmodSync(logs, 0o750)
  const once = await go('run', '--once', '--data', data, '--zeek', logs)
  t.equal(once.code, 1)
  t.match(once.said, /"level":40.*"kind":"input-unreadable","path":"[^"]*\/logs","error":"[^"]*EACCES/)
  t.match(once.said, /domainstats: 1 inputs are not there, or could not be read to their end/)
  const scan = await go('scan', '--no-lookup', logs)
  t.match(scan, { code: 1, said: /input-unreadable.*EACCES/ })

  const live = startAsUnprivileged(['run', '--data', data, '--zeek', logs])
  t.teardown(() => void live.child.kill('SIGKILL'))
  await live.says(/"kind":"input-unreadable"/)
  chmodSync(logs, 0o755)
  await untilFile(join(data, 'domainstats.log'), text => text.includes('www.first.com'))
  t.equal(await live.end('SIGTERM'), 0)
  t.equal((await live.says('')).match(/input-unreadable/g)?.length, 1, 'told once')
})

void t.test('a live run says that it may not read its log, until it may', { skip: needsRoot }, async t => {
  const { dir, data } = prepare(t, { 'dns.log': line })
  const log = join(dir, 'dns.log')
  chmodSync(log, 0o600)
  writeFileSync(join(data, 'domainstats.yaml'), 'mode: "off"\nmetrics_port: 127.0.0.1:0\n')
  const live = startAsUnprivileged(['run', '--data', data, '--zeek', log])
  t.teardown(() => void live.child.kill('SIGKILL'))
  await live.says(/"kind":"input-unreadable"/)
  const [, address = ''] =
    /"kind":"http-opened","address":"([^"]+)"/.exec(await live.says(/http-opened/)) ?? []
  const ready = async () => (await fetch(`${address}/readyz`)).text()
  t.match(
    await ready(),
    /^ready\nwarning: .*dns\.log may not be read \(EACCES: mode 600.*nothing of it is read/,
  )
  chmodSync(log, 0o644)
  await untilFile(join(data, 'domainstats.log'), text => text.includes('www.first.com'))
  t.equal(await ready(), 'ready\n')
  t.equal(await live.end('SIGTERM'), 0)
})

void t.test('check names unreadable files with the reason, and fails', { skip: needsRoot }, async t => {
  const { dir, data, go } = prepare(t, {
    logs: { 'dns.log': line },
    closed: { 'dns.log': line },
    group: { 'dns.log': line },
    'eve.json': line,
    open: { 'dns.log': line },
  })
  chmodSync(join(dir, 'closed'), 0o770)
  chmodSync(join(dir, 'group'), 0o771)
  chmodSync(join(dir, 'group', 'dns.log'), 0o640)
  chmodSync(join(dir, 'eve.json'), 0o600)
  const check = async (path: string) => {
    const set = await ended(
      startAsUnprivileged(['settings', data, '--set', `inputs=[{path: '${join(dir, path)}'}]`]),
    )
    t.equal(set.code, 0, set.said)
    return go('check', '--data', data)
  }
  const cause = (path: string, mode: string) =>
    new RegExp(
      `not readable: ${join(dir, path)} may not be [a-z]+ \\(EACCES: mode ${mode}, owner 0:0; this process is 65534:65534\\)`,
    )
  t.match(await check('closed'), { code: 1, said: cause('closed', '770') })
  t.match(await check('closed/dns.log'), { code: 1, said: cause('closed', '770') })
  t.match(await check('clo*'), { code: 1, said: cause('closed', '770') })
  t.match(await check('group/dns.log'), { code: 1, said: cause('group/dns.log', '640') })
  t.match(await check('eve.json'), { code: 1, said: cause('eve.json', '600') })
  const fine = await check('op*')
  t.match(fine, { code: 0, said: /open\/dns\.log: readable\n/ })
})

void t.test('an input that is not there, or a folder or pattern without logs, is no success', async t => {
  const dir = t.testdir({
    data: { 'domainstats.yaml': 'mode: "off"\n' },
    empty: {},
    logs: { 'dns.log': line },
  })
  const data = join(dir, 'data')
  const cases: readonly (readonly [path: string, why: string])[] = [
    ['dns.log', 'nothing is there yet'],
    ['no/dns.log', `its folder ${join(dir, 'no')} is not there`],
    ['empty', 'it holds no dns*.log*'],
    ['em*', 'nothing matches it but folders without dns*.log*'],
    ['nothing*', 'nothing matches it'],
  ]
  for (const [path, why] of cases) {
    const once = testIo()
    t.equal(await runCommandLine(['run', '--once', '--data', data, '--zeek', join(dir, path)], once), 1, path)
    t.ok(
      once.err().includes(`"kind":"input-missing","path":"${join(dir, path)}","reason":"${why}"`),
      once.err(),
    )
    await runCommandLine(
      ['settings', data, '--set', `inputs=[{path: '${join(dir, path)}', format: zeek}]`],
      testIo(),
    )
    const check = testIo()
    t.equal(await runCommandLine(['check', '--data', data], check), 1, path)
    t.ok(check.err().includes(`input ${join(dir, path)} (zeek): ${why}\n`), check.err())
    t.match(check.out(), /database: /, 'the rest is said as well')
  }
  const scan = testIo()
  t.equal(await runCommandLine(['scan', '--no-lookup', join(dir, 'empty')], scan), 1)
  t.match(scan.err(), /empty: it holds no dns\*\.log\* or eve\*\.json\*\n/)
})

void t.test('a pattern that matches folders, given by flag and in the YAML', async t => {
  const dir = t.testdir({
    flag: { 'domainstats.yaml': 'mode: "off"\n' },
    yaml: { 'domainstats.yaml': `mode: "off"\ninputs: [{ path: '../spool/logger-*' }]\n` },
    spool: { 'logger-1': { 'dns.log': line }, 'logger-2': { 'dns.log': line.replace('first', 'second') } },
  })
  for (const [data, ...flags] of [['flag', '--zeek', join(dir, 'spool', 'logger-*')], ['yaml']] as const) {
    t.equal(await runCommandLine(['run', '--once', '--data', join(dir, data), ...flags], testIo()), 0)
    const log = readFileSync(join(dir, data, 'domainstats.log'), 'utf8')
    t.match(log, 'www.first.com')
    t.match(log, 'www.second.com')
  }
})

void t.test(
  'what run may not write: check says it before, and both exit with 1',
  { skip: needsRoot },
  async t => {
    const { dir, data, go } = prepare(t, { 'dns.log': '', closed: {}, folder: {} })
    chmodSync(join(dir, 'closed'), 0o755)
    const both = async (output: string, why: RegExp) => {
      t.equal((await go('settings', data, '--set', `output=${output}`)).code, 0)
      const check = await go('check', '--data', data)
      t.match(check, { code: 1, said: why })
      const run = await go('run', '--once', '--data', data, '--zeek', join(dir, 'dns.log'))
      t.match(run, { code: 1, said: why })
      t.match(run.said, /Give it and its folder to the user that domainstats runs as, or give another --/)
    }
    await both(join(dir, 'closed', 'out.log'), /closed may not be written \(EACCES: mode 755, owner 0:0/)
    await both(
      join(dir, 'closed', 'new', 'out.log'),
      /closed may not be written \(EACCES: mode 755, owner 0:0/,
    )
    await go('settings', data, '--set', `output=${join(dir, 'folder')}`)
    t.match(await go('check', '--data', data), { code: 1, said: /the output .*folder is a folder/ })
    writeFileSync(join(dir, 'closed', 'mine.log'), '')
    chownSync(join(dir, 'closed', 'mine.log'), unprivilegedId, unprivilegedId)
    await both(join(dir, 'closed', 'mine.log'), /closed may not be written \(EACCES: mode 755, owner 0:0/)
    rmSync(join(data, 'run.lock'))
    writeFileSync(join(data, 'run.lock'), '', { mode: 0o644 })
    await both('domainstats.log', /run\.lock may not be written \(EACCES: mode 644, owner 0:0/)
    rmSync(join(data, 'run.lock'))
    t.match(await go('run', '--once', '--data', data, '--zeek', join(dir, 'dns.log')), { code: 0 })
    t.match(await go('check', '--data', data), { code: 0, said: /no run is live on this folder/ })
  },
)

void t.test('check beside a live run says so; an output of another one is a mistake', async t => {
  const dir = t.testdir({
    first: { 'domainstats.yaml': 'mode: "off"\noutput: ../out.log\n' },
    second: { 'domainstats.yaml': 'mode: "off"\noutput: ../out.log\n' },
    'dns.log': line,
  })
  const live = testIo()
  const running = runCommandLine(['run', '--data', join(dir, 'first'), '--zeek', join(dir, 'dns.log')], live)
  await untilFile(join(dir, 'out.log'), text => text !== '')
  const [beside, other] = [testIo(), testIo()]
  t.equal(await runCommandLine(['check', '--data', join(dir, 'first')], beside), 0, beside.err())
  t.match(beside.out(), /a run is live on this folder\n[^]*ok\n$/)
  t.equal(await runCommandLine(['check', '--data', join(dir, 'second')], other), 1)
  t.match(other.err(), /another domainstats writes the output .*out\.log/)
  live.stop()
  t.equal(await running, 0)
})
