/** `commands import` as a user types it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseConfig } from '../config/parse.js'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const run = async (...argv: readonly string[]) => {
  const io = testIo()
  const code = await runCommandLine(['commands', 'import', ...argv], io)
  return { code, out: io.out(), err: io.err() }
}

const hops = `base_command: traceroute -n -q1 *WEBINFO*
result_regex: (\\d+)\\s+([\\d\\.]+).*?$
regex_findall: True
regex_multiline: True
local_address: 127.0.0.1
local_port: 8001
cached_max_items: 2048
`

const folder = (t: Test, settings: string, file = hops) => {
  const dir = t.testdir({ 'domainstats.yaml': settings, 'apiify.yaml': file })
  const path = join(dir, 'domainstats.yaml')
  return { dir, file: join(dir, 'apiify.yaml'), path, text: () => readFileSync(path, 'utf8') }
}

const printed = `# accepts: host, since the program is traceroute; --accepts chooses another kind
# cached_max_items: there is one bound for the answers of all commands
commands:
  traceroute:
    argv: [traceroute, -n, -q1, "{value}"]
    accepts: host
    timeout_seconds: 60
    no_cache_when: /^\\s*$/
    result:
      regex: (\\d+)\\s+([\\d\\.]+).*?$
      flags: [multiline]
      all: true
apiify: {command: traceroute, port: 127.0.0.1:8001}
`

void t.test('settings are printed, and are valid', async t => {
  const { file, text } = folder(t, 'mode: off\n')
  const { code, out, err } = await run(file)
  t.same([code, err], [0, ''])
  t.equal(out, printed)
  t.match(parseConfig(out, 'f.yaml'), { config: { apiify: { command: 'traceroute' } } })
  t.match((await run(file, '--name', 'hops', '--accepts', 'ip')).out, /^ {2}hops:\n.*\n {4}accepts: ip\n/m)
  t.equal(text(), 'mode: off\n', 'the settings of the data folder are as they were')
})

void t.test('settings are written into the file of the data folder', async t => {
  const { dir, file, path, text } = folder(t, '# mine\nmode: off # no look-ups\n')
  const { code, out, err } = await run(file, '--write', '--data', dir)
  t.same([code, out], [0, ''])
  t.match(err, /domainstats\.yaml: written\naccepts: host, since/)
  t.match(text(), /^# mine\nmode: off # no look-ups\n/)
  const parsed = parseConfig(text(), path)
  t.match(parsed, {
    config: {
      apiify: { command: 'traceroute', port: '127.0.0.1:8001' },
      commands: { traceroute: { argv: ['traceroute', '-n', '-q1', '{value}'], result: { all: true } } },
    },
  })
  const before = text()
  t.match(await run(file, '--write', '--data', dir), {
    code: 2,
    err: /command traceroute .* already.*--name/,
  })
  t.equal(text(), before)
  t.match(await run(file, '--write', '--data', dir, '--name', 'hops'), {
    ...{ code: 0, err: /apiify is set already, for traceroute: it stays/ },
  })
  t.match(parseConfig(text(), path), {
    config: { commands: { hops: {} }, apiify: { command: 'traceroute' } },
  })
})

void t.test('what cannot be imported is said, and nothing is written', async t => {
  const bad = 'base_command: whois *WEBINFO* | grep x\nblock_command_injection: False\n'
  const { dir, file, text } = folder(t, 'mode: off\n', bad)
  const { code, out, err } = await run(file, '--write', '--data', dir)
  t.same([code, out], [1, ''])
  t.match(
    err,
    /apiify\.yaml:1: base_command: has \|, which needs a shell.*argv: \[sh, -c, .*\n.*:2: block_command/,
  )
  t.equal(text(), 'mode: off\n')
  writeFileSync(file, Buffer.from([0x61, 0xff]))
  t.match(await run(file), { code: 2, err: /not UTF-8/ })
  t.match(await run(join(dir, 'none.yaml')), { code: 2, err: /cannot be read: .*ENOENT/ })
  t.match(await run(file, '--write'), { code: 2, err: /--write needs --data/ })
  t.match(await run(), { code: 2 })
})
