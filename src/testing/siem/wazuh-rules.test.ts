/** samples/siem/wazuh/domainstats_rules.xml: which rule Wazuh raises for which record; and the rules that SOCFortress wrote. */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { alerts, type Alert } from '../../detect/alerts.js'
import { fields } from '../../output/json.js'
import type { SinkRecord } from '../../output/sinks/sink.js'
import { wazuhLine } from '../../output/sinks/wazuh.js'
import { needs } from '../external-programs.js'
import { sharedData } from '../shared-data.js'
import { staticFields, WazuhRules } from './wazuh.js'

const folder = 'samples/siem/wazuh'
const xml = readFileSync(join(folder, 'domainstats_rules.xml'), 'utf8')

const samples = readFileSync('samples/expected/domainstats.log', 'utf8').split('\n').slice(0, -1)

const lineOf = (alerts: readonly string[], more: object = {}): string =>
  JSON.stringify({
    _path: 'domainstats',
    query: 'a.com',
    domain: 'a.com',
    alerts,
    category: 'UNKNOWN',
    ...more,
  })

const idOf = (rules: WazuhRules, line: string): number | undefined => rules.raise(line)?.rule.id

/** The rule of a record that has this alert alone. A new alert does not compile without its rule. */
const ruleOf: Readonly<Record<Alert, number>> = {
  'TAGGED-THREAT': 119601,
  LOOKALIKE: 119615,
  'REGISTERED-AFTER-CONTACT': 119602,
  'RE-REGISTERED': 119604,
  'NEW-ANSWER': 119605,
  'DNS-TUNNEL': 119616,
  'MANY-NAMES': 119606,
  YOUNG: 119607,
  'LOW-FREQ-SCORES': 119608,
  'ISC-FIRST-CONTACT': 119609,
  'TAGGED-INTEREST': 119610,
  'SUSPECT-FREQ-SCORE': 119611,
  'YOUR-FIRST-CONTACT': 119612,
  'DGA-LIKE': 119613,
  'SERVICE-MIX': 119617,
  SPREAD: 119618,
  'DGA-BURST': 119619,
  OTX: 119621,
  REPUTATION: 119622,
}

void t.test('the files are well-formed', { skip: needs('xmllint') }, t => {
  for (const name of readdirSync(folder)) {
    const { status, stderr } = spawnSync('xmllint', ['--noout', join(folder, name)], { encoding: 'utf8' })
    t.equal(status, 0, `${name}: ${stderr}`)
  }
  t.end()
})

void t.test('each alert has its rule, and each rule its alert, however arrays are decoded', t => {
  for (const arrays of ['array', 'csv'] as const) {
    const rules = new WazuhRules(xml, arrays)
    for (const { name } of alerts) {
      t.equal(idOf(rules, lineOf([name])), ruleOf[name], `${name}, ${arrays}`)
      t.equal(idOf(rules, lineOf(['UNUSUAL', `${name}:3d`, 'OTHER'])), ruleOf[name], `${name} among others`)
      for (const like of [`NO-${name}`, `${name}S`, name.toLowerCase()])
        t.equal(idOf(rules, lineOf([like])), undefined, `${like} is another`)
    }
  }
  const others = [119600, 119603, 119620]
  const ids = new WazuhRules(xml).rules.map(({ id }) => id)
  t.same(new Set(ids), new Set([...others, ...alerts.map(({ name }) => ruleOf[name])]))
  t.end()
})

