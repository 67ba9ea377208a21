/** Seeds of the fuzz targets: the samples of this project, bare and in the wrappers of shippers. */
import { readdirSync, readFileSync } from 'node:fs'

const text = (path: string): string => readFileSync(`samples/${path}`, 'utf8')
const linesOf = (path: string, count: number): string[] => text(path).trimEnd().split('\n').slice(0, count)

const tsv = linesOf('zeek/dns.log', 24)
export const tsvHeader: readonly string[] = tsv.filter(line => line.startsWith('#'))
export const tsvRecords: readonly string[] = tsv.filter(line => !line.startsWith('#'))

/** Answers of many types, for passive DNS. */
const zeekAnswered: readonly string[] = [
  '{"_path":"dns","ts":1.7e9,"query":"a.example","qtype_name":"TXT","answers":["b.example","TXT 6 k=rsa; TXT 2 \\"\\u001b","SPF 1 a"],"TTLs":[60.0,0.0,-1]}',
  '{"_path":"dns","ts":1.7e9,"query":"1.2.0.192.in-addr.arpa","qtype_name":"PTR","answers":["1.0/25.2.0.192.in-addr.arpa","c.example"],"TTLs":[60.0,1e10]}',
  '{"_path":"dns","ts":1.7e9,"query":"a.example","qtype_name":"*","answers":["NAPTR 1 2 u x !a!b! c.example","SSHFP: 0a","DS 8 2","192.0.2.1","2001:DB8::1","<unknown type=65>"],"TTLs":[1,2,3,4,5,6]}',
]
const eveAnswered: readonly string[] = [
  '{"event_type":"dns","flow_id":1,"dns":{"version":3,"type":"response","id":1,"queries":[{"rrname":"a.example","rrtype":"A"}],"answers":[{"rrname":"a.example","rrtype":"CNAME","ttl":1,"rdata":"b.example"},{"rrname":"b.example","rrtype":"AAAA","ttl":2147483648,"rdata":"2001:0db8:0000:0000:0000:0000:0000:0001"},{"rrname":"b.example","rrtype":"TXT","ttl":0,"rdata":"\\\\xff\\"\\u202e"}]}}',
  '{"event_type":"dns","flow_id":1,"dns":{"version":2,"type":"answer","id":1,"rrname":"a.example","rrtype":"SRV","answers":[{"rrname":"a.example","rrtype":"SRV","ttl":9,"srv":{"priority":1,"weight":2,"port":3,"name":"b c"}},{"rrname":"a.example","rrtype":"SSHFP","sshfp":{"fingerprint":"0a:1b","algo":1,"type":2}},{"rrname":"a.example","rrtype":"SOA","soa":{"mname":"a","rname":"b","serial":1,"refresh":2,"retry":3,"expire":4,"minimum":5}},{"rrname":"a.example","rrtype":"65280","rdata":"x"}]}}',
  '{"event_type":"dns","flow_id":1,"dns":{"version":2,"type":"answer","id":1,"rrname":"a.example","rrtype":"A","grouped":{"CNAME":["b.example","a.example"],"A":["192.0.2.1"],"NULL":["\\u0000"]}}}',
]

export const zeekJson: readonly string[] = [
  ...linesOf('zeek/dns.json.log', 4),
  '{"dns":{"ts":1.7e9,"id":{"orig_h":"10.1.1.1","orig_p":53124},"query":"a\\\\xff.example.com","rejected":false}}',
  '{"_path":"dns","ts":1700000000.25,"id_orig_h":"::1","id_resp_p":"53","query":"B\u00dcCHER.de","qclass":1}',
  ...zeekAnswered,
  '{"result":{"_raw":"{\\"ts\\":1700000000.5,\\"uid\\":\\"C1\\",\\"query\\":\\"www.example.com\\"}"}}',
]

