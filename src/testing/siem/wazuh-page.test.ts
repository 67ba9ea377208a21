/** docs/siem/wazuh.md: its commands run, its settings are valid, and its tables are those of the rules. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import t from 'tap'
import { parseConfig } from '../../config/parse.js'
import { blocksIn, openMachine, type Machine } from './page-commands.js'
import { WazuhRules } from './wazuh.js'
import { readXml } from './xml.js'

const page = readFileSync('docs/siem/wazuh.md', 'utf8')
const rules = new WazuhRules(readFileSync('samples/siem/wazuh/domainstats_rules.xml', 'utf8'))

const folders = ['var/ossec/etc/rules', 'var/ossec/bin', 'var/lib/domainstats', 'var/log/domainstats']

/** A machine with Wazuh. */
const withWazuh = (root: string): Machine => {
  const machine = openMachine(root, folders)
  const logtest = resolve('build/src/testing/siem/wazuh-logtest.js')
  machine.script(
    join(root, 'var/ossec/bin/wazuh-logtest'),
    `exec ${execPath} ${logtest} ${root}/var/ossec/etc/rules/domainstats_rules.xml`,
  )
  writeFileSync(join(root, 'var/ossec/etc/ossec.conf'), '<ossec_config>\n</ossec_config>\n')
  const inputs = `inputs: [{ path: ${resolve('samples/zeek/dns.log')} }]\nmode: off\n`
  const settings = `${machine.here(blocksIn(page, 'yaml').join(''))}\n${inputs}`
  writeFileSync(join(root, 'var/lib/domainstats/domainstats.yaml'), settings)
  return machine
}

void t.test('the commands of the page, one after the other', t => {
  const root = t.testdir({})
  const { run } = withWazuh(root)
  const said = blocksIn(page, 'sh').map(commands => {
    const { status, text, stdout } = run(commands)
    t.equal(status, 0, text)
    return stdout
  })
  const [, shown = ''] = /<!-- said by wazuh-logtest -->\n\n *```text\n([^]*?)\n *```/.exec(page) ?? []
  const trimmed = (text: string) => text.replace(/^\s+/gm, '').trim()
  t.equal(trimmed(said[2] ?? ''), trimmed(shown))
  const conf = readXml(readFileSync(join(root, 'var/ossec/etc/ossec.conf'), 'utf8'))
  const locations = conf.flatMap(({ children }) =>
    children.map(({ children }) => children.map(({ text }) => text).join(' ')),
  )
  const below = (name: string) => `json /var/log/domainstats/${name}`
  t.same(locations, [below('domainstats.log'), below('wazuh.json')])
  t.ok(existsSync(join(root, 'var/ossec/etc/rules/domainstats_rules.xml')))
  const restarts = readFileSync(join(root, 'systemctl'), 'utf8')
  t.match(
    restarts,
    /^restart wazuh-agent\nrestart wazuh-manager\nrestart domainstats\nrestart wazuh-agent\n$/,
  )
  t.end()
})

void t.test('the settings of the page are valid', t => {
  for (const yaml of blocksIn(page, 'yaml')) t.ok('config' in parseConfig(yaml, 'wazuh.md'), yaml)
  t.equal(blocksIn(page, 'yaml').length, 1)
  t.end()
})

void t.test('the table of our rules is that of the file', t => {
  const rows = [...page.matchAll(/^\| (1196\d\d) \| (\d+) \| (.*) \|$/gm)]
  const shown = rows.map(([, id, level]) => [Number(id), Number(level)])
  const raising = rules.rules.filter(({ level }) => level > 0)
  t.same(new Map(shown as [number, number][]), new Map(raising.map(({ id, level }) => [id, level])))
  const levels = shown.map(([, level = 0]) => level)
  t.same(
    levels,
    [...levels].sort((a, b) => b - a),
    'the highest first',
  )
  for (const [, id, , what = ''] of rows) {
    const rule = rules.rules.find(rule => rule.id === Number(id))
    if (rule?.count) {
      const counted = rules.rules
        .filter(({ groups }) => groups.includes('domainstats_suspect'))
        .map(({ id }) => String(id))
      t.same(new Set(what.match(/1196\d\d/g)), new Set(counted))
      t.match(what, `ten records of one client within ${rule.count.timeframe} seconds`)
      t.equal(rule.count.frequency, 10)
    } else {
      const patterns = rule?.fields.map(({ pattern }) => pattern.source).join(' ') ?? ''
      for (const [, name = ''] of what.matchAll(/`([A-Z-]+)`/g))
        t.match(patterns, name, `${id ?? ''} ${name}`)
    }
  }
  t.end()
})
