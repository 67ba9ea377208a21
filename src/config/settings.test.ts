import t from 'tap'
import { parseConfig } from './parse.js'
import { sinkShapes } from './schema-sinks.js'
import { keyOf, keysAt, settingAt, settings } from './settings.js'

void t.test('each setting describes in one line what it does and its values', t => {
  for (const { key, description, values } of settings) {
    t.match(description, /^[A-Z][^\n]*\.$/, `${key} is described in a sentence`)
    t.match(values, /^[a-z][^\n]*[^.]$/, `${key} completes "Give …."`)
  }
  for (const type of [undefined, ...sinkShapes.keys()]) {
    const keys = settings
      .filter(({ types }) => !types || types.some(one => one === type))
      .map(({ key }) => key)
    t.equal(new Set(keys).size, keys.length, `each key has one meaning for ${type ?? 'all'}`)
  }
  t.end()
})

void t.test('the defaults are those of domain_stats 1.x and of the design', t => {
  const result = parseConfig('', 'f.yaml')
  t.same('config' in result && result.config, {
    inputs: [],
    output: 'domainstats.log',
    format: 'json',
    rotate: 'never',
    keep: 14,
    sinks: [],
    emit: 'domains',
    unresolved: 'write',
    max_names_per_domain: 100,
    hold_seconds: 30,
    response_wait_seconds: 2,
    learning_days: 0,
    new_days: 30,
    dga_score: true,
    dga_alert: 60,
    freq_alerts: 'first',
    brands: [],
    service_mix_except: [],
    ignore: [],
    names_from: ['dns'],
    poll_seconds: 1,
    domains_max: 1_000_000,
    catch_up_days: 7,
    fsync: 'never',
    internal_zones: [],
    feedback: { every_seconds: 300, names_max: 100_000, sid: 1_905_300 },
    updates: {},
    isc_server: {
      listen: '127.0.0.1:5731',
      min_software_version: '0.0',
      min_database_version: '0.0',
      prohibited_tlds: [
        ...['.local', '.arpa', '.internal', '.lan', '.home'],
        ...['.localdomain', '.localhost', '.onion', '.test'],
      ],
      interval_minutes: 60,
      per_minute: 600,
      first_contact_clients: 1,
      wait_seconds: 4,
    },
    shared: { prefix: 'domainstats', counts: true, pdns: false },
    pdns: { enabled: true, rows_max: 20_000_000, keep_days: 730, circl: false, parking: [] },
    tags: {
      trust_drops: [
        ...['LOW-FREQ-SCORES', 'SUSPECT-FREQ-SCORE', 'YOUR-FIRST-CONTACT', 'ISC-FIRST-CONTACT'],
        ...['MANY-NAMES', 'YOUNG', 'LOOKALIKE', 'DNS-TUNNEL', 'OTX'],
      ],
    },
    risk: { weights: {}, min_risk: 0 },
    commands: {},
    enrich: [],
    clients: { record: 'full', keep_days: 30 },
    rdap: { servers: {}, per_second: 5, burst: 10, at_once: 4 },
    whois: 'cctld',
    whois_servers: {},
    isc: {},
    paces: {},
    queue_max: 200_000,
    http: false,
    http_wait_seconds: 5,
    http_allow: [],
    http_hosts: [],
    http_serve: ['health', 'metrics', 'v1', 'domain_stats', 'pdns'],
    freq_server: false,
    established_days_age: 730,
    mode: 'rdap',
    rdap_error_ttl_days: 7,
    freq_table: 'built-in',
    enable_freq_scores: true,
    freq_avg_alert: 5,
    freq_word_alert: 4,
    ip_address: '127.0.0.1',
    local_port: 5730,
    timezone_offset: 0,
    log_detail: 0,
    count_rdap_errors: false,
    cache_browse_limit: 100,
  })
  for (const setting of settings.filter(({ key }) => !/[.]/.test(key)))
    t.same(
      'config' in result && Object.entries(result.config).find(([key]) => key === setting.key)?.[1],
      setting.default,
    )
  t.end()
})

void t.test('the settings without effect are those of the original server', t => {
  t.same(
    settings
      .filter(({ effect }) => effect === 'none')
      .map(({ key }) => key)
      .sort(),
    ['count_rdap_errors', 'log_detail', 'threads_per_worker', 'workers'],
  )
  t.end()
})

void t.test('a path finds its setting, or the nearest that holds it', t => {
  t.equal(keyOf(['inputs', 0, 'path']), 'inputs[0].path')
  t.equal(settingAt(['inputs', 3, 'path'])?.key, 'inputs[].path')
  t.equal(settingAt(['ignore', 2])?.key, 'ignore')
  t.equal(settingAt(['rdap', 'servers', 'com'])?.key, 'rdap.servers')
  t.equal(settingAt([]), undefined)
  t.same(keysAt(['inputs', 0]).slice(0, 3), ['path', 'socket', 'socket_mode'])
  t.same(keysAt(['rdap']), ['servers', 'bootstrap_file', 'per_second', 'burst', 'at_once'])
  t.notOk(keysAt([]).includes('path'))
  t.end()
})
