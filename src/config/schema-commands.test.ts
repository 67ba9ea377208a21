/** The settings of commands: what is refused, and in which words. */
import t from 'tap'
import { programPresetNames, programPresets } from './command-presets.data.js'
import { parseConfig } from './parse.js'
import { keysAt, settingAt } from './settings.js'

const problemsOf = (command: unknown, name = 'c') => {
  const parsed = parseConfig(JSON.stringify({ commands: { [name]: command } }), 'f.yaml')
  return 'problems' in parsed ? parsed.problems : []
}
const ok = { argv: ['whois', '--', '{value}'], accepts: 'domain' }

void t.test('a command needs argv and accepts, and has a default for the rest', t => {
  const parsed = parseConfig('commands: {whois: {argv: [whois, "{value}"], accepts: domain}}', 'f.yaml')
  t.same('config' in parsed && parsed.config.commands, {
    whois: {
      ...{ argv: ['whois', '{value}'], accepts: 'domain', timeout_seconds: 10, at_once: 2 },
      ...{ output_bytes_max: 262_144, stderr: 'drop', env: [], keep_hours: 24, keep_errors_hours: 0.1 },
    },
  })
  t.match(problemsOf({}), [
    { key: 'commands.c.argv', message: 'required', remedy: /^Give a list of words/ },
    { key: 'commands.c.accepts', message: 'required', remedy: /^Give domain, host, ip, cidr/ },
  ])
  t.end()
})

const refused: readonly (readonly [more: object, key: string, message: RegExp])[] = [
  [{ argv: ['whois'] }, 'argv', /must hold \{value\} once/],
  [{ argv: ['whois', '{value}', '{value}'] }, 'argv', /must hold \{value\} once/],
  [{ argv: ['whois', '{value}{value}'] }, 'argv', /must hold \{value\} once/],
  [{ argv: ['{value}'] }, 'argv', /must begin with a program/],
  [{ argv: ['./{value}', 'x'] }, 'argv', /must begin with a program/],
  [{ argv: [] }, 'argv', /too short/],
  [{ argv: 'whois {value}' }, 'argv', /is not a list/],
  [{ argv: ['ping', '-c', 1, '{value}'] }, 'argv[2]', /1 is not text/],
  [{ argv: ['whois', 'a\nb', '{value}'] }, 'argv[1]', /control character/],
  [{ argv: ['sh', '-c', 'whois {value}'] }, 'argv', /let sh run the value as a program/],
  [{ argv: ['/bin/bash', '-lc', 'whois "{value}"'] }, 'argv', /let bash run/],
  [{ argv: ['timeout', '5', 'python3', '-c', '{value}'] }, 'argv', /let python3 run/],
  [{ accepts: 'name' }, 'accepts', /is no kind of value/],
  [{ accepts: '//' }, 'accepts', /is no kind of value/],
  [{ keep_hours: -3 }, 'keep_hours', /too small/],
  [{ keep_hours: -1.5 }, 'keep_hours', /-1\.5 is neither -1 nor -2/],
  [{ keep_errors_hours: -1 }, 'keep_errors_hours', /too small/],
  [{ env: ['A-B'] }, 'env[0]', /neither NAME nor NAME=value/],
  [{ no_cache_when: 'quota' }, 'no_cache_when', /between slashes/],
  [{ result: { regex: '(' } }, 'result.regex', /is no regular expression/],
  [{ result: { regex: 'x', flags: ['verbose'] } }, 'result.flags[0]', /not possible here/],
  [{ result: { regex: 'x', types: { a: 'bool' } } }, 'result.types.a', /not possible here/],
  [{ result: {} }, 'result.regex', /required/],
  [{ timeout_seconds: 0 }, 'timeout_seconds', /too small/],
  [{ stderr: 'keep' }, 'stderr', /not possible here/],
]

void t.test('each mistake is named, with a remedy', t => {
  for (const [more, key, message] of refused)
    t.match(
      problemsOf({ ...ok, ...more }),
      [{ key: `commands.c.${key}`, message, remedy: /^Give / }],
      JSON.stringify(more),
    )
  t.match(problemsOf({ ...ok, arg: 1 }), [{ key: 'commands.c.arg', remedy: 'Did you mean argv?' }])
  t.match(problemsOf({ ...ok, result: { regexp: 'x', regex: 'x' } }), [{ remedy: 'Did you mean regex?' }])
  for (const name of ['', 'A', 'a b', '../x', 'x'.repeat(33)])
    t.match(problemsOf(ok, name), [{ remedy: /^Give a mapping of names/ }], name)
  t.end()
})

void t.test('what is allowed', t => {
  for (const more of [
    { argv: ['sh', '-c', 'whois "$1"', 'sh', '{value}'] },
    { argv: ['ping', '-c', '{value}'] },
    { argv: ['curl', 'https://a.example/{value}/x'] },
    { accepts: '/AS\\d+/' },
    { keep_hours: -2 },
    { env: ['HOME', 'A=b=c', 'B='] },
    { result: { regex: '(?P<a>x)(?P=a)', all: true } },
  ])
    t.same(problemsOf({ ...ok, ...more }), [], JSON.stringify(more))
  t.end()
})

const settingsOf = (command: unknown) => {
  const parsed = parseConfig(JSON.stringify({ commands: { c: command } }), 'f.yaml')
  return 'problems' in parsed ? parsed.problems : parsed.config.commands['c']
}

