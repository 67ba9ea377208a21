/**
 * What the scripts in zeek/ use of Zeek, as its published reference has it: zeek-script.ts checks the scripts by this list, since
 * Zeek itself is not there where the tests run. Only what stands alike in the reference of 6.1 (the first with a `key_func` in
 * `from_json`), 7.0, 8.0 and 9.0 is here.
 *
 * Pages are below https://docs.zeek.org/en/master/
 */

/** Keywords, types and literals: page script-reference/types.html, statements.html, directives.html. */
export const zeekWords: ReadonlySet<string> = new Set(
  (
    'module export type record enum const option global local function event hook redef add delete if else for in while when ' +
    'timeout return next break print switch case default as is schedule of any addr bool count double int interval pattern port ' +
    'set string subnet table time vector opaque file T F'
  ).split(' '),
)

/** Attributes: page script-reference/attributes.html. */
export const zeekAttributes: ReadonlySet<string> = new Set([
  ...['&create_expire', '&default', '&log', '&optional', '&priority', '&redef'],
])

export interface ZeekFunction {
  readonly page: string
  /** The types of its parameters; a `?` behind one that has a default, `...` for any more. */
  readonly params: readonly string[]
}

export interface ZeekRecord {
  readonly page: string
  /** Those of its fields that scripts here use; a `!` behind one that must be given. */
  readonly fields: readonly string[]
}

const base = 'scripts/base'
const bif = (name: string) => `${base}/bif/${name}.bif.zeek.html`
const bare = `${base}/init-bare.zeek.html`
const framework = (name: string, file = 'main') => `${base}/frameworks/${name}/${file}.zeek.html`

export const zeekEvents: Readonly<Record<string, ZeekFunction>> = {
  zeek_init: { page: bif('event'), params: [] },
  zeek_done: { page: bif('event'), params: [] },
  dns_request: {
    page: `${base}/bif/plugins/Zeek_DNS.events.bif.zeek.html`,
    params: ['connection', 'dns_msg', 'string', 'count', 'count'],
  },
  'Intel::match': { page: framework('intel'), params: ['Intel::Seen', 'set[Intel::Item]'] },
  'Notice::log_notice': { page: framework('notice'), params: ['Notice::Info'] },
}

export const zeekFunctions: Readonly<Record<string, ZeekFunction>> = {
  'ActiveHTTP::request': { page: `${base}/utils/active-http.zeek.html`, params: ['ActiveHTTP::Request'] },
  'Cluster::is_enabled': { page: framework('cluster'), params: [] },
  'Cluster::local_node_type': { page: framework('cluster'), params: [] },
  // In messaging.bif until 7.0, in cluster.bif since 7.1.
  'Cluster::publish_hrw': { page: bif('cluster'), params: ['Pool', 'any', '...'] },
  'Input::add_event': { page: framework('input'), params: ['Input::EventDescription'] },
  'Input::remove': { page: framework('input'), params: ['string'] },
  'Log::create_stream': { page: framework('logging'), params: ['ID', 'Log::Stream'] },
  'Log::write': { page: framework('logging'), params: ['ID', 'any'] },
  NOTICE: { page: framework('notice'), params: ['Notice::Info'] },
  'Reporter::warning': { page: bif('reporter'), params: ['string'] },
  cat: { page: bif('zeek'), params: ['...'] },
  cat_sep: { page: bif('zeek'), params: ['string', 'string', '...'] },
  count_to_port: { page: bif('zeek'), params: ['count', 'transport_proto'] },
  double_to_time: { page: bif('zeek'), params: ['double'] },
  fmt: { page: bif('zeek'), params: ['...'] },
  from_json: { page: bif('zeek'), params: ['string', 'any', 'string_mapper?'] },
  gsub: { page: bif('strings'), params: ['string', 'pattern', 'string'] },
  join_string_vec: { page: bif('strings'), params: ['string_vec', 'string'] },
  network_time: { page: bif('zeek'), params: [] },
  reading_traces: { page: bif('zeek'), params: [] },
  starts_with: { page: bif('strings'), params: ['string', 'string'] },
  strstr: { page: bif('strings'), params: ['string', 'string'] },
  system: { page: bif('zeek'), params: ['string'] },
  terminate: { page: bif('zeek'), params: [] },
}

export const zeekRecords: Readonly<Record<string, ZeekRecord>> = {
  'ActiveHTTP::Request': { page: `${base}/utils/active-http.zeek.html`, fields: ['url!', 'max_time'] },
  'ActiveHTTP::Response': { page: `${base}/utils/active-http.zeek.html`, fields: ['code!', 'body'] },
  'Input::EventDescription': {
    page: framework('input'),
    fields: ['source!', 'name!', 'fields!', 'ev!', 'reader', 'mode', 'want_record', 'config'],
  },
  'Intel::Item': { page: framework('intel'), fields: ['indicator!', 'indicator_type!', 'meta!'] },
  'Intel::MetaData': { page: framework('intel'), fields: ['source!', 'desc', 'url'] },
  'Intel::Seen': { page: framework('intel'), fields: ['indicator', 'where!', 'conn'] },
  'Log::Stream': { page: framework('logging'), fields: ['columns!', 'ev', 'path', 'policy'] },
  'Notice::Info': {
    page: framework('notice'),
    fields: ['note!', 'msg', 'sub', 'uid', 'id', 'src', 'conn', 'identifier', 'suppress_for'],
  },
  conn_id: { page: bare, fields: ['orig_h!', 'orig_p!', 'resp_h!', 'resp_p!'] },
  connection: { page: bare, fields: ['id!', 'uid!'] },
  dns_msg: { page: bare, fields: [] },
  from_json_result: { page: bare, fields: ['v', 'valid!', 'err'] },
}

/** Constants, values of enumerations and other types, each with its page. */
export const zeekNames: Readonly<Record<string, string>> = {
  'Cluster::MANAGER': framework('cluster'),
  'Cluster::proxy_pool': framework('cluster', 'pools'),
  'Input::Event': framework('input'),
  'Input::READER_RAW': `${base}/frameworks/input/readers/raw.zeek.html`,
  'Input::STREAM': framework('input'),
  'Intel::read_files': framework('intel', 'input'),
  'JSON::TS_ISO8601': bare,
  'Log::ID': framework('logging'),
  'Log::PolicyHook': framework('logging'),
  'LogAscii::json_timestamps': `${base}/frameworks/logging/writers/ascii.zeek.html`,
  'Notice::Type': framework('notice'),
  exit_only_after_terminate: bare,
  tcp: bare,
  udp: bare,
}

/** What `@load` finds in Zeek's own scripts: pages scripts/<path>.zeek.html, or scripts/<path>/index.html. */
export const zeekLoads: ReadonlySet<string> = new Set([
  ...['cluster', 'input', 'intel', 'logging', 'notice', 'reporter'].map(name => `base/frameworks/${name}`),
  ...['base/protocols/dns', 'base/utils/active-http', 'policy/frameworks/intel/seen'],
  ...['policy/protocols/dns/log-original-query-case', 'policy/tuning/json-logs'],
])