export const eve: readonly string[] = [
  ...linesOf('suricata/eve.json', 4),
  ...eveAnswered,
  '{"timestamp":"2026-01-01T00:00:00.000000+0200","flow_id":18446744073709551615,"event_type":"dns","src_ip":"10.0.0.1","src_port":5000,"dest_ip":"10.0.0.2","dest_port":53,"proto":"UDP","dns":{"type":"query","id":7,"rrname":"www.example.com","rrtype":"A","tx_id":0}}',
  '{"timestamp":"2026-01-01T00:00:00.000000+0200","flow_id":5,"event_type":"dns","src_ip":"10.0.0.1","src_port":5000,"dest_ip":"10.0.0.2","dest_port":53,"proto":"UDP","dns":{"type":"answer","id":7,"rcode":"NOERROR","rrname":"www.example.com","rrtype":"CNAME","ttl":3,"rdata":"b.example.net"}}',
  '{"timestamp":"2026-01-01T00:00:00.000000Z","flow_id":1,"event_type":"alert","direction":"to_client","src_ip":"10.0.0.2","src_port":53,"dest_ip":"10.0.0.1","dest_port":5000,"dns":{"query":[{"type":"query","id":7,"rrname":"www.example.com","rrtype":"A"}],"answer":{"id":7,"flags":"8180","rrname":"www.example.com","rcode":"NXDOMAIN"}}}',
  '{"timestamp":"2026-01-01T00:00:00Z","flow_id":2,"event_type":"tls","tls":{"sni":"www.example.com"}}',
  '{"timestamp":"2026-01-01T00:00:00Z","flow_id":2,"event_type":"http","http":{"hostname":"[2001:db8::1]:8080"}}',
  '{"timestamp":"2026-01-01T00:00:00Z","event_type":"quic","quic":{"sni":"b\\\\xc3\\\\xbccher.de"}}',
  '{"event":{"event_type":"dns","dns":{"queries":[{"rrname":"a.com"},{"rrname":"b.com"}]}},"time":1}',
  '<13>Jan  1 00:00:00 sensor suricata: @cee: {"event_type":"dns","dns":{"rrname":"example.com"}}',
]

/** The wrappers of shippers. */
export const wrapped: readonly string[] = [
  JSON.stringify({ event: { original: eve[0] }, message: 'x' }),
  JSON.stringify({ _source: { message: `<30>Nov 21 08:00:00 a b[1]: ${zeekJson[0] ?? ''}` } }),
  JSON.stringify({ log: `${JSON.stringify({ MESSAGE: eve[1] })}\n`, stream: 'stdout' }),
  JSON.stringify({ full_message: tsvRecords[0], short_message: [123, 34] }),
]

export const rdapAnswers: readonly string[] = readdirSync('samples/rdap').map(name =>
  JSON.stringify(JSON.parse(text(`rdap/${name}`))),
)
export const whoisAnswers: readonly string[] = readdirSync('samples/whois').map(name => text(`whois/${name}`))
export const csvList: readonly string[] = [
  text('registrations.csv'),
  '+,example.com,1995-08-14,2030-08-13\n-,gone.example.com\n',
  'domain,created,expires\nexample.com,1995-08-14 04:00:00,\nb\u00fccher.de,2001-02-03T04:05:06+01:00\n',
]
export const tables: readonly string[] = [
  '"domainName","createdDate","expiresDate","note"\r\n"example.com","1995-08-14 04:00:00 UTC","2030-08-13","a ""b"",\nc"\r\n',
  'sep=;\ndomain;created;expires\nexample.com;14-Aug-1995;\n"b\u00fccher.de";2001-02-03;NULL\n',
  'GlobalRank\tDomain\tIDN_Domain\n1\thttps://example.com:443/x\texample.com\n',
]
export const nameList: readonly string[] = [
  'rank,domain\n1,example.com\n2,www.b\u00fccher.de\n',
  'example.com\n',
]

export const ignoreLists: readonly string[] = [
  '\ufeff# ours\r\n*.example.com # all of it\r\nb\u00fccher.de\r\n"quoted.example",\r\n',
  '127.0.0.1\tlocalhost a.example.com\n::1 ip6-localhost\n0.0.0.0 b.example.com c.example.com\n',
  '[Adblock Plus 2.0]\n! Title: x\n||example.com^\n||a.example.com^$third-party\n@@||b.example.com^\nexample.com##.ad\n',
  'server=/example.com/a.example.com/192.0.2.1#53\naddress=/example.com/#\nhttps://example.com:443/x\n',
]

