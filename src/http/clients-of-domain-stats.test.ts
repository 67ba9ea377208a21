/** Existing clients of domain_stats 1.x can read our answers: by the rules of their code, and with real programs. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import * as z from 'zod'
import type { NameAnswer } from '../model/record.js'
import { answer, openPort, sans, undated } from './testing/port.js'

const run = promisify(execFile)

/** The columns that the original's Zeek script cuts out of an answer, at the points at which it cuts. */
const zeekColumns = (body: string) => {
  const between = (before: string, after: string) => body.split(after)[0]?.split(before)[1]
  const freq = between('freq_score":', ',"seen_by_isc')
  const scores = /^\[[0-9.]+, ?[0-9.]+\]$/.test(freq ?? '') ? freq?.slice(1, -1).split(',') : [freq, freq]
  return {
    alerts: body
      .split(',"category')[0]
      ?.replace(/["[\]]/g, '')
      .split('alerts:')[1]
      ?.split(','),
    category: between('category":"', '","freq'),
    freq_avg_prob: scores?.[0],
    freq_word_prob: scores?.[1],
    seen_by_isc: between('seen_by_isc":"', '","seen_by_web'),
    seen_by_web: between('by_web":"', '","seen_by_you'),
    seen_by_you: body.split('seen_by_you":"')[1]?.split('"')[0],
  }
}

const you = 'Sat, 07 Nov 2020 17:19:49 GMT'
const known = {
  alerts: [''],
  category: 'ESTABLISHED',
  freq_avg_prob: '6.2885',
  freq_word_prob: '7.9696',
  seen_by_isc: 'RDAP',
  seen_by_web: 'Fri, 04 Aug 1995 04:00:00 GMT',
  seen_by_you: you,
}
const alerts = ['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT']
const hostile = ['x","category":"NEW","freq_score":[9.9,9.9],"seen_by_isc":"me', 'a,b]"c']

const told: Readonly<Record<string, readonly [NameAnswer, object]>> = {
  'known.org': [sans, known],
  'first.org': [answer({ alerts }, { firstContact: true }), { ...known, alerts }],
  'off.org': [
    answer({}, { scores: {} }),
    { ...known, freq_avg_prob: '"disabled"', freq_word_prob: '"disabled"' },
  ],
  'whole.org': [
    answer({}, { scores: { freq_avg_prob: 14, freq_word_prob: 3 } }),
    { ...known, freq_avg_prob: '14.0', freq_word_prob: '3.0' },
  ],
  'failed.org': [
    answer({ ...undated, category: 'ERROR', reason: 'timeout', alerts }),
    {
      ...known,
      alerts: [...alerts, 'timeout'],
      category: 'ERROR',
      seen_by_isc: 'ERROR',
      seen_by_web: 'ERROR',
    },
  ],
  'hostile.org': [
    answer({ alerts: hostile }, { registeredBy: 'a","seen_by_web":"b' }),
    {
      ...known,
      alerts: ['x   category : NEW   freq_score : 9.9 9.9   seen_by_isc : me', 'a b  c'],
      seen_by_isc: 'a   seen_by_web : b',
    },
  ],
  'nothing.lan': [
    { kind: 'none', reason: 'special-use' },
    {
      alerts: ['No valid eTLD exists for this domain.'],
      category: 'ERROR',
      freq_avg_prob: '"ERROR"',
      freq_word_prob: '"ERROR"',
      seen_by_isc: 'ERROR',
      seen_by_web: 'ERROR',
      seen_by_you: 'ERROR',
    },
  ],
}
const answers = Object.fromEntries(Object.entries(told).map(([name, [answer]]) => [name, answer]))

void t.test('the Zeek script of domain_stats splits our answers correctly', async t => {
  const { get } = await openPort(t, answers)
  for (const [name, [, columns]] of Object.entries(told)) {
    const { body } = await get(`/${name}`)
    // It looks no further at what has too few commas.
    t.ok(body.split(',').length > 2, name)
    t.same(zeekColumns(body), columns, name)
  }
})

void t.test('the Wazuh integration of domain_stats finds its six keys', async t => {
  const { get } = await openPort(t, answers)
  const keys = ['alerts', 'category', 'freq_score', 'seen_by_isc', 'seen_by_web', 'seen_by_you']
  for (const name of Object.keys(told)) {
    const parsed = z.record(z.string(), z.unknown()).parse(JSON.parse((await get(`/${name}`)).body))
    t.same(Object.keys(parsed), keys, name)
  }
})

const programs: readonly (readonly [program: string, ...args: string[]])[] = [
  ['curl', '-sS'],
  ['curl', '-sS', '--http1.0'],
  ['curl', '-sS', '--compressed'],
  ['wget', '-q', '-O-'],
  ['python3', '-c', 'import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode(), end="")'],
]

void t.test('real clients of domain_stats get their answers', async t => {
  const { url } = await openPort(t, { 'sans.org': sans })
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin' }
  for (const [program, ...args] of programs) {
    const there = await run('sh', ['-c', `command -v ${program}`], { env }).then(
      () => true,
      () => false,
    )
    if (!there) t.comment(`skipped: no ${program} here`)
    else {
      const { stdout } = await run(program, [...args, `${url}/sans.org`], { env })
      t.same(zeekColumns(stdout), known, [program, ...args.slice(0, 2)].join(' ').slice(0, 40))
      t.ok(stdout.endsWith('"}\n'))
    }
  }
})
