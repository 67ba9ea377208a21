import t from 'tap'
import { parseConfig } from '../parse.js'

const sink = (more: string) => parseConfig(`sinks: [{ name: a, type: zeek-intel${more} }]`, 'f.yaml')

void t.test('a file for Zeek needs its path; the rest has its defaults', t => {
  const result = sink(', path: intel.dat')
  t.match('config' in result && result.config.sinks, [
    {
      ...{ path: 'intel.dat', alerts: ['YOUNG', 'RE-REGISTERED', 'TAGGED-THREAT'] },
      ...{ source: 'domainstats', rows_max: 20_000, every_seconds: 5 },
    },
  ])
  t.end()
})

void t.test('an invalid value is named, with the allowed values', t => {
  const cases: readonly (readonly [more: string, key: string, message: RegExp])[] = [
    ['', 'path', /^required$/],
    [', path: a, alerts: []', 'alerts', /too short/],
    [', path: a, alerts: [OLD]', 'alerts[0]', /'OLD' is not possible/],
    // A tab would be another column, and - means unset to Zeek.
    [', path: a, source: "a\\tb"', 'source', /is not a word/],
    [', path: a, source: "-"', 'source', /is not a word/],
    [', path: a, every_seconds: 60', 'every_seconds', /too large/],
  ]
  for (const [more, key, message] of cases) {
    const result = sink(more)
    t.match('problems' in result && result.problems, [{ key: `sinks[0].${key}`, message }], more)
  }
  t.end()
})