void t.test('of several alerts the gravest is raised', t => {
  const rules = new WazuhRules(xml)
  const table: readonly (readonly [alerts: readonly string[], id: number | undefined])[] = [
    [[], undefined],
    [['YOUR-FIRST-CONTACT', 'YOUNG:3d'], 119603],
    [['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT', 'YOUNG:0d'], 119603],
    [['YOUR-FIRST-CONTACT', 'MANY-NAMES', 'YOUNG:0d'], 119603],
    [['YOUR-FIRST-CONTACT', 'YOUNG:3d', 'TAGGED-THREAT'], 119601],
    [['YOUR-FIRST-CONTACT', 'YOUNG:3d', 'LOOKALIKE:paypal.com'], 119615],
    [['YOUR-FIRST-CONTACT', 'LOOKALIKE:paypal.com', 'TAGGED-THREAT'], 119601],
    [['SUSPECT-FREQ-SCORE', 'YOUR-FIRST-CONTACT'], 119611],
    [['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT'], 119608],
    [['RE-REGISTERED', 'YOUNG:3d'], 119604],
    [['YOUNG:3d', 'TAGGED-INTEREST'], 119607],
  ]
  for (const [alerts, id] of table) t.equal(idOf(rules, lineOf(alerts)), id, alerts.join(' '))
  t.equal(idOf(rules, lineOf(['YOUNG:3d'], { _path: 'dns' })), undefined, 'another log')
  t.end()
})

/** What Wazuh raises for the records of the samples. */
const raised: Readonly<Record<string, number | undefined>> = {
  'en.wikipedia.org': 119611,
  'shop.firstlight-coffee.com': 119612,
  'cdn.northwind-parts.net': 119612,
  'login.northwind-parts-support.com': 119603,
  'harbor-notes.github.io': 119612,
  'kq3v9z7x1b.net': 119613,
  'q7hx2vkz0wpjd.net': 119608,
  'www.xn--bcher-welt-9db.de': 119611,
  'vpn.harbourview-clinic.co.uk': 119612,
  'updates.harbor-tools.com': 119612,
  'paste-bin-mirror.top': 119603,
}

const queryOf = (line: string): string => String((JSON.parse(line) as Record<string, unknown>)['query'])

void t.test('the records of the samples', t => {
  for (const arrays of ['array', 'csv'] as const) {
    const rules = new WazuhRules(xml, arrays)
    t.same(Object.fromEntries(samples.map(line => [queryOf(line), idOf(rules, line)])), raised, arrays)
  }
  const young = samples.find(line => queryOf(line) === 'paste-bin-mirror.top') ?? ''
  t.equal(
    new WazuhRules(xml).raise(young)?.description,
    'domainstats: first contact with paste-bin-mirror.top, registered 1 days ago, by 10.40.3.12',
  )
  t.end()
})

void t.test('ten odd names of one client in a minute are a burst', t => {
  const rules = new WazuhRules(xml)
  const ask = (n: number, client: string | undefined, alert: string, at: number) =>
    rules.raise(lineOf([alert], { query: `q${n}.com`, 'id.orig_h': client }), at)?.rule.id
  const ids = Array.from({ length: 10 }, (_, n) => ask(n, '10.0.0.1', 'LOW-FREQ-SCORES', n))
  t.same(ids, [...Array.from({ length: 9 }, () => 119608), 119620])
  const mixed = Array.from({ length: 10 }, (_, n) =>
    ask(n, '10.0.0.2', n % 2 ? 'YOUNG:1d' : 'LOW-FREQ-SCORES', 10 + n),
  )
  t.equal(mixed[9], 119620, 'young ones count, too')
  const others = Array.from({ length: 30 }, (_, n) => ask(n, `10.0.1.${n}`, 'LOW-FREQ-SCORES', 20))
  t.notOk(others.includes(119620), 'of many clients')
  const slow = Array.from({ length: 30 }, (_, n) => ask(n, '10.0.0.3', 'LOW-FREQ-SCORES', 100 + 7 * n))
  t.notOk(slow.includes(119620), 'nine in a minute')
  const firsts = Array.from({ length: 30 }, (_, n) => ask(n, '10.0.0.4', 'YOUR-FIRST-CONTACT', 400))
  t.notOk(firsts.includes(119620), 'a web page with many first contacts')
  const unknown = Array.from({ length: 30 }, (_, n) => ask(n, undefined, 'LOW-FREQ-SCORES', 500))
  t.notOk(unknown.includes(119620), 'without clients there is no burst of one')
  t.end()
})

