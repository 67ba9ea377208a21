/** `commands list`, `run` and `dump` as a user types them. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { shellProgram } from '../programs/testing/commands.js'
import { mmdbOf } from '../programs/testing/mmdb.js'
import { keep, testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const run = async (...argv: readonly string[]) => {
  const io = testIo()
  const code = await runCommandLine(['commands', ...argv], io)
  return { code, out: io.out(), err: io.err() }
}

const folder = (t: Test): string => {
  const dir = t.testdir()
  const counting = shellProgram(dir, 'counting', `echo run >>${join(dir, 'runs')}`, 'echo "about $1"')
  const commands = {
    about: { argv: [counting, '{value}'], accepts: 'domain' },
    parts: {
      argv: ['printf', '1 a\\n2 b\\n%s', '{value}'],
      accepts: 'host',
      result: { regex: '(\\d) (?P<x>\\w)', all: true },
    },
    escape: { argv: ['printf', 'a\\033[31m"b\\\\\\n%s', '{value}'], accepts: 'host' },
    fails: { argv: ['false', '{value}'], accepts: 'host', env: ['HOME', 'TOKEN=secret'] },
    none: { argv: ['/nonexistent/x', '{value}'], accepts: 'host' },
  }
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify({ mode: 'off', commands }))
  return dir
}

void t.test('an answer is printed, kept and listed', async t => {
  const dir = folder(t)
  const data = ['--data', dir]
  t.same(await run('run', 'about', 'www.Example.com', ...data), {
    ...{ code: 0, out: 'about example.com\n', err: '' },
  })
  t.same((await run('run', 'about', 'example.com', ...data)).out, 'about example.com\n')
  const { out } = await run('run', 'about', 'example.com', '--json', ...data)
  t.match(JSON.parse(out), {
    command: 'about',
    value: 'example.com',
    cached: true,
    result: 'about example.com\n',
  })
  const dumped = await run('dump', 'about', ...data)
  t.match(JSON.parse(dumped.out), { value: 'example.com', count: 2, exit: 0, result: 'about example.com\n' })
  await run('run', 'about', 'b.com', ...data)
  for (const [sort, first] of Object.entries({
    key: 'b.com',
    age: 'example.com',
    count: 'example.com',
    data: 'b.com',
  }))
    t.match(
      (await run('dump', 'about', '--sort', sort, ...data)).out.split('\n')[0],
      `"value":"${first}"`,
      sort,
    )
  t.match(await run('dump', 'parts', ...data), { code: 0, out: '' })
})

void t.test('results of an expression are lines of JSON', async t => {
  const data = ['--data', folder(t)]
  t.equal((await run('run', 'parts', 'x', ...data)).out, '{"x":"a"}\n{"x":"b"}\n')
})

void t.test('the commands of the settings', async t => {
  const { out } = await run('list', '--data', folder(t))
  t.notMatch(out, 'secret')
  t.match(out, '"env":["HOME","TOKEN"]')
  t.match(
    out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as object),
    [{ command: 'about', accepts: 'domain', keep_hours: 24 }, { command: 'parts' }, {}, {}, {}],
  )
})

void t.test('mistakes, and runs that failed', async t => {
  const dir = folder(t)
  const data = ['--data', dir]
  t.match(await run('run', 'about', '--data', dir, '--', '-h'), { code: 2, err: /it begins with -/ })
  t.match(await run('run', 'about', ...data), { code: 2, err: /one value/ })
  t.match(await run('run', 'about', 'a.com', ...data, '--', 'b.com'), { code: 2, err: /one value/ })
  t.match(await run('run', 'about', 'com', ...data), { code: 2, err: /about: it has no registered domain/ })
  t.match(await run('run', 'other', 'a.com', ...data), { code: 2, err: /declare no such command/ })
  t.match(await run('dump', 'other', ...data), { code: 2, err: /declare no such command/ })
  t.match(await run('run', 'fails', 'a', ...data), { code: 1, err: /fails: it ended with exit code 1/ })
  t.match(await run('run', 'none', 'a', ...data), { code: 1, err: /is not there: install it/ })
  t.match(await run('list', '--data', join(dir, 'nowhere')), { code: 2, err: /is not there/ })
  t.match(await run(), { code: 2, err: /Which of the commands/ })
  t.notOk(existsSync(join(dir, 'runs')))
})

void t.test('on a terminal it is a table, and an output cannot move the cursor', async t => {
  const dir = folder(t)
  const shown = async (...argv: readonly string[]) => {
    const out = keep()
    const io = { ...testIo(), stdout: Object.assign(out.stream, { isTTY: true, columns: 100 }) }
    t.equal(await runCommandLine(['commands', ...argv, '--data', dir], io), 0)
    return out.text()
  }
  t.equal(await shown('run', 'escape', 'x'), 'a\\u001b[31m"b\\\nx\n')
  t.match(await shown('list'), /COMMAND +ACCEPTS +KEPT +ASKS\nabout +domain +24 h/)
  t.match(await shown('dump', 'escape'), /VALUE +RUN +EXPIRES +COUNT\n +RESULT\nx /)
})

const services = {
  geo: { preset: 'geolocation', file: 'city.mmdb' },
  isc: { preset: 'isc-ip', contact: 'soc@corp.example' },
  otx: { preset: 'otx', key_file: 'otx.key' },
  rep: {
    ...{ preset: 'reputation', url: 'https://rep.example/{value}', fields: { score: 'score' } },
    ...{ accepts: 'host', key_file: 'rep.key' },
  },
}

void t.test('presets are listed, and their keys are not', async t => {
  const commands = { hops: { preset: 'traceroute' }, ...services }
  const dir = t.testdir({ 'otx.key': 'secret1', 'rep.key': 'secret2' })
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify({ mode: 'off', commands }))
  const { out } = await run('list', '--data', dir)
  t.match(
    out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as unknown),
    [
      { command: 'hops', preset: 'traceroute', argv: ['traceroute', '-n'] },
      { command: 'geo', file: 'city.mmdb' },
      { command: 'isc', base_url: 'https://isc.sans.edu' },
      { command: 'otx', key_file: 'otx.key' },
      { command: 'rep', url: 'https://rep.example/{value}', header: 'Authorization' },
    ],
  )
  const table = keep()
  const io = { ...testIo(), stdout: Object.assign(table.stream, { isTTY: true, columns: 120 }) }
  t.equal(await runCommandLine(['commands', 'list', '--data', dir], io), 0)
  for (const asked of [
    'city.mmdb',
    'https://isc.sans.edu',
    'https://otx.alienvault.com',
    'https://rep.example/{value}',
  ])
    t.ok(table.text().includes(asked), asked)
  t.notMatch(out + table.text(), /secret/)
  t.match(await run('run', 'geo', '192.0.2.1', '--data', dir), {
    ...{ code: 1, err: /geo: file: .*city\.mmdb is not there/ },
  })
})

void t.test('check says which file of a command is missing or wrong', async t => {
  const dir = t.testdir({ 'dns.log': '' })
  const check = async () => {
    const io = testIo()
    const code = await runCommandLine(['check', '--data', dir], io)
    return { code, err: io.err() }
  }
  const settings = { mode: 'off', commands: services, inputs: [{ path: 'dns.log' }] }
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify(settings))
  t.match(await check(), { code: 1, err: /commands\.geo: file: .*city\.mmdb is not there/ })
  writeFileSync(join(dir, 'city.mmdb'), mmdbOf({ '192.0.2.0/24': {} }))
  t.match(await check(), { code: 1, err: /commands\.otx: .*otx\.key: no such file/ })
  writeFileSync(join(dir, 'otx.key'), 'k3y')
  writeFileSync(join(dir, 'rep.key'), 'secret\nlines')
  const { code, err } = await check()
  t.match([code, err], [1, /commands\.rep: .*rep\.key: not a key/])
  t.notMatch(err, /secret/)
  writeFileSync(join(dir, 'rep.key'), 'Bearer x')
  t.match(await check(), { code: 0 })
})
