/**
 * Every `domainstats` command in README and docs/ runs: those of blocks, and those of sentences that say a data folder. Of
 * the others the flags exist. The pages of docs/siem and systemd/ have tests of their own, and docs/cli.md is made from
 * `--help`.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { env, execPath } from 'node:process'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { program } from '../testing/process.js'
import { makeShard } from '../transfer/testing/cache.js'

const pages = [
  'README.md',
  ...readdirSync('docs').flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

/** What a reader has at the places that the pages name. */
const places: readonly (readonly [shown: RegExp, here: string])[] = [
  [/\/opt\/zeek\/logs\/2026-11-\*\//g, 'zeek/2026-11-20/'],
  [/\/opt\/zeek\/logs\/current/g, 'zeek/current'],
  [/\/var\/log\/suricata/g, 'suricata'],
  [/\/var\/lib\/domainstats/g, 'D'],
  [/(?<= --from-domain-stats )DIR/g, 'cache'],
  [/\bDIR\b/g, 'D'],
  [/\bFOLDER\b/g, 'F'],
  [/(?<=(export|backup) )FILE/g, '$1.out'],
  [/(?<=import )FILE/g, 'list.csv'],
  // A run that follows has no end, a port may be taken, and no test asks a registry.
  [/(?<=domainstats run) /g, ' --once --no-wait '],
  [/(?<=--http )5730/g, '0'],
  [/ --lookup\b/g, ''],
  [/domainstats fix\b.*/g, 'domainstats fix --help'],
  // A server has no end either.
  [/domainstats isc-server\b.*/g, 'domainstats isc-server --help'],
  // No run is live here, which it finds: src/commands/doctor has its tests.
  [/domainstats doctor\b.*/g, 'domainstats doctor --help'],
  // There is no store to share: src/commands/pdns-site.test.ts has one.
  [/domainstats pdns (\S+) --site.*/g, 'domainstats pdns --help'],
  // There is no store to share: src/commands/share.test.ts has one.
  [/domainstats share\b.*/g, 'domainstats share --help'],
]

/** Of the commands of docs/commands.md, one whose program is on each machine. */
const commands = 'commands: {addresses: {argv: [getent, ahosts, "{value}"], accepts: host}}\n'

const apiify =
  'base_command: whois *WEBINFO*\nresult_regex: created.\\s+(?P<created>\\S+)\nlocal_port: 8000\n'

const cof =
  '{"rrname":"a.com","rrtype":"A","rdata":"192.0.2.1","time_first":1500000000,"time_last":1500000001}\n'

const playground = (t: Test): string => {
  const [log, eve] = [readFileSync('samples/zeek/dns.log'), readFileSync('samples/suricata/eve.json')]
  // Where nothing is set, registries would be asked.
  const off = { 'domainstats.yaml': 'mode: off\n' }
  const dir = t.testdir({
    bin: { domainstats: `#!/bin/sh\nexec "${execPath}" "${program}" "$@"\n` },
    ...{
      A: { ...off },
      B: { ...off },
      hub: { ...off },
      F: {},
      cache: { 'domain_stats.yaml': 'mode: rdap\n' },
    },
    D: { 'domainstats.yaml': `mode: off\nlearning_days: 0\ninputs: [{path: ../zeek/current}]\n${commands}` },
    zeek: { current: { 'dns.log': log }, '2026-11-20': { 'dns.00:00:00-01:00:00.log.gz': gzipSync(log) } },
    suricata: { 'eve.json': eve },
    ...{ 'dns.log': log, 'names.txt': 'www.example.com\n', 'list.txt': 'paste-bin-mirror.top\n' },
    ...{ 'list.csv': 'example.com,1995-08-14,2030-08-13\n', 'tranco.csv': '1,google.com\n2,example.org\n' },
    ...{ 'facts.cof': cof, 'circl.json': cof, 'apiify.yaml': apiify },
  })
  chmodSync(join(dir, 'bin', 'domainstats'), 0o755)
  makeShard(join(dir, 'cache'), [])
  return dir
}

const shell = (dir: string, command: string) => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    ...{ cwd: dir, encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 },
    env: { ...env, PATH: `${join(dir, 'bin')}:${env['PATH'] ?? ''}` },
  })
  return { status, said: stderr + stdout.slice(0, 4_000) }
}

interface Shown {
  readonly command: string
  /** In a block, and not in a sentence, which may leave words out. */
  readonly isWhole: boolean
}

const shownOn = (page: string): Shown[] => {
  const text = readFileSync(page, 'utf8')
  // Outside of blocks are the odd pieces.
  const blocks = text.split(/^```.*$/m).filter((_, at) => at % 2 === 1)
  const whole = blocks
    .flatMap(block => block.split('\n'))
    .flatMap(line => /^(?:\$ )?(domainstats [a-z].*?)(?: {2,}#.*)?$/.exec(line)?.[1] ?? [])
  const said = [...text.matchAll(/`(domainstats [^`]+)`/g)].map(([, command = '']) => command)
  return [
    ...whole.map(command => ({ command, isWhole: true })),
    ...said.map(command => ({ command, isWhole: command.includes(' --data ') })),
  ]
}

const usesJq = ({ command }: Shown): boolean => command.includes('| jq ')

for (const page of pages.filter(name => name !== 'docs/cli.md' && shownOn(name).length > 0))
  void t.test(`the commands of ${page}`, { skip: shownOn(page).some(usesJq) && needs('jq') }, t => {
    const dir = playground(t)
    // Most pages begin where logs were read.
    for (const data of ['A', 'D'])
      shell(dir, `domainstats scan zeek/current/dns.log --no-lookup --data ${data}`)
    for (const { command, isWhole } of shownOn(page)) {
      const here = places.reduce((text, [shown, place]) => text.replace(shown, place), command)
      if (!isWhole) {
        const [words = '', ...flags] = here.split(/ (?=--)/)
        const { status, said } = shell(dir, `${words.replace(/ [^a-z].*/, '')} --help`)
        t.equal(status, 0, `${command}: ${said}`)
        for (const flag of flags) t.match(said, flag.split(' ')[0] ?? '', command)
        continue
      }
      const { status, said } = shell(dir, here)
      t.equal(status, 0, `${command}\n  as ${here}\n${said}`)
    }
    t.end()
  })
