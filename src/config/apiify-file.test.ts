/** Files of APIify, with the keys of its own apiify.yaml and of the talk about it: what they become, and what is refused. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readApiify, type ApiifyChoices } from './apiify-file.js'
import { loadConfig } from './load.js'

const importOf = (text: string, choices: ApiifyChoices = {}) => {
  const read = readApiify(text, choices)
  if ('findings' in read) throw new Error(JSON.stringify(read.findings))
  return read
}
const findingsOf = (text: string, choices: ApiifyChoices = {}) => {
  const read = readApiify(text, choices)
  return 'findings' in read ? read.findings : []
}

/** What all of its examples have. */
const common = `cached_max_items: 2048
item_hours_in_cache: -1
no_caching_this_error: error
combine_stderr_stdout: True
block_command_injection: True
local_address: 127.0.0.1
local_port: 8000
cache_file: apiify.cache
debug_statements: True
`

const cached = { stderr: 'merge', keep_hours: -1, no_cache_when: '/^\\s*$|error/' }

const samples: readonly (readonly [title: string, text: string, name: string, command: object])[] = [
  [
    'ping',
    'base_command: ping -c1 *WEBINFO*\nresult_regex: (?P<bytes>\\d+) bytes.*?icmp_seq=(?P<seq>\\d+) ttl=(?P<ttl>\\d+) \n',
    'ping',
    {
      ...{ argv: ['ping', '-c1', '--', '{value}'], accepts: 'host', ...cached },
      result: { regex: '(?P<bytes>\\d+) bytes.*?icmp_seq=(?P<seq>\\d+) ttl=(?P<ttl>\\d+)', required: true },
    },
  ],
  [
    'whois, full',
    'base_command: whois *WEBINFO*\n',
    'whois',
    { argv: ['whois', '--', '{value}'], accepts: 'domain', ...cached },
  ],
  [
    'whois, creation date',
    'base_command: whois *WEBINFO*\nresult_regex: (?:Creation Date.|created.)\\s+(?P<creationdate>[\\d:T -]+)\n',
    'whois',
    {
      ...{ argv: ['whois', '--', '{value}'], accepts: 'domain', ...cached },
      result: { regex: '(?:Creation Date.|created.)\\s+(?P<creationdate>[\\d:T -]+)', required: true },
    },
  ],
  [
    'traceroute, last hop',
    `base_command: traceroute --tcp -p 80 -n -q1 -f3 *WEBINFO*
result_regex: (?P<lasthops>\\d+)\\s+(?P<hop>[\\d\\.]+).*?$
regex_multiline: False
regex_ignorecase: False
regex_dotall: False
`,
    'traceroute',
    {
      argv: ['traceroute', '--tcp', '-p', '80', '-n', '-q1', '-f3', '{value}'],
      ...{ accepts: 'host', timeout_seconds: 60, ...cached },
      result: { regex: '(?P<lasthops>\\d+)\\s+(?P<hop>[\\d\\.]+).*?(?=\\n?$)', required: true },
    },
  ],
  [
    'traceroute, all hops',
    `base_command: traceroute --tcp -p 80 -n -q1 -f3 *WEBINFO*
result_regex: (\\d+)\\s+([\\d\\.]+).*?$
regex_findall: True
regex_multiline: True
regex_ignorecase: True
regex_dotall: True
`,
    'traceroute',
    {
      argv: ['traceroute', '--tcp', '-p', '80', '-n', '-q1', '-f3', '{value}'],
      ...{ accepts: 'host', timeout_seconds: 60, ...cached },
      result: {
        ...{ regex: '(\\d+)\\s+([\\d\\.]+).*?$', flags: ['multiline', 'ignorecase', 'dotall'], all: true },
      },
    },
  ],
  [
    'geolocation, without the redirection',
    'base_command: wget -O- https://freegeoip.app/json/*WEBINFO*\n',
    'wget',
    { argv: ['wget', '-O-', 'https://freegeoip.app/json/{value}'], accepts: 'ip', ...cached },
  ],
  [
    'ISC, without the redirection',
    'base_command: wget -O- https://isc.sans.edu/api/ipdetails/*WEBINFO*?json\n',
    'wget',
    { argv: ['wget', '-O-', 'https://isc.sans.edu/api/ipdetails/{value}?json'], accepts: 'ip', ...cached },
  ],
]