const whole =
  '{"version":1,"seen_by_you":1700000000000.5,"last_seen":1700000000000,"queries":3,"window":{"from":1700000000000,"names":2},"known":{"registration":{"kind":"registered","registered":808358400000,"expires":1912816800000,"source":"RDAP","isc":{"seen":1,"alerts":["WATCHED"]}},"checked":1700000000000,"fresh_until":null,"failures":0,"absences":0},"owed_alerts":["RE-REGISTERED"],"last_date":808358400000}'
export const jsonElements: readonly string[] = [
  '{"domain":"example.com","seen_by_web":"Mon, 14 Aug 1995 04:00:00 GMT","expires":1912816800,"seen_by_isc":"RDAP"}',
  '{"domain":"b\u00fccher.de","seen_by_web":"2001-02-03T04:05:06Z","expires":null,"seen_by_you":"2020-01-01"}',
  `{"domain":"example.com","seen_by_web":"2001-02-03","expires":"2030-02-03","domainstats":${whole}}`,
]
export const cofRows: readonly string[] = [
  '{"rrname":"www.example.com","rrtype":"A","rdata":"192.0.2.1","time_first":1500000000,"time_last":1500000009,"count":7,"sensor_id":"dmz","origin":"https://pdns.example/"}',
  '{"rrname":"example.com.","rrtype":15,"rdata":["10 mail.example.com.","20 b\\032c\\.example.com."],"zone_time_first":"1500000000","zone_time_last":"1500000009.5","bailiwick":"com."}',
  '{"rrname":"a\\x1bb.example.com","rrtype":"TXT","rdata":"\\"v=spf1\\" \\"\\\\010 \\u00e9\\"","time_first":1500000000000,"time_last":1500000009000,"time_first_ms":1500000000123,"ttl_min":0,"ttl_max":60,"ttl_last":"7"}',
  '{"rrname":"example.com","rrtype":"SOA","rdata":"ns.example.com host.example.com 1 2 3 4 5","time_first":1500000000,"time_last":1500000009,"origin":"urn:uuid:1"}',
]
export const freqTables: readonly string[] = [
  '[true, "\\n\\t~!", [["a", [["b", 3], ["\\u00fc", 1]]], ["SS", []], ["\\"", [["\\\\", 2]]]]]',
  '[false, "-", [["w", [["w", 120], ["i", 40]]], ["o", [["m", 77]]]]]',
]
export const settings: readonly string[] = [
  'inputs:\n  - path: /opt/zeek/logs/current\n    format: zeek\n    sensor: dmz\n  - /var/log/suricata/eve.json\noutput: "-"\nformat: zeek\nemit: alerts\nhold_seconds: 10\nignore: [example.com, lan]\nhttp: 127.0.0.1:5730\n',
  "local_port: '5730'\nip_address: 0.0.0.0\nmode: rdap\nfreq_table: freqtable2018.freq\nenable_freq_scores: yes\nfreq_avg_alert: 5.0\ntimezone_offset: -5\nrdap: {servers: {com: 'https://rdap.example.com/'}, paces: {}}\nwhois_servers:\n  de: whois.denic.de:43\n",
]
export const bootstrapFiles: readonly string[] = [
  '{"version":"1.0","publication":"2026-01-01T00:00:00Z","services":[[["com","net"],["https://rdap.example.com/v1/"]],[["xn--p1ai"],["http://rdap.example.ru/","https://rdap.example.ru/"]]]}',
]
export const iscAnswers: readonly string[] = [
  '{"min_software_version":"1.0","min_database_version":1.0,"prohibited_tlds":["lan",".local"]}',
  '{"interval":60,"deny_client":""}',
  '{"seen_by_web":"1995-08-14 04:00:00","expires":"2030-08-13 04:00:00","seen_by_isc":"2020-05-06 07:08:09","alerts":["ISC-FIRST-CONTACT","WATCHED"]}',
  '{"seen_by_web":"ERROR","seen_by_isc":-2,"alerts":["no such domain"]}',
]
