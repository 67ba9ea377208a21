/** Hints about logs of which no line can be parsed. */
import t from 'tap'
import type { LineSkip } from '../model/event.js'
import { hintOf } from './hint.js'
import type { ParserOptions } from './record.js'

type Row = readonly [
  name: string,
  reason: LineSkip,
  stated: ParserOptions['stated'],
  start: string,
  looksLike: RegExp,
  remedy: RegExp,
]

const eve = '{"timestamp":"x","event_type":"flow","flow_id":1}\n'
const rows: readonly Row[] = [
  ['EVE among Zeek', 'not-dns', 'zeek', eve, /^Suricata$/, /--suricata/],
  ['EVE without DNS', 'not-dns', 'auto', eve, /^Suricata without DNS$/, /suricata\.yaml/],
  [
    'EVE in who knows what',
    'unknown-format',
    'auto',
    JSON.stringify({ odd: eve }),
    /^Suricata in a wrapper/,
    /docs\/inputs\.md/,
  ],
  [
    'EVE that was cut',
    'malformed',
    'auto',
    eve.slice(0, -5),
    /^Suricata, but broken/,
    /one whole JSON record/,
  ],
  ['Zeek TSV among Suricata', 'malformed', 'suricata', '#separator \\x09\n#path\tdns\n', /^Zeek$/, /--zeek/],
  ['Zeek JSON among Suricata', 'not-dns', 'suricata', '{"ts":1,"id.orig_h":"::1"}\n', /^Zeek$/, /--zeek/],
  ['rows among Suricata', 'malformed', 'suricata', '1795600000.5\tCab1\t::1\t5\n', /^Zeek$/, /--zeek/],
  [
    'no header',
    'no-header',
    'auto',
    '1795600000.5\tCab1\t::1\t5\n',
    /^Zeek TSV without its header$/,
    /#fields/,
  ],
  [
    'another log',
    'not-dns',
    'auto',
    '#separator \\x09\n#path\tconn\n#fields\tts\n',
    /^Zeek's conn\.log$/,
    /dns\.log/,
  ],
  ['another log as JSON', 'not-dns', 'auto', '{"_path":"http","ts":1}\n', /^Zeek's http\.log$/, /dns\.log/],
  [
    'behind a byte order mark',
    'not-dns',
    'auto',
    '\xef\xbb\xbf#path\tssl\n',
    /^Zeek's ssl\.log$/,
    /dns\.log/,
  ],
  [
    'wrong columns',
    'malformed',
    'auto',
    '#separator \\x09\n#path\tdns\n#fields\tts\n1\t2\n',
    /^Zeek TSV, but/,
    /as Zeek/,
  ],
  [
    'Zeek JSON without queries',
    'not-dns',
    'auto',
    '{"ts":1,"id.orig_h":"::1"}\n',
    /^a Zeek log without/,
    /dns\.log/,
  ],
  ['an array', 'unknown-format', 'auto', '[\n{"a":1},\n', /^a JSON array$/, /^jq -c '\.\[\]' FILE/],
  ['pretty JSON', 'malformed', 'auto', '{\n  "a": 1,\n', /^JSON over several lines$/, /^jq -c \. FILE/],
  [
    'JSON of others',
    'unknown-format',
    'auto',
    '{"level":"info"}\n',
    /^JSON, but of neither/,
    /docs\/inputs\.md/,
  ],
  ['CSV', 'unknown-format', 'auto', 'a,b\n1,2\n', /^neither/, /dns\.log/],
  ['bytes', 'unknown-format', 'auto', '\x01\x02\x03\x04ab\n', /^no text$/, /`file`/],
  ['a NUL', 'no-header', 'auto', `${eve}\0`, /^no text$/, /`file`/],
  [
    'a hostile path',
    'not-dns',
    'auto',
    '#separator \\x09\n#path\t\x1b[2Jx\n#fields\tts\tquery\n',
    /^Zeek TSV, but/,
    /dns\.log/,
  ],
  ['nothing', 'malformed', 'auto', '', /^neither/, /dns\.log/],
]

void t.test('the hint names the likely format and the remedy', t => {
  for (const [name, reason, stated, start, looksLike, remedy] of rows) {
    const hint = hintOf(reason, stated, Buffer.from(start, 'latin1'))
    t.match(hint.looksLike, looksLike, name)
    t.match(hint.remedy, remedy, name)
  }
  t.end()
})
