/** A daemon whose settings enrich records: from the log of a sensor to the log of records, with a program that runs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { shellProgram } from '../programs/testing/commands.js'
import { startHere } from '../testing/in-process.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { readZeek } from '../output/testing/zeek-cut.js'

/** Runs once over a log with a name of each kind. Returns the log of records. */
const runOnce = async (t: Test, format: 'json' | 'zeek'): Promise<string> => {
  const dir = t.testdir({
    'dns.log': zeekLines(['www.bad.com', 'good.com', 'a.corp.example.com']),
  })
  const about = shellProgram(
    dir,
    'about',
    `printf '%s\\n' "$#" "$1" >> ${dir}/argv`,
    'case "$1" in bad.com) echo "seen 12 in: phishing kit, since 2024-02-03";; *) exit 1;; esac',
  )
  const settings = {
    ...{ mode: 'off', internal_zones: ['corp.example.com'], hold_seconds: 20, format },
    commands: {
      about: {
        ...{ argv: [about, '{value}'], accepts: 'domain' },
        result: { regex: 'seen (?P<n>[0-9]+) in: (?P<what>[^,]*), since (?P<since>[^ ]*)' },
      },
    },
    enrich: [
      {
        ...{ command: 'about', name: 'rep', when: ['YOUR-FIRST-CONTACT'] },
        fields: { n: 'count', what: 'string', since: { path: 'since', type: 'time' } },
        alert: { name: 'REPUTATION', field: 'what' },
      },
    ],
  }
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify({ ...settings }))
  const run = startHere(t, 'run', '--data', dir, '--once', '--zeek', join(dir, 'dns.log'))
  const said = await run.says(/written|\n/)
  t.equal(await run.ended, 0, said)
  const argv = readFileSync(join(dir, 'argv'), 'utf8').trim().split('\n')
  t.strictSame(
    argv.sort(),
    ['1', '1', 'bad.com', 'good.com'],
    'each domain is asked once, an internal name never',
  )
  return readFileSync(join(dir, 'domainstats.log'), 'utf8')
}

void t.test('records have the fields, and one the alert', async t => {
  const log = await runOnce(t, 'json')
  const records = log
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  t.equal(records.length, 2)
  t.match(
    records.find(({ domain }) => domain === 'bad.com'),
    {
      alerts: ['YOUR-FIRST-CONTACT', 'REPUTATION:phishing kit'],
      ...{ x_rep_n: 12, x_rep_what: 'phishing kit', x_rep_since: '2024-02-03T00:00:00.000000Z' },
    },
  )
  const good = records.find(({ domain }) => domain === 'good.com')
  t.match(good, { alerts: ['YOUR-FIRST-CONTACT'] })
  t.notOk(Object.keys(good ?? {}).some(name => name.startsWith('x_')))
})

void t.test('in a log of Zeek they are columns', async t => {
  const { rows } = readZeek(await runOnce(t, 'zeek'))
  const bad = rows.find(({ fields }) => fields['domain'] === 'bad.com')
  t.match(bad?.fields, { x_rep_n: 12, x_rep_what: 'phishing kit' })
  const good = rows.find(({ fields }) => fields['domain'] === 'good.com')
  t.match(good?.fields, { alerts: ['YOUR-FIRST-CONTACT'] })
})
