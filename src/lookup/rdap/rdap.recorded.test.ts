/** Every recorded answer of the shared data, through the whole look-up: from status and body to the registration. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Registration } from '../../model/domain.js'
import { handClock } from '../../testing/hand-clock.js'
import { sharedData } from '../../testing/shared-data.js'
import { mockAgent, networkBy, noPacing, servedBy } from '../testing/network.js'
import { rdap } from './rdap.js'

const refused = 'failed refused'
const malformed = 'failed malformed-answer'
const dateless = 'unsupported no-registration-event'
const redacted = '1997-06-03T00:00:00Z 2021-06-03T04:00:00Z' // what the examples of RFC 9537 have in common

/** File, the name that was asked, and the outcome: registration and expiration, or kind and reason. */
const table: readonly [file: string, asked: string, expected: string][] = [
  ['whodap-abc.xyz.json', 'abc.xyz', '2014-03-20T12:59:17Z 2025-03-20T07:00:00Z'],
  ['whodap-amazon.cyou.json', 'amazon.cyou', '2020-05-14T00:00:00Z 2021-05-14T00:00:00Z'],
  ['whodap-bitcoin.org.json', 'bitcoin.org', '2008-08-18T13:19:55Z 2029-08-18T13:19:55Z'],
  ['whodap-bitcoin.top.json', 'bitcoin.top', '2014-11-17T16:00:29Z 2021-11-17T16:00:29Z'],
  ['whodap-you.tube.json', 'you.tube', '2016-04-17T11:31:13Z 2022-04-16T23:59:59Z'],
  ['whodap-bad_response_01.json', 'something-not-real.com', '2023-07-05T00:00:00Z 2024-07-05T00:00:00Z'],
  ['whoisit-domain1.json', 'google.com', '1997-09-15T04:00:00Z 2028-09-14T04:00:00Z'],
  ['whoisit-domain2.json', 'norway.no', '2017-01-24T12:09:23Z -'],
  [
    'jarthod-query_the_correct_bootstrap_url_and_follow_redirec-1.200.body',
    'google.com',
    '1997-09-15T04:00:00Z 2028-09-14T04:00:00Z',
  ],
  ['jarthod-raises_an_error_for_domain_not_found-1.404.body', 'jsiqpmcurt.design', 'absent'],
  [
    'jarthod-supports_rdap_nic_fr_which_does_not_accept_rdap_js-1.200.body',
    'airport.fr',
    '2016-01-27T00:33:10Z 2023-01-27T00:33:10Z',
  ],
  ['icann-home.moscow.json', 'home.moscow', '2021-10-19T19:28:12Z 2024-10-19T19:28:12Z'],
  ['icann-lemonde.fr.json', 'lemonde.fr', '2005-08-02T14:16:36Z 2025-06-09T22:08:09Z'],
  ['icann-error_ripe_net.json', 'example.com', 'failed server-error'],
  ['icann-lookup_with_redaction.json', 'example.com', redacted],
  ['icann-domain_search_with_redaction.json', 'example.com', malformed],
  [
    'icann-example-3-dont_replace_redaction_of_a_number.json',
    '0.2.192.in-addr.arpa',
    '1990-12-31T23:59:59Z -',
  ],
  ['icann-example-1_empty_value.json', 'example-1.net', redacted],
  ['icann-xn--fo-5ja_example.json', 'xn--fo-5ja.example', '1990-12-31T23:59:59Z 2016-12-31T23:59:59Z'],
  ['icann-nameserver_ns1_nic_fr.json', 'ns1.nic.fr', malformed],
  ['openrdap-example.cz.json', 'example.cz', '2004-08-30T22:55:00Z 2019-08-30T12:00:00Z'],
  ['openrdap-malformed.json', 'example.com', malformed],
  [
    'conformance-entities-hhgames_com_response.json',
    'hhgames.com',
    '2002-07-04T19:15:32Z 2026-07-04T19:21:02Z',
  ],
  [
    'conformance-domain-private_ipv4_nameserver_bug.json',
    'hhgames.com',
    '2011-01-01T01:01:01Z 2024-01-01T01:01:01Z',
  ],
  [
    'conformance-rdapConformance-valid-email.json',
    'example.com',
    '1999-12-16T16:00:00Z 2027-12-17T11:53:46Z',
  ],
  ['conformance-entities-missing_handle_no_redacted_remark.json', 'example.com', dateless],
  ['conformance-technical-technical_voice_array_type.json', 'example.com', dateless],
  [
    'nomulus-rdap_domain_auto_renew_grace_period.json',
    'autorenew.lol',
    '1998-12-31T00:00:00Z 2000-12-31T00:00:00Z',
  ],
  [
    'nomulus-rdap_domain_pending_delete_redemption_grace_period.json',
    'redemption.lol',
    '1999-01-01T00:00:00Z -',
  ],
  ['nomulus-rdapjson_domain_full.json', 'cat.xn--q9jyb4c', '1999-09-01T00:00:00Z 2110-10-08T00:44:59Z'],
  ['nomulus-rdapjson_domain_logged_out.json', 'cat.xn--q9jyb4c', '1999-09-01T00:00:00Z 2110-10-08T00:44:59Z'],
  ['nomulus-rdapjson_domain_summary.json', 'cat.xn--q9jyb4c', dateless],
  ['nomulus-rdap_domains_four_truncated.json', 'example.com', malformed],
  ['nicinfo-arin_net.json', 'arin.net', '1996-12-19T00:00:00Z 2024-06-13T18:33:47Z'],
  ['nicinfo-demo-domain-dnr.json', 'xn--fo-5ja.example', '1991-01-01T00:00:00Z 2017-01-01T00:00:00Z'],
  ['nicinfo-demo-error-code.json', 'example.com', refused],
  ['20c-error-HH11825JP.json', 'example.com', refused],
  ['20c-error-JNIC1-AP.json', 'example.com', 'absent'],
  ['redacted-example-1.net.json', 'example-1.net', redacted],
  ['redacted-example-4.net.json', 'example-4.net', redacted],
  ['redacted-example-6.net.json', 'example-6.net', redacted],
  ['redacted-example-9.net.json', 'example-9.net', redacted],
  ['redacted-example-10.net.json', 'example-10.net', redacted],
  ['redacted-example-12.net.json', 'example-12.net', redacted],
  ['redacted-example-14.net.json', 'example-14.net', redacted],
  ['redacted-example-16.net.json', 'example-16.net', redacted],
  ['cut-lemonde.fr-4096.json', 'example.com', malformed],
]

