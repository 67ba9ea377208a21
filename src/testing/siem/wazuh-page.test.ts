/** docs/siem/wazuh.md: its commands run, its settings are valid, and its tables are those of the rules. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import t from 'tap'
import { parseConfig } from '../../config/parse.js'
import { program } from '../process.js'
import { WazuhRules } from './wazuh.js'
import { readXml } from './xml.js'

const page = readFileSync('docs/siem/wazuh.md', 'utf8')
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^( *)\`\`\`${language}\n([^]*?)\n *\`\`\`$`, 'gm'))].map(([, , text = '']) =>
    text.replace(/^ +(?=\S)/gm, margin => (language === 'yaml' ? margin : '')),
  )

const rules = new WazuhRules(readFileSync('samples/siem/wazuh/domainstats_rules.xml', 'utf8'))

/** A machine with Wazuh, in a folder: what would be below / is below it. */
const machine = (root: string) => {
  const bin = join(root, 'bin')
  for (const folder of [
    'bin',
    'var/ossec/etc/rules',
    'var/ossec/bin',
    'var/lib/domainstats',
    'var/log/domainstats',
  ])
    mkdirSync(join(root, folder), { recursive: true })
  const script = (path: string, text: string) => {
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
  }
  // There are no services here, and no user wazuh.
  script(join(bin, 'systemctl'), `echo "$@" >> ${root}/systemctl`)
  script(join(bin, 'install'), 'exec /usr/bin/install "$5" "$6" "$7" "$8"')
  script(join(bin, 'domainstats'), `exec ${execPath} ${program} "$@"`)
  const logtest = resolve('build/src/testing/siem/wazuh-logtest.js')
  script(
    join(root, 'var/ossec/bin/wazuh-logtest'),
    `exec ${execPath} ${logtest} ${root}/var/ossec/etc/rules/domainstats_rules.xml`,
  )
  writeFileSync(join(root, 'var/ossec/etc/ossec.conf'), '<ossec_config>\n</ossec_config>\n')
  const here = (text: string) => text.replaceAll('/var/', `${root}/var/`)
  const settings =
    here(blocks('yaml').join('')) + `\ninputs: [{ path: ${resolve('samples/zeek/dns.log')} }]\nmode: off\n`
  writeFileSync(join(root, 'var/lib/domainstats/domainstats.yaml'), settings)
  return (commands: string) =>
    spawnSync('sh', ['-ec', here(commands)], { encoding: 'utf8', env: { PATH: `${bin}:/usr/bin:/bin` } })
}

void t.test('the commands of the page, one after the other', t => {
  const root = t.testdir({})
  const run = machine(root)
  const said = blocks('sh').map(commands => {
    const { status, stdout, stderr } = run(commands)
    t.equal(status, 0, `${commands}\n${stdout}${stderr}`)
    return stdout
  })
  const [, shown = ''] = /<!-- said by wazuh-logtest -->\n\n *```\n([^]*?)\n *```/.exec(page) ?? []
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
  for (const yaml of blocks('yaml')) t.ok('config' in parseConfig(yaml, 'wazuh.md'), yaml)
  t.equal(blocks('yaml').length, 1)
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
