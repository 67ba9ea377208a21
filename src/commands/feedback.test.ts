import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { feedbackBelowMax } from '../limits.js'
import { isoTime } from '../output/json.js'
import { startHere } from '../testing/in-process.js'
import { testIo } from '../testing/io.js'
import { dayMs, systemClock } from '../time/clock.js'
import { runCommandLine } from './command-line.js'

const run = async (...args: readonly string[]) => {
  const io = testIo()
  const code = await runCommandLine(args, io)
  return { code, out: io.out(), err: io.err() }
}

const asked = (name: string, at: number): string =>
  `${JSON.stringify({
    ...{
      timestamp: new Date(1_700_000_000_000 + 1_000 * at).toISOString(),
      flow_id: at + 1,
      event_type: 'dns',
    },
    ...{ src_ip: '10.0.0.1', src_port: 40_000, dest_ip: '10.0.0.2', dest_port: 53, proto: 'UDP' },
    dns: { version: 2, type: 'query', id: 1, rrname: name, rrtype: 'A', tx_id: 0 },
  })}\n`

/** A data folder after a run over questions for these names. @param ages days since the registration */
const openData = async (
  t: Test,
  names: readonly string[],
  ages: Readonly<Record<string, number>> = {},
  settings = '',
) => {
  const rows = Object.entries(ages).map(
    ([domain, days]) => `${domain},${isoTime(systemClock.now() - days * dayMs)}\n`,
  )
  const data = t.testdir({
    'domainstats.yaml': `inputs: [{ path: eve.json }]\nmode: off\n${settings}`,
    'eve.json': names.map(asked).join(''),
    'dates.csv': `domain,registered\n${rows.join('')}`,
  })
  if (rows.length > 0) await run('import', join(data, 'dates.csv'), '--data', data)
  const daemon = startHere(t, 'run', '--once', '--no-wait', '--data', data)
  t.equal(await daemon.ended, 0)
  const to = join(data, 'to')
  return {
    ...{ data, to },
    feedback: (...more: readonly string[]) => run('feedback', '--data', data, '--to', to, ...more),
    /** The names in a dataset, each byte a character. */
    names: (set: string): string[] =>
      readFileSync(join(to, `domainstats-${set}.lst`), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map(line => Buffer.from(line, 'base64').toString('latin1')),
  }
}

void t.test('without passive DNS a set holds each domain and www below it', async t => {
  const ages = { 'fresh.com': 29, 'edge.com': 31, 'old.com': 9_000 }
  const asked = ['cdn.fresh.com', 'old.com', 'x.github.io']
  const { feedback, names, to } = await openData(t, asked, ages, 'pdns: { enabled: false }\n')
  const { code, out, err } = await feedback()
  t.equal(code, 0, err)
  t.equal(err, `${to}: made\n`)
  t.equal(
    out,
    [
      'domainstats-new.lst: 2 names of 1 domain',
      'domainstats-threat.lst: 0 names of 0 domains',
      'domainstats-interest.lst: 0 names of 0 domains',
      'domainstats-seen.lst: 6 names of 3 domains',
      'domainstats.rules: sid 1905300 to 1905308',
      '',
    ].join('\n'),
  )
  t.strictSame(names('new'), ['fresh.com', 'www.fresh.com'])
  t.strictSame(names('seen').sort(), [
    ...['fresh.com', 'old.com', 'www.fresh.com', 'www.old.com', 'www.x.github.io', 'x.github.io'],
  ])
  t.strictSame(readdirSync(to).sort(), [
    ...['domainstats-interest.lst', 'domainstats-new.lst', 'domainstats-seen.lst', 'domainstats-threat.lst'],
    'domainstats.rules',
  ])
})

void t.test('a rule for each set and place; their numbers are a setting', async t => {
  const settings = 'feedback: { sid: 1000100, new_days: 40 }\n'
  const { feedback, to, names } = await openData(t, ['edge.com'], { 'edge.com': 31 }, settings)
  await feedback()
  const rules = readFileSync(join(to, 'domainstats.rules'), 'utf8').split('\n')
  t.equal(
    rules[1],
    'alert dns any any -> any any (msg:"domainstats NEW domain: DNS query"; dns.query; to_lowercase; ' +
      'dataset:isset,domainstats-new,type string,load domainstats-new.lst,hashsize 1024; priority:2; sid:1000100; rev:1;)',
  )
  const sids = rules.flatMap(rule => /sid:(\d+);/.exec(rule)?.[1] ?? [])
  t.strictSame(
    sids,
    Array.from({ length: 9 }, (_, i) => String(1_000_100 + i)),
  )
  t.strictSame(names('new'), ['edge.com', 'www.edge.com'])
})

void t.test('a file whose content is as it was is not touched', async t => {
  const { feedback, data, to } = await openData(t, ['a.com'])
  await feedback()
  const inodes = () => readdirSync(to).map(name => `${name} ${statSync(join(to, name)).ino}`)
  const before = inodes()
  t.match(
    (await feedback()).out.split('\n').slice(0, -1),
    Array.from({ length: 5 }, () => /, as it was$/),
  )
  t.strictSame(inodes(), before)
  await run('tag', 'add', 'threat', 'b.com', '--data', data)
  const { out } = await feedback()
  t.match(out, /^domainstats-threat\.lst: 2 names of 1 domain$/m)
  t.equal(inodes().filter(line => !before.includes(line)).length, 1)
})

void t.test('names as they stand on the wire: other bytes, and at most a hundred of a domain', async t => {
  const many = Array.from({ length: feedbackBelowMax + 20 }, (_, i) => `n${i}.many.com`)
  const odd = ['b\\xc3\\xbccher.odd.com', 'UPPER.odd.com']
  const { feedback, names } = await openData(t, [...many, ...odd])
  await feedback()
  const seen = names('seen')
  t.equal(seen.filter(name => name.endsWith('many.com')).length, feedbackBelowMax + 2)
  t.ok(seen.includes('upper.odd.com'))
  t.ok(seen.includes('b\xc3\xbccher.odd.com'), 'the bytes of the question')
})

void t.test('tags: an exception, a name below a tagged one, and trust', async t => {
  const asked = [
    'x.bad.com',
    'y.good.bad.com',
    'deep.x.bad.com',
    'sub.fresh.com',
    'safe.com',
    'www.fresh.com',
  ]
  const { feedback, names, data } = await openData(t, asked, { 'fresh.com': 1, 'safe.com': 1 })
  const tag = (...args: readonly string[]) => run('tag', 'add', ...args, '--data', data)
  await tag('threat', 'bad.com', 'x.bad.com', '192.0.2.0/24')
  await tag('trust', 'good.bad.com', 'safe.com', 'sub.fresh.com')
  await tag('interest', 'deep.x.bad.com')
  await feedback()
  t.strictSame(names('threat').sort(), ['bad.com', 'deep.x.bad.com', 'www.bad.com', 'x.bad.com'])
  t.strictSame(names('interest'), ['deep.x.bad.com'])
  t.strictSame(names('new'), ['fresh.com', 'www.fresh.com'])
})

void t.test('a full set leaves out what came first, and says so; an ignored name is in none', async t => {
  const domains = Array.from({ length: 60 }, (_, i) => `d${i}.com`)
  const { feedback, names, data } = await openData(t, domains)
  writeFileSync(
    join(data, 'domainstats.yaml'),
    'mode: off\nignore: [d59.com]\nfeedback: { names_max: 100, folder: to }\n',
  )
  t.match(
    (await feedback()).out,
    /^domainstats-seen\.lst: 100 names of 50 domains; 9 left out: feedback\.names_max$/m,
  )
  t.notOk(names('seen').includes('d59.com'))
  t.ok(names('seen').includes('d58.com'))
  t.notOk(names('seen').includes('d8.com'))
  t.match((await run('feedback', '--data', data)).out, /as it was/, 'the folder of the settings')
})

void t.test(
  'without a folder to write to, or a database to read, the command says so and ends with 2',
  async t => {
    const data = t.testdir({ file: '' })
    t.match(await run('feedback', '--data', data), {
      code: 2,
      err: /Give --to, or the setting feedback\.folder/,
    })
    t.match(await run('feedback', '--data', data, '--to', data), {
      code: 2,
      err: /holds no domainstats\.sqlite/,
    })
    const open = await openData(t, ['a.com'])
    t.match(await run('feedback', '--data', open.data, '--to', join(open.data, 'eve.json')), { code: 2 })
  },
)
