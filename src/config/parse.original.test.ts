import t from 'tap'
import { describeConfig } from './load.js'
import { parseConfig } from './parse.js'
import type { Config } from './schema.js'

/** As `yaml.dump(config, default_flow_style=False)` of domain_stats 1.0 writes it: sorted, the port as text. */
const written = `cache_browse_limit: 100
count_rdap_errors: false
enable_freq_scores: true
established_days_age: 730
freq_avg_alert: 5.0
freq_table: freqtable2018.freq
freq_word_alert: 4.0
ip_address: 127.0.0.1
local_port: '5730'
log_detail: 0
mode: rdap
rdap_error_ttl_days: 7
threads_per_worker: 6
timezone_offset: 0
workers: 5
`

const everyKey = 'workers, threads_per_worker, log_detail, count_rdap_errors'

const cases: Record<string, [string, Partial<Config>, string]> = {
  'the file of the original, unchanged': [
    written,
    {
      local_port: 5730,
      workers: 5,
      threads_per_worker: 6,
      freq_table: 'freqtable2018.freq',
      freq_avg_alert: 5,
    },
    everyKey,
  ],
  'of Windows, with a byte order mark': [
    `\ufeff${written.replaceAll('\n', '\r\n')}`,
    { local_port: 5730 },
    everyKey,
  ],
  'all numbers as text': [
    written.replaceAll(/: ([\d.]+)$/gm, ": '$1'"),
    { freq_avg_alert: 5, freq_word_alert: 4, established_days_age: 730, workers: 5, ip_address: '127.0.0.1' },
    everyKey,
  ],
  'of the first release: fewer keys, all addresses': [
    "enable_freq_scores: true\nestablished_days_age: 730\nfreq_avg_alert: 5.0\nfreq_table: freqtable2018.freq\nfreq_word_alert: 4.0\nip_address: 0.0.0.0\nlocal_port: '8000'\nlog_detail: 3\nmode: rdap\nthreads_per_worker: 3\ntimezone_offset: -5\nworkers: 1\n",
    { ip_address: '0.0.0.0', local_port: 8000, log_detail: 3, timezone_offset: -5, rdap_error_ttl_days: 7 },
    'workers, threads_per_worker, log_detail',
  ],
  'edited by hand, with the words of YAML 1.1': [
    'enable_freq_scores: off\ncount_rdap_errors: Yes\nfreq_avg_alert: 4.5 # was 5\n',
    { enable_freq_scores: false, count_rdap_errors: true, freq_avg_alert: 4.5 },
    'count_rdap_errors',
  ],
  'without look-ups': ['mode: off', { mode: 'off' }, ''],
}

for (const [name, [text, expected, unused]] of Object.entries(cases))
  void t.test(name, t => {
    const result = parseConfig(text, 'domain_stats.yaml')
    t.match(result, { config: expected })
    t.same(
      'notices' in result && result.notices,
      unused === '' ? [] : [`accepted for compatibility, without effect: ${unused}`],
    )
    t.end()
  })

void t.test('isc mode needs to know where the API is', t => {
  const isc = written.replace('mode: rdap', 'mode: isc')
  t.match(parseConfig(isc, 'domain_stats.yaml'), {
    problems: [{ key: 'isc.url', message: 'required', remedy: 'Give an http or https address.' }],
  })
  t.match(parseConfig(`${isc}\nisc: {url: https://isc.example/api}`, 'domain_stats.yaml'), {
    config: { mode: 'isc', isc: { url: 'https://isc.example/api' } },
  })
  t.end()
})

void t.test('a token is never shown, neither by check nor in an error', t => {
  for (const token of ['hush-hush', '"hush\\nhush"', '[hush]', '{hush: 1}']) {
    const result = parseConfig(`isc: {token: ${token}}`, 'f.yaml')
    const told = 'problems' in result ? result.problems : describeConfig({ ...result, file: 'f.yaml' })
    t.notMatch(JSON.stringify(told), 'hush', token)
  }
  t.end()
})