for (const [title, text, name, command] of samples)
  void t.test(`the sample ${title}`, t => {
    const read = importOf(common + text)
    t.strictSame(
      { name: read.name, command: read.command, port: read.port },
      {
        ...{ name, command, port: '127.0.0.1:8000' },
      },
    )
    t.ok(read.commands[name])
    t.end()
  })

void t.test('each key', t => {
  const of = (text: string, choices?: ApiifyChoices) =>
    importOf(`base_command: dig *WEBINFO*\n${text}`, choices)
  t.strictSame(of('').command, { argv: ['dig', '{value}'], accepts: 'host', no_cache_when: '/^\\s*$/' })
  for (const hours of [-2, -1, 0, 720])
    t.match(of(`item_hours_in_cache: ${hours}`).command, { keep_hours: hours })
  t.match(of('no_caching_this_error: a.b|(c)').command, { no_cache_when: '/^\\s*$|a\\.b\\|\\(c\\)/' })
  t.match(of('no_caching_when_stderr: timed out').command, { no_cache_when: '/^\\s*$|timed out/' })
  t.match(of('no_caching_this_error: 404').command, { no_cache_when: '/^\\s*$|404/' })
  t.match(of('no_caching_this_error:').command, { no_cache_when: '/^\\s*$/' })
  t.notOk('stderr' in of('combine_stderr_stdout: no').command)
  t.equal(of('local_port: 8001').port, '8001')
  t.equal(of('local_address: "::1"').port, '[::1]:8000')
  t.match(of('', { accepts: 'domain', name: 'ns' }), { name: 'ns', command: { accepts: 'domain' } })
  t.match(of('', { accepts: '/[a-z]+/' }), { command: { accepts: '/[a-z]+/' } })
  t.end()
})

void t.test('words', t => {
  const argvOf = (line: string, accepts?: string) =>
    importOf(`base_command: ${JSON.stringify(line)}`, { accepts }).command['argv']
  t.same(argvOf('whois'), ['whois', '--', '{value}'], 'without a place the value is the last word')
  t.same(argvOf('whois -h whois.example.com'), ['whois', '-h', 'whois.example.com', '--', '{value}'])
  t.same(argvOf('whois -- *WEBINFO*'), ['whois', '--', '{value}'])
  t.same(argvOf('timeout 5 /usr/bin/whois *WEBINFO*'), ['timeout', '5', '/usr/bin/whois', '--', '{value}'])
  t.same(argvOf(`dig "*WEBINFO*" '+short x'`), ['dig', '{value}', '+short x'])
  t.same(argvOf('/opt/my.tool --of=*WEBINFO*', 'ip'), ['/opt/my.tool', '--of={value}'])
  t.equal(importOf('base_command: /opt/My.Tool *WEBINFO*', { accepts: 'ip' }).name, 'my-tool')
  t.end()
})

const asked: readonly (readonly [line: string, accepts: string | undefined])[] = [
  ['curl https://api.abuseipdb.com/check?x=*WEBINFO*', 'ip'],
  ['curl https://ipinfo.io/*WEBINFO*', 'ip'],
  ['curl https://api.example/v1/ip/*WEBINFO*/general', 'ip'],
  ['curl https://api.example/v1/domain/*WEBINFO*', 'domain'],
  ['curl https://rdap.example/*WEBINFO*', 'domain'],
  ['curl https://api.example/hostname/*WEBINFO*', 'host'],
  ['curl https://api.example/v1/tip/*WEBINFO*', undefined],
  ['curl https://api.example/*WEBINFO*', undefined],
  ['/opt/tool *WEBINFO*', undefined],
  ['geoiplookup *WEBINFO*', 'ip'],
  ['nmap -sn *WEBINFO*', 'host'],
]

