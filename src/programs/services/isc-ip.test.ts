/** What SANS ISC says of an address, in the shape in which its API answers. */
import t from 'tap'
import { realServer } from '../../lookup/testing/network.js'
import { commandsOf } from '../testing/commands.js'

/** Numbers come as such, as texts, or as null. */
const known = {
  ip: {
    ...{ number: '9.9.9.9', count: '1477', attacks: 12, maxdate: '2026-11-20', mindate: '2026-01-02' },
    ...{ updated: '2026-11-21 06:15:59', comment: null, maxrisk: 0, asabusecontact: 'abuse@net.example' },
    ...{ as: 64_500, asname: 'EXAMPLE\u0007-NET', ascountry: 'US', assize: 256, network: '9.9.9.0/24' },
    threatfeeds: { blocklistde22: { lastseen: '2026-11-20' }, ciarmy: {} },
  },
}
const unknown = {
  ip: { number: '8.8.4.4', count: null, attacks: null, maxdate: null, as: '15169', threatfeeds: null },
}

void t.test('an address is asked about, with the contact in the User-Agent', async t => {
  const asked: (string | undefined)[] = []
  const { base } = await realServer(t, ({ url, headers }, response) => {
    asked.push(url, headers['user-agent'])
    response.end(JSON.stringify(url?.includes('9.9.9.9') === true ? known : unknown))
  })
  const isc = { preset: 'isc-ip', contact: 'soc@corp.example', base_url: `${base.href}mirror/` }
  const { answer, ask, declared } = await commandsOf(t, { isc })
  t.strictSame((await answer('isc', '9.9.9.9')).result, {
    ...{ count: 1477, attacks: 12, maxrisk: 0, as: 64_500, mindate: '2026-01-02', maxdate: '2026-11-20' },
    ...{ updated: '2026-11-21 06:15:59', network: '9.9.9.0/24', asname: 'EXAMPLE\\u{7}-NET' },
    ...{ ascountry: 'US', asabusecontact: 'abuse@net.example', threatfeeds: ['blocklistde22', 'ciarmy'] },
  })
  t.match((await answer('isc', '8.8.4.4')).result, {
    count: null,
    attacks: null,
    as: 15_169,
    threatfeeds: [],
  })
  t.match(await answer('isc', '2606:4700::1111'), { result: { count: null } })
  t.match(asked, ['/mirror/api/ip/9.9.9.9?json', /^domainstats\/[\d.]+ \(soc@corp\.example\)$/])
  t.equal(asked[4], '/mirror/api/ip/2606:4700::1111?json')
  for (const value of ['10.0.0.1', '127.0.0.1', 'fe80::1', '192.0.2.1', 'example.com'])
    t.match(await ask('isc', value), { kind: 'refused', reason: 'bad-value' }, value)
  t.equal(asked.length, 6, 'nobody was asked about these')
  t.match(declared(), [['isc', { at_once: 1, per_minute: 20, keep_hours: 24, accepts: 'ip' }]])
})

void t.test('another JSON is a failed run', async t => {
  const { base } = await realServer(t, (_, response) => response.end('{"ip":"8.8.8.8"}'))
  const { answer } = await commandsOf(t, {
    isc: { preset: 'isc-ip', contact: 'soc@corp.example', base_url: base.href },
  })
  t.match(await answer('isc', '8.8.8.8'), { result: null, error: /something else than its JSON/ })
})
