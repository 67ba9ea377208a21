import t from 'tap'
import { sources } from '../model/event.js'
import { parseConfig } from './parse.js'
import { problemLine } from './problem.js'

/** What is wrong with a text, a line each. */
const problemsOf = (text: string): string[] => {
  const result = parseConfig(text, 'f.yaml')
  return 'problems' in result ? result.problems.map(problemLine) : []
}

const cases: Record<string, [string, string[]]> = {
  'one port for two': [
    'http: true\nlocal_port: 9100\nmetrics_port: 9100\n',
    [
      "f.yaml:3: metrics_port: '9100' is the port of http, too: take another one. Give a port, or address:port.",
    ],
  ],
  'stdout cannot be rotated': [
    "rotate: daily\noutput: '-'\n",
    [
      "f.yaml:1: rotate: 'daily' needs a file as output, and output is stdout. Give never, daily or a size like 100MB.",
    ],
  ],
  'missing path': [
    'hold_seconds: 5\ninputs:\n  - path: dns.log\n  - format: zeek\n',
    ['f.yaml:4: inputs[1].path: required. Give the path of a log file, a directory or a glob.'],
  ],
  'path with nothing behind it': [
    'inputs:\n  - sensor: a\n    path:\n',
    ['f.yaml:3: inputs[0].path: required. Give the path of a log file, a directory or a glob.'],
  ],
  'empty path': [
    "inputs: [{path: ''}]",
    ["f.yaml:1: inputs[0].path: '' is too short. Give the path of a log file, a directory or a glob."],
  ],
  'wrong type: text for a number': [
    'established_days_age: two years\n',
    [
      "f.yaml:1: established_days_age: 'two years' is not a number. Give a whole number of days from 0 to 36500.",
    ],
  ],
  'wrong type: mapping for a list': [
    'inputs:\n  path: dns.log\n',
    ['f.yaml:1: inputs: a mapping is not a list. Give a list of inputs, each like - path: /logs/dns.log.'],
  ],
  'wrong type: text for a mapping': [
    'inputs:\n- dns.log\n',
    [
      "f.yaml:2: inputs[0]: 'dns.log' is not a mapping. Give a list of inputs, each like - path: /logs/dns.log.",
    ],
  ],
  'wrong type: number for text': [
    'inputs: [{path: x, sensor: 7}]',
    ['f.yaml:1: inputs[0].sensor: 7 is not text. Give a label of at most 64 printable characters.'],
  ],
  'wrong type: text for true or false': [
    'enable_freq_scores: maybe',
    ["f.yaml:1: enable_freq_scores: 'maybe' is not true or false. Give true or false."],
  ],
  'fraction for a whole number': [
    'max_names_per_domain: 1.5',
    [
      'f.yaml:1: max_names_per_domain: 1.5 is not a whole number. Give a whole number of names from 1 to 1000000.',
    ],
  ],
  'out of range': [
    'poll_seconds: 0\nhold_seconds: 601\nlearning_days: -1\n',
    [
      'f.yaml:1: poll_seconds: 0 is too small. Give a number of seconds from 0.1 to 60.',
      'f.yaml:2: hold_seconds: 601 is too large. Give a number of seconds from 0 to 600.',
      'f.yaml:3: learning_days: -1 is too small. Give a number of days from 0 to 3650.',
    ],
  ],
  'no number at all': [
    'hold_seconds: .nan\n',
    ['f.yaml:1: hold_seconds: NaN is not a number. Give a number of seconds from 0 to 600.'],
  ],
  'not one of the choices': [
    'format: xml',
    ["f.yaml:1: format: 'xml' is not possible here. Give json or zeek."],
  ],
  'an empty list where one is needed': [
    'names_from: []',
    [`f.yaml:1: names_from: a list is too short. Give a list of one or more of ${sources.join(', ')}.`],
  ],
  'unknown key with a near one': [
    '\nlocal_prot: 5730',
    ['f.yaml:2: local_prot: unknown key. Did you mean local_port?'],
  ],
  'unknown key in other case': [
    'Hold-Seconds: 1',
    ['f.yaml:1: Hold-Seconds: unknown key. Did you mean hold_seconds?'],
  ],
  'unknown key with none near': [
    'database_file: domain_stats.db',
    ['f.yaml:1: database_file: unknown key. Remove it. docs/settings.md lists the keys.'],
  ],
  'unknown key with nothing behind it': ['emitt:\n', ['f.yaml:1: emitt: unknown key. Did you mean emit?']],
  'nested unknown keys': [
    'inputs:\n- path: x\n  formt: zeek\n  colour: red\nrdap:\n  server: {}\n',
    [
      'f.yaml:3: inputs[0].formt: unknown key. Did you mean format?',
      'f.yaml:4: inputs[0].colour: unknown key. Remove it. docs/settings.md lists the keys.',
      'f.yaml:6: rdap.server: unknown key. Did you mean servers?',
    ],
  ],
  'several at once, in the order of the file': [
    'emit: all\ninputs: [{}]\nbogus: 1\n',
    [
      "f.yaml:1: emit: 'all' is not possible here. Give domains, distinct, every or alerts.",
      'f.yaml:2: inputs[0].path: required. Give the path of a log file, a directory or a glob.',
      'f.yaml:3: bogus: unknown key. Remove it. docs/settings.md lists the keys.',
    ],
  ],
  'duplicate key': [
    'emit: every\nhold_seconds: 1\nemit: alerts\n',
    ['f.yaml:3: emit: given twice, first on line 1. Keep one of the two.'],
  ],
  'duplicate key beside another problem': [
    'inputs:\n- path: x\n  path: y\nfsync: sometimes\n',
    [
      'f.yaml:3: inputs[0].path: given twice, first on line 2. Keep one of the two.',
      "f.yaml:4: fsync: 'sometimes' is not possible here. Give never or always.",
    ],
  ],
  'a server that is no address': [
    'rdap:\n  servers:\n    com: rdap.example\n    net: https://u:p@rdap.example/\n    .org: https://rdap.example/\n',
    [
      "f.yaml:3: rdap.servers.com: 'rdap.example' is not a plain http or https address. Give a mapping of TLDs (com, xn--p1ai) to http or https addresses.",
      "f.yaml:4: rdap.servers.net: 'https://u:p@rdap.example/' is not a plain http or https address. Give a mapping of TLDs (com, xn--p1ai) to http or https addresses.",
      "f.yaml:5: rdap.servers..org: '.org' is not possible here. Give a mapping of TLDs (com, xn--p1ai) to http or https addresses.",
    ],
  ],
  'a contact that would break the header': [
    'contact: "a@b\\r\\nX: y"',
    [
      "f.yaml:1: contact: 'a@b\\u{d}\\u{a}X: y' holds a character that is not plain ASCII. Give a mail address or an http or https URL.",
    ],
  ],
  'a name to ignore with a blank': [
    'ignore: [example.com, a b]',
    ["f.yaml:1: ignore[1]: 'a b' is not a name. Give a list of domain names."],
  ],
  'top level is a list': [
    '- a\n- b\n',
    ['f.yaml:1: not a mapping of keys to values. Write lines like hold_seconds: 10.'],
  ],
  'top level is text': [
    '\nhello\n',
    ['f.yaml:2: not a mapping of keys to values. Write lines like hold_seconds: 10.'],
  ],
}

for (const [name, [text, expected]] of Object.entries(cases))
  void t.test(name, t => {
    t.same(problemsOf(text), expected)
    t.end()
  })
