import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from './load.js'
import { ConfigError } from './problem.js'

const near = [
  'domainstats.yml',
  'Domainstats.yaml',
  'domain-stats.yaml',
  'domain_stats.yml',
  'DOMAIN STATS.YAML',
  'domainstat.yaml',
  'domianstats.yaml',
  'domainstats.yalm',
  'domainstats.yaml.txt',
  'domainstats.yml.yaml',
  'domainstats (1).yaml',
  'domainstats.yaml ',
  '.domainstats.yaml',
]
const other = [
  'domainstats.yaml.bak',
  'domainstats.yaml~',
  '.domainstats.yaml.swp',
  'domainstats.yaml.example',
  'domainstats.sqlite',
  'domainstats.log',
  'domainlist.yaml',
  'docker-compose.yml',
  'readme.txt',
]

void t.test('a file that has nearly the right name is refused, with the right one', async t => {
  for (const name of near) {
    const dir = t.testdir({ [name]: 'emit: every\n' })
    const error: unknown = await loadConfig(dir).catch((error: unknown) => error)
    t.ok(error instanceof ConfigError, name)
    t.match(
      String(error),
      `${name}: a file of that name is not read. Rename it to domainstats.yaml, or move it away.`,
    )
  }
})

void t.test('beside the file of domain_stats 1.x, too; beside the right one it is a copy', async t => {
  const dir = t.testdir({ 'domain_stats.yaml': 'emit: every\n', 'domainstats.yml': 'emit: alerts\n' })
  await t.rejects(loadConfig(dir), /domainstats\.yml: a file of that name/)
  writeFileSync(join(dir, 'domainstats.yaml'), 'emit: distinct\n')
  t.match(await loadConfig(dir), { config: { emit: 'distinct' } })
})

void t.test('a backup copy and another file are not near names', async t => {
  for (const name of other)
    t.match(await loadConfig(t.testdir({ [name]: '' })), { file: undefined, notices: [] })
  t.match(await loadConfig(t.testdir({ 'domainstats.yml': {} })), { file: undefined })
})

void t.test('a file that may be meant is reported in a notice, and not refused', async t => {
  for (const name of [
    'config.yaml',
    'settings.yml',
    'domainstats.conf',
    'domainstats.json',
    'domain_stats.ini',
  ])
    t.match(await loadConfig(t.testdir({ [name]: '' })), {
      notices: [`${name} is not read: the settings stand in domainstats.yaml`],
    })
})
