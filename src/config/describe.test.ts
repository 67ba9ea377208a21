import t from 'tap'
import { describeConfig, loadConfig } from './load.js'

void t.test('a configuration that is all default has little to say', async t => {
  t.same(describeConfig(await loadConfig(t.testdir({}))), ['configuration: defaults, there is no file'])
})

void t.test('of a secret nothing is shown but that it is set', async t => {
  const commands = (env: string) => `commands: {a: {argv: [a, '{value}'], accepts: ip${env}}}`
  const linesOf = async (text: string) =>
    describeConfig(await loadConfig(t.testdir({ 'domainstats.yaml': text })))
  t.match(await linesOf(commands(', env: [KEY=secret]')), [
    /yaml$/,
    /argv/,
    /accepts/,
    'commands.a.env: (set)',
  ])
  t.notMatch((await linesOf(commands(''))).join(), /env/)
})

void t.test('check prints settings that differ from the defaults, and those without effect', async t => {
  const text = `inputs:
  - path: /var/log/dns*.log
    sensor: "caf\u00e9 1"
  - path: eve.json
    format: suricata
    start: beginning
hold_seconds: 0
emit: domains
ignore: [example.com, example.org]
names_from: [dns, tls]
enable_freq_scores: no
contact: soc@example.com
rdap:
  servers:
    com: https://rdap.example/com/
local_port: 8000
workers: 9
output: "a\u202eb"
`
  const dir = t.testdir({ 'domainstats.yaml': text, 'domain_stats.yaml': '' })
  const lines = describeConfig(await loadConfig(dir)).map(line => line.replace(dir, 'DIR'))
  t.same(lines, [
    'configuration: DIR/domainstats.yaml',
    'inputs[0].path: /var/log/dns*.log',
    'inputs[0].sensor: caf\u00e9 1',
    'inputs[1].path: eve.json',
    'inputs[1].format: suricata (default auto)',
    'output: a\\u{202e}b (default domainstats.log)',
    'hold_seconds: 0 (default 30)',
    'ignore: example.com, example.org',
    'names_from: dns, tls (default dns)',
    'contact: soc@example.com',
    'rdap.servers.com: https://rdap.example/com/',
    'local_port: 8000 (default 5730)',
    'enable_freq_scores: false (default true)',
    'domain_stats.yaml is not read, because domainstats.yaml stands beside it',
    'accepted for compatibility, without effect: workers',
  ])
})
