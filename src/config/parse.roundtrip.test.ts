import fc from 'fast-check'
import t from 'tap'
import { stringify } from 'yaml'
import { parseConfig } from './parse.js'

const path = fc.string({ unit: 'grapheme-ascii', minLength: 1 })
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const seconds = (min: number, max: number) => fc.double({ min, max, noNaN: true })

const input = fc.record(
  {
    path,
    format: fc.constantFrom('auto', 'zeek', 'suricata'),
    sensor: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 64 }),
    start: fc.constantFrom('beginning', 'end'),
  },
  { requiredKeys: ['path'] },
)

const config = fc.record(
  {
    inputs: fc.array(input),
    output: path,
    format: fc.constantFrom('json', 'zeek'),
    emit: fc.constantFrom('domains', 'distinct', 'every', 'alerts'),
    max_names_per_domain: fc.integer({ min: 1, max: 1_000_000 }),
    hold_seconds: seconds(0, 600),
    learning_days: seconds(0, 3_650),
    ignore: fc.array(fc.domain()),
    ignore_file: optional(path),
    names_from: fc.array(fc.constantFrom('dns', 'tls', 'quic', 'http'), { minLength: 1 }),
    poll_seconds: seconds(0.1, 60),
    fsync: fc.constantFrom('never', 'always'),
    contact: optional(
      fc.constantFrom('soc@example.com', 'mailto:soc@example.com', 'https://example.com/soc?x=1'),
    ),
    rdap: fc.record({
      per_second: fc.integer({ min: 1, max: 1_000 }),
      servers: fc.dictionary(fc.stringMatching(/^[a-z]{2,6}$/), fc.webUrl()),
    }),
    whois: fc.constantFrom('cctld', 'all', 'off'),
    whois_servers: fc.constantFrom({}, { de: 'whois.denic.de', jp: '127.0.0.1:4343' }),
    paces: fc.constantFrom(
      {},
      { 'rdap.example.com': { per_second: 0.5 }, 'a.b:43': { burst: 1, at_once: 1 } },
    ),
    queue_max: fc.integer({ min: 1_000, max: 10_000_000 }),
    mode: fc.constantFrom('rdap', 'off'),
    established_days_age: fc.integer({ min: 0, max: 36_500 }),
    workers: fc.integer({ min: 0, max: 100_000 }),
    enable_freq_scores: fc.boolean(),
  },
  { requiredKeys: [] },
)

void t.test('any valid configuration survives being written and read, twice', t => {
  fc.assert(
    fc.property(config, given => {
      const first = parseConfig(stringify(given, { aliasDuplicateObjects: false }), 'f.yaml')
      if ('problems' in first) throw new Error(JSON.stringify(first.problems))
      const second = parseConfig(stringify(first.config, { aliasDuplicateObjects: false }), 'f.yaml')
      const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
      return t.match(first.config, known) && t.same('config' in second && second.config, first.config)
    }),
    { numRuns: 300 },
  )
  t.end()
})