const iso = (ms: number | undefined): string =>
  ms === undefined ? '-' : new Date(ms).toISOString().replace('.000Z', 'Z')

const inWords = (registration: Registration): string => {
  if (registration.kind === 'registered')
    return `${iso(registration.registered)} ${iso(registration.expires)}`
  return registration.kind === 'absent' ? 'absent' : `${registration.kind} ${registration.reason}`
}

/** The HTTP status of each file, from the index. */
const statuses = (index: string): Map<string | undefined, number> =>
  new Map(
    index
      .split('\n')
      .map(line => line.split('\t'))
      .map(([file, status]) => [file, Number(status)]),
  )

void t.test('each recorded answer gives its registration', async t => {
  const folder = sharedData(t, 'rdap')
  if (folder === undefined) return
  const files = table.map(([file]) => file)
  t.strictSame(files.toSorted(), readdirSync(join(folder, 'responses')).toSorted(), 'each of them')
  const statusOf = statuses(readFileSync(join(folder, 'index.tsv'), 'utf8'))
  const clock = handClock(Date.parse('2026-02-01T12:00:00Z'))
  const bootstrap = servedBy(['https://rdap.example.net/'])
  for (const [file, asked, expected] of table) {
    const dispatcher = mockAgent(t)
    const body = readFileSync(join(folder, 'responses', file))
    dispatcher
      .get('https://rdap.example.net')
      .intercept({ path: `/domain/${asked}`, method: 'GET' })
      .reply(statusOf.get(file) ?? 0, body)
    const network = networkBy(dispatcher)
    const lookup = rdap({ bootstrap, network, pacing: noPacing(), userAgent: 'test/1', clock })
    t.equal(inWords(await lookup(asked, new AbortController().signal)), expected, file)
  }
})