void t.test('which values a command takes is told by its program, or has to be said', t => {
  for (const [line, accepts] of asked) {
    const read = readApiify(`base_command: ${JSON.stringify(line)}`, {})
    if (accepts !== undefined) t.match(read, { command: { accepts } }, line)
    else t.match(read, { findings: [{ message: /does not tell which values/, remedy: /--accepts/ }] }, line)
  }
  t.match(importOf('base_command: whois *WEBINFO*').notes, [/^accepts: domain, since the program is whois/])
  t.match(importOf('base_command: x *WEBINFO*', { accepts: 'ip' }).notes, ['accepts: ip, as asked for'])
  t.end()
})

const refused: readonly (readonly [text: string, key: string, message: RegExp, remedy: RegExp])[] = [
  [
    'base_command: wget -O- https://isc.sans.edu/api/ipdetails/*WEBINFO*?json 2>/dev/null',
    'base_command',
    /^has >, which needs a shell/,
    /argv: \[wget, -O-, "https:\/\/isc\.sans\.edu\/api\/ipdetails\/\{value\}\?json"\] with stderr: drop\./,
  ],
  [
    'base_command: dig *WEBINFO* 2>&1',
    'base_command',
    /has >/,
    /argv: \[dig, "\{value\}"\] with stderr: merge/,
  ],
  [
    'base_command: whois *WEBINFO* | grep -i created',
    'base_command',
    /^has \|, which needs a shell/,
    /argv: \[sh, -c, "whois \\"\$1\\" \| grep -i created", sh, "\{value\}"\]/,
  ],
  ['base_command: whois $(cat x) *WEBINFO*', 'base_command', /^has \$\(,/, /sh, -c/],
  ['base_command: whois `cat x` *WEBINFO*', 'base_command', /^has `,/, /sh, -c/],
  ['base_command: whois *WEBINFO*; id', 'base_command', /^has ;,/, /sh, -c/],
  ['base_command: whois *WEBINFO* && id', 'base_command', /^has &&,/, /sh, -c/],
  ['base_command: whois "$HOME" *WEBINFO*', 'base_command', /^has \$,/, /sh, -c/],
  ['base_command: whois *WEBINFO* > x', 'base_command', /^has >,/, /sh, -c/],
  [`base_command: 'whois "*WEBINFO*'`, 'base_command', /quote \("\) that is not closed/, /argv/],
  ['base_command: dig *WEBINFO* *WEBINFO*', 'base_command', /must hold \{value\} once/, /Give/],
  ['base_command: "*WEBINFO* whois"', 'base_command', /must begin with a program/, /Give/],
  ['base_command: sh -c "whois *WEBINFO*"', 'base_command', /let sh run the value as a program/, /Give/],
  ['item_hours_in_cache: 1', 'base_command', /^required$/, /Give a command line/],
  ['base_command: [whois]', 'base_command', /not possible/, /Give a command line/],
  [
    'base_command: whois *WEBINFO*\nblock_command_injection: False',
    'block_command_injection',
    /may run anything/,
    /Set it to True/,
  ],
  ['base_command: whois *WEBINFO*\nresult_regex: (', 'result_regex', /is no regular expression/, /Give/],
  ['base_command: whois *WEBINFO*\nresult_regex: (?x) a', 'result_regex', /only Python reads/, /without/],
  [
    'base_command: whois *WEBINFO*\nitem_hours_in_cache: -3',
    'item_hours_in_cache',
    /not possible/,
    /from -2/,
  ],
  ['base_command: whois *WEBINFO*\nlocal_port: 99999', 'local_port', /not possible/, /65535/],
]

void t.test('what is refused is named, with its line and what to write', t => {
  for (const [text, key, message, remedy] of refused) {
    // Many of these have a program of which nothing is known.
    const line = text.split('\n').findIndex(one => one.startsWith(key)) + 1
    t.match(findingsOf(text, { accepts: 'host' }), [{ key, message, remedy, line: Math.max(1, line) }], text)
  }
  const both = findingsOf('base_command: a | *WEBINFO*\nblock_command_injection: no')
  t.match(both, [
    { key: 'base_command', line: 1 },
    { key: 'block_command_injection', line: 2 },
  ])
  for (const text of ['- a', 'a: [', `#${'x'.repeat(2 ** 20)}`, 'a: *b', '"a'])
    t.ok(findingsOf(text).length > 0, text.slice(0, 9))
  t.match(findingsOf('base_command: whois *WEBINFO*', { accepts: 'all' }), [{ message: /no kind of value/ }])
  t.match(findingsOf('base_command: whois *WEBINFO*', { name: 'A b' }), [{ remedy: /mapping of names/ }])
  t.end()
})

void t.test('notes say what is another way here', t => {
  const { notes } = importOf(
    `base_command: dig "*WEBINFO*" x\nresult_regex: (a)(?P<b>c)\nregex_findall: True\ncombine_stdout: 1\n"a\\e": 1
local_address: 0.0.0.0\ncached_max_items: 2048\ncache_file: x\ndebug_statements: False`,
  )
  const wanted = [
    ...[
      /^accepts: /,
      /^base_command: its quotes/,
      /only the named/,
      /^cached_max_items/,
      /^cache_file.*pickle/,
    ],
    ...[/^debug_statements/, /^local_address.*private/, /^combine_stdout: unknown key/],
  ]
  t.match(notes, wanted)
  t.match(importOf('base_command: dig x\nresult_regex: (a)').notes, [
    ...[/^accepts/, /has no \*WEBINFO\*/, /has no named group/],
  ])
  t.end()
})

void t.test('the settings may name a file', async t => {
  const dir = t.testdir()
  const folder = async (settings: object, file?: string) => {
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify(settings))
    if (file !== undefined) writeFileSync(join(dir, 'apiify.yaml'), file)
    return loadConfig(dir)
  }
  const [, text = ''] = samples[1] ?? []
  const { config, notices } = await folder({ apiify: { file: 'apiify.yaml' } }, common + text)
  t.match(config.apiify, { file: 'apiify.yaml', command: 'whois', port: '127.0.0.1:8000' })
  t.match(config.commands, {
    whois: { argv: ['whois', '--', '{value}'], keep_hours: -1, timeout_seconds: 10 },
  })
  t.match(notices, [/^apiify\.yaml: accepts: domain/, /cached_max_items/, /cache_file/, /debug_statements/])
  t.match(await folder({ apiify: { file: 'apiify.yaml', command: 'x', port: 9000, accepts: 'ip' } }), {
    config: { apiify: { command: 'x', port: '9000' }, commands: { x: { accepts: 'ip' } } },
  })
  const whois = { argv: ['whois', '{value}'], accepts: 'ip' }
  await t.rejects(folder({ apiify: { file: 'apiify.yaml' }, commands: { whois } }), {
    message: /apiify\.yaml: the settings declare a command whois, too\. Give another apiify\.command\./,
  })
  await t.rejects(folder({ apiify: { file: 'other.yaml' } }), { message: /other\.yaml: cannot be read/ })
  await t.rejects(folder({ apiify: { file: 'apiify.yaml' } }, 'base_command: a | b'), {
    message: /apiify\.yaml:1: base_command: has \|/,
  })
  for (const [apiify, message] of [
    [{}, /neither a command nor a file/],
    [{ command: 'x' }, /apiify\.command: 'x' is none of the commands/],
    [{ command: 'whois', accepts: 'ip' }, /accepts without a file/],
    [{ command: 'whois', port: 5730 }, /apiify\.port: '5730' is the port of http, too/],
    [{ command: 'whois', port: 'x' }, /neither a port nor address:port/],
    [{ comand: 'whois', file: 'x' }, /Did you mean command/],
  ] as const)
    await t.rejects(folder({ http: true, apiify, commands: { whois } }), { message }, JSON.stringify(apiify))
})
