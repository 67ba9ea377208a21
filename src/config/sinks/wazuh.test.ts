import t from 'tap'
import { parseConfig } from '../parse.js'

const sink = (more: string) => parseConfig(`sinks: [{ name: a, type: wazuh${more} }]`, 'f.yaml')

void t.test('a file for Wazuh needs its path; it has a size by default', t => {
  const result = sink(', path: wazuh.json')
  t.match('config' in result && result.config.sinks, [{ path: 'wazuh.json', bytes_max: 64 * 1024 * 1024 }])
  t.end()
})

void t.test('an invalid value is named', t => {
  const cases: readonly (readonly [more: string, key: string, message: RegExp])[] = [
    ['', 'path', /^required$/],
    [', path: a, bytes_max: 1000', 'bytes_max', /too small/],
    [', path: a, rows_max: 1000', 'rows_max', /unknown/],
  ]
  for (const [more, key, message] of cases) {
    const result = sink(more)
    t.match('problems' in result && result.problems, [{ key: `sinks[0].${key}`, message }], more)
  }
  t.end()
})