void t.test('a preset fills in the keys of a program, and what is written wins', t => {
  for (const preset of programPresetNames) {
    t.match(settingsOf({ preset }), { preset, ...programPresets[preset] }, preset)
    t.match(settingsOf({ preset, keep_hours: 7, timeout_seconds: 3 }), { keep_hours: 7, timeout_seconds: 3 })
  }
  const argv = ['/opt/whois', '{value}']
  t.match(settingsOf({ preset: 'whois', argv }), {
    argv,
    accepts: 'domain',
    per_minute: 20,
    result: undefined,
  })
  t.match(problemsOf({ preset: 'whois', file: 'x' }), [{ key: 'commands.c.file', message: 'unknown key' }])
  t.match(problemsOf({ preset: 'whios' }), [
    { key: 'commands.c.preset', remedy: /^Give ping, .* or reputation/ },
  ])
  t.match(problemsOf({ preset: 'ping', at_once: 0 }), [{ key: 'commands.c.at_once', message: /too small/ }])
  t.end()
})

const reputation = {
  ...{
    preset: 'reputation',
    url: 'https://a.example/v1/{value}',
    accepts: 'domain',
    fields: { score: 'a.0' },
  },
}
const otx = { preset: 'otx', key_file: 'k' }
const isc = { preset: 'isc-ip', contact: 'a@b.example' }

void t.test('services have keys of their own', t => {
  t.match(settingsOf({ preset: 'geolocation', file: 'a.mmdb' }), { accepts: 'ip', keep_hours: 0 })
  t.match(settingsOf(isc), { base_url: 'https://isc.sans.edu', per_minute: 20, at_once: 1 })
  t.match(settingsOf(otx), { base_url: 'https://otx.alienvault.com', accepts: 'domain', pulses_max: 10 })
  t.match(settingsOf(reputation), { header: 'Authorization', timeout_seconds: 10 })
  t.match(settingsOf({ ...reputation, url: 'http://127.0.0.1:8080/?q={value}' }), { accepts: 'domain' })
  const root = { commands: { c: otx, d: { preset: 'ping' }, e: { argv: [] } } }
  t.ok(keysAt(['commands', 'c'], root).includes('pulses_max'))
  t.notOk(keysAt(['commands', 'c'], root).includes('argv'))
  for (const name of ['d', 'e']) {
    t.ok(keysAt(['commands', name], root).includes('argv'))
    t.notOk(keysAt(['commands', name], root).includes('pulses_max'))
  }
  t.match(settingAt(['commands', 'c', 'keep_hours'], root), { types: ['isc-ip', 'otx', 'reputation'] })
  t.match(settingAt(['commands', 'd', 'keep_hours'], root), { types: undefined, default: 24 })
  t.end()
})

const wrongServices: readonly (readonly [command: object, key: string, message: RegExp])[] = [
  [{ preset: 'geolocation' }, 'file', /required/],
  [{ preset: 'geolocation', file: 'x', accepts: 'domain' }, 'accepts', /not possible/],
  [{ preset: 'geolocation', file: 'x', argv: ['x'] }, 'argv', /unknown key/],
  [{ preset: 'isc-ip' }, 'contact', /required/],
  [{ ...isc, base_url: 'http://isc.sans.edu' }, 'base_url', /no https address/],
  [{ ...isc, base_url: 'https://a.example/?x' }, 'base_url', /holds a query/],
  [{ preset: 'otx' }, 'key_file', /required/],
  [{ ...otx, pulse_max: 3 }, 'pulse_max', /unknown key/],
  [{ ...otx, authors: { only: ['a'], not: ['b'] } }, 'authors', /not possible/],
  [{ ...otx, authors: { only: [] } }, 'authors.only', /too short/],
  [{ ...reputation, url: 'https://a.example/' }, 'url', /must hold \{value\} once/],
  [{ ...reputation, url: 'https://{value}/x' }, 'url', /behind the host/],
  [{ ...reputation, url: 'https://a.{value}.example/x' }, 'url', /behind the host/],
  [{ ...reputation, url: 'http://a.example/{value}' }, 'url', /no https address/],
  [{ ...reputation, url: 'http://localhost.example/{value}' }, 'url', /no https address/],
  [{ ...reputation, url: 'https://u:p@a.example/{value}' }, 'url', /no https address/],
  [{ ...reputation, url: 'file:///{value}' }, 'url', /no https address/],
  [{ ...reputation, fields: {} }, 'fields', /names no field/],
  [{ ...reputation, fields: { a: 'a..b' } }, 'fields.a', /is no path/],
  [{ ...reputation, header: 'Host' }, 'header', /send ourselves/],
  [{ ...reputation, header: 'a b' }, 'header', /not the name of a header/],
]

void t.test('each mistake with a service is named, too', t => {
  for (const [command, key, message] of wrongServices)
    t.match(problemsOf(command), [{ key: `commands.c.${key}`, message }], JSON.stringify(command))
  t.end()
})

void t.test('a path below a command finds its setting', t => {
  t.equal(settingAt(['commands', 'whois', 'result', 'regex'])?.key, 'commands.NAME.result.regex')
  t.equal(settingAt(['commands', 'whois', 'argv', 3])?.key, 'commands.NAME.argv')
  t.equal(settingAt(['commands', 'whois'])?.key, 'commands')
  t.same(keysAt(['commands', 'x', 'result']), ['regex', 'flags', 'all', 'types', 'required'])
  t.end()
})
