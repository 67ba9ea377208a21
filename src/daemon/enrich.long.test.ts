/** Records are enriched while the daemon is killed: each is written once, and what the command says of it is in the log once. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { shellProgram } from '../programs/testing/commands.js'
import { start, untilFile } from '../testing/process.js'
import { zeekLines } from '../testing/zeek-lines.js'

interface Line {
  readonly domain: string
  readonly record_id: string
  readonly followup_of?: string
  readonly x_about_said?: string
}

const recordsIn = (text: string): Line[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)

const enrichedIn = (text: string): number =>
  recordsIn(text).filter(({ x_about_said }) => x_about_said !== undefined).length

void t.test('killed again and again, each record is enriched once', async t => {
  const dir = t.testdir({ data: {} })
  const [log, out] = [join(dir, 'dns.log'), join(dir, 'data', 'domainstats.log')]
  // Some answers come while the record waits, some after it was written, and some runs are killed with the daemon.
  const about = shellProgram(
    dir,
    'about',
    'case "$1" in *[02468].com) sleep 0.05;; *[159].com) sleep 1.5;; *) sleep 0.3;; esac',
    'printf "said %s" "$1"',
  )
  const settings = {
    ...{ mode: 'off', emit: 'domains', hold_seconds: 1, poll_seconds: 0.1 },
    commands: { about: { argv: [about, '{value}'], accepts: 'domain', at_once: 16 } },
    enrich: [
      { command: 'about', when: ['YOUR-FIRST-CONTACT'], fields: { said: { type: 'string', path: '.' } } },
    ],
  }
  writeFileSync(join(dir, 'data', 'domainstats.yaml'), JSON.stringify(settings))
  const run = () => start('run', '--data', join(dir, 'data'), '--zeek', log)
  const namesOf = (round: number) => Array.from({ length: 40 }, (_, n) => `shop-${round}-${n}.com`)
  const rounds = 8
  writeFileSync(log, zeekLines([]))
  let daemon = run()
  t.teardown(() => void daemon.child.kill('SIGKILL'))
  for (let round = 0; round < rounds; round += 1) {
    appendFileSync(log, zeekLines(namesOf(round)))
    // By turns before the first answer, amid them, and when all but the slowest are there.
    const before = 40 * round
    if (round % 3 > 0) await untilFile(out, text => enrichedIn(text) >= before + (round % 3 === 1 ? 1 : 20))
    else await daemon.says('input-opened')
    await daemon.end('SIGKILL')
    daemon = run()
    await untilFile(out, text => enrichedIn(text) >= before + 40)
  }
  t.equal(await daemon.end('SIGTERM'), 0)
  const records = recordsIn(readFileSync(out, 'utf8'))
  const names = Array.from({ length: rounds }, (_, round) => namesOf(round)).flat()
  const firsts = records.filter(({ followup_of }) => followup_of === undefined)
  t.strictSame(firsts.map(({ domain }) => domain).sort(), [...names].sort(), 'each record once')
  const said = records.flatMap(({ x_about_said = [] }) => x_about_said)
  t.strictSame(said.sort(), names.map(name => `said ${name}`).sort(), 'each answer once')
  const ids = new Map(firsts.map(({ domain, record_id }) => [domain, record_id]))
  for (const { domain, followup_of } of records.filter(record => !firsts.includes(record)))
    t.equal(followup_of, ids.get(domain), `${domain}: the follow-up of its record`)
  t.equal(new Set(records.map(({ record_id }) => record_id)).size, records.length, 'no id twice')
  t.comment(`${records.length - firsts.length} of ${names.length} answers came as a follow-up`)
})
