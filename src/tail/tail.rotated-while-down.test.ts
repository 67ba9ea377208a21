/** Several rotations while we were down: logs were renamed, packed and moved to other folders. All lines are read in order. */
import t from 'tap'
import { Follower } from './testing/follower.js'
import { at, World } from './testing/world.js'

interface Scheme {
  readonly name: string
  readonly log: string
  /** What the log becomes that was written from this hour to the next. */
  readonly archived: (hour: number) => string
  /** A folder that the log's one is a link to. */
  readonly spool?: string
  /** The input, where it is not the log itself. */
  readonly input?: string
  readonly other?: string
}

const two = (hour: number) => String(hour).padStart(2, '0')
const clocks = (hour: number) => `${two(hour)}:00:00-${two(hour + 1)}:00:00`
const open = (hour: number) => `2026-11-21-${two(hour)}-00-00`
const zeek = 'logs/current/dns.log'
const eve = 'suricata/eve.json'

const schemes: readonly Scheme[] = [
  {
    name: 'zeekctl',
    log: zeek,
    spool: 'spool/zeek',
    archived: h => `logs/2026-11-21/dns.${clocks(h)}.log.gz`,
  },
  {
    name: 'zeekctl, a folder as input',
    input: 'logs/current',
    log: zeek,
    archived: h => `logs/2026-11-21/dns.${clocks(h)}.log.gz`,
  },
  {
    name: 'zeekctl, the spool as input',
    log: 'spool/zeek/dns.log',
    archived: h => `spool/2026-11-21/dns.${clocks(h)}.log.gz`,
  },
  {
    name: 'a link, and the archive beside what it leads to',
    log: zeek,
    spool: 'spool/zeek',
    archived: h => `spool/2026-11-21/dns.${clocks(h)}.log.gz`,
  },
  {
    name: 'zeekctl, not packed',
    log: zeek,
    spool: 'spool/zeek',
    archived: h => `logs/2026-11-21/dns.${clocks(h)}.log`,
  },
  {
    name: 'zeekctl with loggers',
    log: zeek,
    archived: h => `logs/2026-11-21/dns.${clocks(h)}-logger-1.log.gz`,
    other: `logs/2026-11-21/dns.${clocks(3)}-logger-2.log.gz`,
  },
  {
    name: 'Supervisor, queued',
    log: 'spool/logger/dns.log',
    archived: h => `spool/logger/log-queue/dns__${open(h)}__${open(h + 1)}__.log`,
  },
  {
    name: 'Supervisor, archived',
    log: 'spool/logger/dns.log',
    archived: h => `spool/2026-11-21/dns__${open(h)}__${open(h + 1)}__log_suffix=logger-1__.log.gz`,
  },
  {
    name: 'date folders below',
    log: 'zeek/dns.log',
    archived: h => `zeek/2026-11-21/dns_20261121_${clocks(h)}-0000.log.gz`,
  },
  {
    name: 'logrotate, numbered and moved',
    log: eve,
    archived: h => `suricata/2026-11-21/eve.json.${9 - h}.gz`,
  },
  { name: 'logrotate, dated and moved', log: eve, archived: h => `2026-11-21/eve.json-2026112${h - 2}.gz` },
  { name: 'logrotate, beside', log: eve, archived: h => `suricata/eve.json.${9 - h}.gz` },
  {
    name: 'logrotate, the last one not packed',
    log: eve,
    archived: h => `suricata/eve.json.${6 - h}${h === 5 ? '' : '.gz'}`,
  },
  { name: 'logrotate, dated, beside', log: eve, archived: h => `suricata/eve.json-2026112${h - 2}.gz` },
  {
    name: 'Suricata intervals, beside',
    log: 'suricata/eve-2026-11-21-03:00.json',
    input: 'suricata/eve*.json*',
    archived: h => `suricata/eve-2026-11-21-${two(h)}:00.json.gz`,
  },
  {
    name: 'Suricata intervals, moved',
    log: 'suricata/eve-2026-11-21-03:00.json',
    input: 'suricata',
    archived: h => `suricata/2026-11-21/eve-2026-11-21-${two(h)}:00.json.gz`,
  },
]

/** Reads two lines; then one more comes, the log is rotated three times, and written anew. */
const turned = async (scheme: Scheme, dir: string) => {
  const world = new World(dir)
  const { log, archived, spool, other } = scheme
  if (spool) world.link(spool, 'logs/current')
  world.write(log, 'a1\na2\n', 3.5)
  const follower = new Follower(world.path(scheme.input ?? log))
  t.same(await follower.lookAndRead(at(3.5)), ['a1', 'a2'], `${scheme.name}: before`)
  await follower.stop()
  const folder = archived(3).replace(/[^/]*$/, '')
  world.write(`${folder}conn.${clocks(3)}.log.gz`, Buffer.from('no archive'), 5)
  world.write(`${folder}dns-internal.${clocks(4)}.log.gz`, Buffer.from('no archive'), 5)
  if (other) world.write(other, 'b1 of another node\n', 4)
  world.archive(log, archived(3), 'a1\na2\na3\n', 4)
  // Packed in another order than they were written, where their names tell.
  const isNamed = /\d\d:\d\d|-2026/.test(archived(4))
  world.write(archived(4), 'b1\nb2\n', isNamed ? 6.5 : 5)
  world.write(archived(5), 'c1\n', 6)
  world.write(
    scheme.input === undefined || log === zeek ? log : 'suricata/eve-2026-11-21-06:00.json',
    'd1\n',
    6.5,
  )
  await follower.restart()
  return { world, follower }
}

const lines = ['a3', 'b1', 'b2', 'c1', 'd1']

for (const scheme of schemes)
  void t.test(scheme.name, async t => {
    const { follower } = await turned(scheme, t.testdir({}))
    t.same(await follower.lookAndRead(at(7)), lines)
    t.same(await follower.lookAndRead(at(7)), [])
    await follower.restart()
    t.same(await follower.lookAndRead(at(7.2)), [], 'after a restart')
    t.same([follower.count('input-missed'), follower.count('input-unreadable')], [0, 0])
    await follower.stop()
  })

for (const scheme of schemes)
  void t.test(`${scheme.name}: killed after each batch`, async t => {
    const { follower } = await turned(scheme, t.testdir({}))
    const read: string[] = []
    for (let empty = 0; empty < 2;) {
      await follower.look(at(7))
      const chunks = await follower.readOnce()
      read.push(...chunks.flatMap(({ bytes }) => bytes.toString().split('\n').slice(0, -1)))
      empty = chunks.length === 0 ? empty + 1 : 0
      await follower.restart()
    }
    t.same(read, lines)
    await follower.stop()
  })
