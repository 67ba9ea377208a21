/** `doctor` as a user types it, without a network; the parts that need one have tests of their own. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startHere } from '../../testing/in-process.js'
import { testIo } from '../../testing/io.js'
import { untilFile } from '../../testing/process.js'
import { runCommandLine } from '../command-line.js'

const doctor = async (...args: readonly string[]) => {
  const io = testIo()
  return { code: await runCommandLine(['doctor', ...args], io), out: io.out(), err: io.err() }
}

const line = (name: string, at = Date.now()): string =>
  `${JSON.stringify({ _path: 'dns', ts: at / 1000, uid: 'C1', query: name, proto: 'udp' })}\n`

void t.test('a live run whose log grows is well', async t => {
  const dir = t.testdir({ data: {}, 'dns.log': line('www.example.com') })
  const [data, log] = [join(dir, 'data'), join(dir, 'dns.log')]
  writeFileSync(
    join(data, 'domainstats.yaml'),
    `mode: off\nmetrics_port: 127.0.0.1:0\ninputs: [{path: ${log}}]\nlearning_days: 0\n`,
  )
  startHere(t, 'run', '--data', data)
  await untilFile(join(data, 'domainstats.log'), text => text.includes('www.example.com'))
  const { code, out, err } = await doctor('--data', data)
  t.equal(code, 0, out + err)
  t.match(out, /^ok +settings +.*domainstats\.yaml\nok +program +domainstats \d/)
  t.match(out, /\nok +input +input .*dns\.log \(auto\): 1 log, written 0 minutes ago\n/)
  t.match(out, /\nok +run +live/)
  t.match(out, /mode is off: no registry is asked\nall is well\n$/)
})

void t.test('--live asks the run alone, at the port that its --http named', async t => {
  const data = t.testdir({ 'domainstats.yaml': 'mode: off\npsl_file: none.dat\n' })
  t.match(await doctor('--data', data, '--live'), { code: 1, out: /^wrong +run +none is live/ })
  writeFileSync(join(data, 'domainstats.yaml'), 'mode: off\n')
  const run = startHere(t, 'run', '--data', data, '--http', '127.0.0.1:0')
  const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(await run.says(/127\.0\.0\.1:\d+/)) ?? []
  t.same(await doctor('--data', data, '--live', '--http', port), {
    code: 0,
    out: `ok       run       live, and ready (127.0.0.1:${port})\nall is well\n`,
    err: '',
  })
  t.match(await doctor('--data', data, '--live', '--http', 'none'), { code: 2, err: /not a port/ })
  t.match(await doctor('--data', data, '--live', '--http', '1'), {
    code: 1,
    out: /port 127.0.0.1:1 does not answer/,
  })
  writeFileSync(join(data, 'domainstats.yaml'), 'rotate: weekly\n')
  t.match(await doctor('--data', data, '--live'), { code: 1, out: /^wrong +settings / })
})

void t.test('what is wrong is said with what to do, and ends with 1', async t => {
  const dir = t.testdir({ data: {} })
  const data = join(dir, 'data')
  const wrongIn = async (settings: string) => {
    writeFileSync(join(data, 'domainstats.yaml'), settings)
    const { code, out, err } = await doctor('--data', data, '--json')
    const findings = out
      .split('\n')
      .slice(0, -1)
      .map(text => JSON.parse(text) as Record<string, string>)
    for (const { state, remedy, found } of findings)
      t.equal(remedy === undefined, state === 'ok', `${state}: ${found}`)
    t.match({ code, err }, { code: 1, err: /^domainstats: wrong: \d, warnings: \d\n$/ })
    return findings.filter(({ state }) => state === 'wrong')
  }
  t.match(await wrongIn('inptus: []\nrotate: weekly\n'), [
    { area: 'settings', found: /inptus/, remedy: /inputs/ },
    { area: 'settings', found: /rotate/ },
  ])
  t.match(await wrongIn('psl_file: none.dat\n'), [{ area: 'settings', found: /none\.dat: no such file/ }])
  t.match(await wrongIn(`mode: off\ninputs: [{path: ${join(dir, 'nothing', 'dns.log')}}]\n`), [
    { area: 'input', found: /nothing is not there/, remedy: /start the sensor/ },
    { area: 'run', found: /none is live/, remedy: /systemctl start/ },
  ])
  t.match(await wrongIn('mode: off\n'), [{ area: 'input', found: /name none/ }, { area: 'run' }])
})

void t.test('a damaged database is wrong, and the rest is looked at all the same', async t => {
  const data = t.testdir({
    'domainstats.yaml': 'mode: off\nhttp: true\n',
    'domainstats.sqlite': 'x'.repeat(5000),
  })
  const { code, out } = await doctor('--data', data)
  t.equal(code, 1)
  t.match(out, /\nwrong +database +.*damaged/)
  t.match(out, /\nok +input +none: it answers over HTTP only\n/)
})

void t.test('no such folder is wrong usage', async t => {
  t.match(await doctor('--data', join(t.testdir(), 'none')), { code: 2, err: /none is not there/ })
})

void t.test('names of files come from outside: no control character reaches the terminal', async t => {
  const dir = t.testdir({ data: {}, logs: {} })
  const path = join(dir, 'logs', 'dns\u001b[31m.log')
  appendFileSync(path, 'neither Zeek nor Suricata\n')
  writeFileSync(join(dir, 'data', 'domainstats.yaml'), `mode: off\ninputs: [{path: ${join(dir, 'logs')}}]\n`)
  const { out } = await doctor('--data', join(dir, 'data'))
  t.match(out, /warning +input +.*dns\\u001b\[31m\.log: none of its first 1 lines is understood/)
  t.notMatch(out, '\u001b')
})
