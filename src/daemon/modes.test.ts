/** The connections of the daemon: none with mode off, and only to the proxy if there is one. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { iscServer } from '../lookup/testing/isc-server.js'
import { whoisServer } from '../lookup/testing/whois-server.js'
import { certificateFor } from '../testing/certificate.js'
import { ended } from '../testing/ended.js'
import { openProxy } from '../testing/proxy.js'
import { followRecords } from '../testing/record-log.js'
import { openRegistry, registeredOn } from '../testing/registry.js'
import { startSpied, startSpiedHere } from '../testing/spied.js'
import { saveBootstrap } from '../testing/state.js'
import { zeekLine, zeekLines } from '../testing/zeek-lines.js'

const names = ['riverstone.com', 'tidal-notebook.io', 'kleine-sternwarte.de', 'old-bones.museum']

void t.test('with mode off there is no connection, whatever is configured', async t => {
  const registry = await openRegistry(t, name => registeredOn(name, '2011-05-14T08:21:07Z'))
  const whois = await whoisServer(t, '')
  const isc = await iscServer(t)
  const at = `${whois.host}:${whois.port}`
  const config = (mode: string) => `mode: ${mode}
hold_seconds: 60
whois: all
rdap:
  servers: { com: '${registry.url}' }
whois_servers: { io: '${at}', de: '${at}', museum: '${at}' }
isc: { url: '${isc.url.href}' }
`
  const dir = t.testdir({
    off: { 'domainstats.yaml': config('off') },
    rdap: { 'domainstats.yaml': config('rdap') },
    'dns.log': zeekLines(names),
  })
  const run = async (data: string) => {
    const daemon = startSpiedHere(
      t,
      {},
      'run',
      '--once',
      '--no-wait',
      '--data',
      data,
      '--zeek',
      join(dir, 'dns.log'),
    )
    t.equal((await ended(daemon)).code, 0)
    return { out: await daemon.out(), ...followRecords(t, join(data, 'domainstats.log')) }
  }
  const { out, records } = await run(join(dir, 'off'))
  t.strictSame(out, [])
  t.equal(records.length, names.length)
  t.ok(records.every(({ category, reason }) => category === 'UNKNOWN' && reason === 'look-ups-off'))
  t.strictSame([registry.asked, whois.asked, isc.received], [[], [], []])

  // The same with look-ups: those who watch would have seen it.
  saveBootstrap(join(dir, 'rdap'), ['com'])
  const asking = await run(join(dir, 'rdap'))
  t.strictSame(asking.out, [`connect ${at}`, `connect ${registry.host}`].sort())
  t.strictSame([registry.asked.length, whois.asked.length, isc.received], [1, 3, []])
})

void t.test('with HTTPS_PROXY a registry is asked through it, and there is no other connection', async t => {
  // Its name leads nowhere: it is the proxy that resolves it.
  const host = 'rdap.mirror.example'
  const tls = certificateFor(host)
  const registry = await openRegistry(t, name => registeredOn(name, '2011-05-14T08:21:07Z'), { tls })
  const proxy = await openProxy(t, { [`${host}:443`]: registry.port })
  const dir = t.testdir({
    data: {
      'domainstats.yaml': `whois: off\nhold_seconds: 60\nrdap:\n  servers: { io: 'https://${host}/' }\n`,
    },
    'dns.log': zeekLines(['tidal-notebook.io', 'riverstone.com']),
    'cert.pem': tls.cert,
  })
  const [data, dns] = [join(dir, 'data'), join(dir, 'dns.log')]
  const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: join(dir, 'cert.pem') }
  const daemon = startSpied(t, env, 'run', '--data', data, '--zeek', dns)
  const log = followRecords(t, join(data, 'domainstats.log'))
  const records = await log.until(({ length }) => length >= 2)
  await proxy.until(asked => new Set(asked).size >= 3)
  t.equal(await daemon.end('SIGTERM'), 0)
  const said = records.map(({ query, category, reason }) => [query, category, reason])
  t.strictSame(said.sort(), [
    ['riverstone.com', 'ERROR', 'network-error'], // the proxy does not lead there
    ['tidal-notebook.io', 'ESTABLISHED', undefined],
  ])
  t.strictSame(registry.asked, ['tidal-notebook.io'])
  t.strictSame([...new Set(proxy.asked)].sort(), [
    'CONNECT data.iana.org:443', // .com is built in, and the file of today is due
    `CONNECT ${host}:443`,
    'CONNECT rdap.verisign.com:443',
  ])
  t.strictSame(await daemon.out(), [`connect 127.0.0.1:${proxy.port}`])
})

void t.test('a host in NO_PROXY is asked directly', async t => {
  const proxy = await openProxy(t)
  const registry = await openRegistry(t, name => registeredOn(name, '2011-05-14T08:21:07Z'))
  const dir = t.testdir({
    data: { 'domainstats.yaml': `hold_seconds: 60\nrdap:\n  servers: { com: '${registry.url}' }\n` },
    'dns.log': zeekLine(0, 'riverstone.com'),
  })
  const [data, dns] = [join(dir, 'data'), join(dir, 'dns.log')]
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url }
  const run = async (more: Record<string, string>) => {
    const daemon = startSpiedHere(
      t,
      { ...env, ...more },
      'run',
      '--once',
      '--no-wait',
      '--data',
      data,
      '--zeek',
      dns,
    )
    t.equal((await ended(daemon)).code, 0)
    return daemon.out()
  }
  t.strictSame(await run({ NO_PROXY: '127.0.0.1' }), [`connect ${registry.host}`])
  t.strictSame([registry.asked, proxy.asked], [['riverstone.com'], []])
  appendFileSync(dns, zeekLine(1, 'stonegarden.com'))
  t.strictSame(await run({}), [`connect 127.0.0.1:${proxy.port}`])
  t.equal(registry.asked.length, 1)
})
