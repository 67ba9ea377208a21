/** The program runs, the world turns, and it runs again: each line becomes one record, in the order of time. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { start } from '../testing/process.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { World } from './testing/world.js'

const hourMs = 3_600_000
/** The last whole hours, since the program has the clock of the machine. */
const now = Math.floor(Date.now() / hourMs)

/** `2026-11-21` and `04:00:00` of so many hours ago. */
const ago = (hours: number) => {
  const [date = '', time = ''] = new Date((now - hours) * hourMs).toISOString().split(/[T.]/)
  return { date, time }
}

const zeekctl = (hours: number): string =>
  `logs/${ago(hours).date}/dns.${ago(hours).time}-${ago(hours - 1).time}.log.gz`

const run = async (t: Test, dir: string, input: string): Promise<string> => {
  const { child, says } = start('run', '--data', join(dir, 'data'), '--zeek', join(dir, input), '--once')
  const said = says('lines, ')
  const [code] = (await once(child, 'exit')) as unknown[]
  t.equal(code, 0, await said)
  return said
}

const written = (dir: string): string[] =>
  [...readFileSync(join(dir, 'data', 'out.log'), 'utf8').matchAll(/"query":"([^"]+)"/g)].map(
    ([, name = '']) => name,
  )

const schemes: Readonly<
  Record<string, { log: string; spool?: string; archived: (hours: number) => string }>
> = {
  'zeekctl: packed into date folders': {
    log: 'logs/current/dns.log',
    spool: 'spool/zeek',
    archived: zeekctl,
  },
  'logrotate: numbered, packed, moved away': {
    log: 'zeek/dns.log',
    archived: hours => `zeek/${ago(hours).date}/dns.log.${hours}.gz`,
  },
}

for (const [name, { log, spool, archived }] of Object.entries(schemes))
  void t.test(name, async t => {
    const dir = t.testdir({ data: { 'domainstats.yaml': 'mode: off\nemit: every\noutput: out.log\n' } })
    const world = new World(dir, now * hourMs)
    const names = (part: string) => Array.from({ length: 50 }, (_, n) => `${part}${n}.example-${part}.com`)
    const lines = (part: string, from = 0) => zeekLines(names(part).slice(from), from)
    if (spool !== undefined) world.link(spool, 'logs/current')
    world.write(log, zeekLines(names('a').slice(0, 20)), -4)
    await run(t, dir, log)
    t.same(written(dir), names('a').slice(0, 20))

    world.archive(log, archived(4), lines('a'), -3)
    world.write(archived(3), lines('b'), -2)
    world.write(archived(2), lines('c'), -1)
    world.write(archived(2).replace('dns', 'conn'), Buffer.from('no archive'), -1)
    world.write(log, lines('d'), 0)
    t.notMatch(await run(t, dir, log), /input-(missed|unreadable)/)
    t.same(written(dir), [...names('a'), ...names('b'), ...names('c'), ...names('d')])
    await run(t, dir, log)
    t.equal(written(dir).length, 200, 'nothing twice')

    // Gone for good, with all that came after it but the last.
    const second = Date.parse(`${ago(0).date}T${ago(0).time}Z`) / 1000 + 60 - 1_700_000_000
    world.write(log, zeekLines(names('e'), second), 0)
    t.match(await run(t, dir, log), /input-missed/)
    t.same(written(dir).slice(200), names('e'))
    t.notMatch(await run(t, dir, log), /input-missed/)
  })