void t.test('the rule of an alert has the techniques of the alert', t => {
  const { rules } = new WazuhRules(xml)
  for (const { name, techniques } of alerts)
    t.same(rules.find(({ id }) => id === ruleOf[name])?.mitre, techniques, name)
  t.end()
})

void t.test('ids, levels, techniques and the fields of descriptions are valid', t => {
  const names = new Set(['_path', ...fields.map(({ name }) => name)])
  for (const { id, level, mitre, description, fields, count, groups } of new WazuhRules(xml).rules) {
    t.ok(id >= 100_000 && id <= 120_000 && !(id >= 100_610 && id <= 100_615), `${id} is free for users`)
    t.ok(level >= 0 && level <= 15)
    for (const technique of mitre) t.match(technique, /^T\d{4}(\.\d{3})?$/)
    t.ok(level < 6 || mitre.length > 0, `${id} has a technique`)
    const used = [...description.matchAll(/\$\(([^)]*)\)/g)].map(([, name = '']) => name)
    for (const name of [...used, ...fields.map(({ name }) => name), ...(count?.sameFields ?? [])])
      t.ok(names.has(name), `${id}: ${name} is a field of a record`)
    t.match(groups, /^domainstats,(domainstats_\w+,)*$/)
  }
  t.same(
    [...names].filter(name => staticFields.includes(name)),
    [],
    'no field has a name that Wazuh keeps elsewhere',
  )
  t.end()
})

const recordOf = (alerts: readonly string[], category: string): SinkRecord => {
  const fields = { query: 'a.com', alerts, category, record_id: 'a' }
  return { line: JSON.stringify(fields), fields }
}

/** 100610 is their base rule, and is raised where no other one is. All have level 5, so the first in their file wins. */
const theirs: readonly (readonly [alerts: readonly string[], category: string, id: number | undefined])[] = [
  [['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT'], 'NEW', 100611],
  [['SUSPECT-FREQ-SCORE'], 'ESTABLISHED', 100611],
  [['YOUR-FIRST-CONTACT', 'YOUNG:3d'], 'NEW', 100612],
  [['YOUR-FIRST-CONTACT'], 'PENDING', 100612],
  [['YOUR-FIRST-CONTACT'], 'ERROR', 100612],
  [['YOUNG:3d'], 'NEW', 100613],
  [[], 'NEW', 100613],
  [[], 'ERROR', 100615],
  [['TAGGED-THREAT'], 'ESTABLISHED', 100610],
  [[], 'ESTABLISHED', undefined],
  [[], 'UNKNOWN', undefined],
]

void t.test('the rules of SOCFortress are raised by lines of the sink', t => {
  const path = sharedData(t, 'wazuh/100610-domain_stats_rules.xml')
  if (path === undefined) return t.end()
  const text = readFileSync(path, 'utf8')
  for (const arrays of ['array', 'csv'] as const) {
    const rules = new WazuhRules(text, arrays)
    for (const [alerts, category, id] of theirs)
      t.equal(idOf(rules, wazuhLine(recordOf(alerts, category)) ?? ''), id, `${alerts.join(' ')} ${category}`)
    const unreachable = '{"dnsstat":{"error":"Connection Error to DNS Stats API"},"integration":"dnsstat"}'
    t.equal(idOf(rules, unreachable), 100614, 'what their script sends if it cannot ask the port')
    for (const line of samples) t.equal(idOf(rules, line), undefined, 'domainstats.log itself is not theirs')
  }
  const both = new WazuhRules(text + xml)
  t.equal(idOf(both, samples[0] ?? ''), 119611, 'both files stand beside each other')
  t.equal(idOf(both, wazuhLine(recordOf(['YOUNG:3d'], 'NEW')) ?? ''), 100613)
  t.end()
})
