/** A malicious registry: whatever its redirects and bodies, the daemon connects to no other host. */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { ended } from '../testing/ended.js'
import { followRecords } from '../testing/record-log.js'
import { startSpiedHere } from '../testing/spied.js'
import { zeekLines } from '../testing/zeek-lines.js'

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

const serve = async (t: Test, answer: (name: string, response: ServerResponse) => void): Promise<Server> => {
  const server = createServer((request, response) => answer(request.url?.split('/').pop() ?? '', response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return server
}

const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
const deep = `{"objectClassName":"domain","events":${'['.repeat(300_000)}${']'.repeat(300_000)}}`
const mistakes = `{"objectClassName":"domain","events":[${'1,'.repeat(500_000)}1]}`
const poisoned =
  '{"__proto__":{"objectClassName":"domain"},"objectClassName":"domain","events":[{"__proto__":{"eventAction":"registration"},"eventDate":"2001-01-01"}]}'

void t.test('redirects, bombs and mistakes of a registry', async t => {
  let reached = 0
  const inside = await serve(t, (_, response) => {
    reached += 1
    response.end('{}')
  })
  const to = (location: string) => (response: ServerResponse) =>
    void response.writeHead(302, { location }).end()
  const says =
    (body: string | Buffer, headers: Record<string, string> = {}) =>
    (response: ServerResponse) =>
      void response.writeHead(200, { 'content-type': 'application/rdap+json', ...headers }).end(body)
  const plays: Readonly<Record<string, readonly [reason: string, play: (response: ServerResponse) => void]>> =
    {
      'loopback.com': ['bad-redirect', to(`http://127.0.0.1:${portOf(inside)}/`)],
      'loopback-tls.com': ['bad-redirect', to(`https://127.0.0.1:${portOf(inside)}/`)],
      'localhost.com': ['bad-redirect', to(`https://localhost:${portOf(inside)}/`)],
      'decimal.com': ['bad-redirect', to(`https://2130706433:${portOf(inside)}/`)],
      'metadata.com': ['bad-redirect', to('http://169.254.169.254/latest/meta-data/')],
      'metadata-tls.com': ['bad-redirect', to('https://169.254.169.254/latest/meta-data/')],
      'ipv6.com': ['bad-redirect', to('https://[::ffff:169.254.169.254]/')],
      'private.com': ['bad-redirect', to('https://10.0.0.1/')],
      'file.com': ['bad-redirect', to('file:///etc/passwd')],
      'data.com': ['bad-redirect', to('data:application/json,{}')],
      'round.com': ['bad-redirect', to('/domain/round.com')],
      'gzip.com': ['answer-too-large', says(bomb, { 'content-encoding': 'gzip' })],
      'twice.com': ['malformed-answer', says(gzipSync(bomb), { 'content-encoding': 'gzip, gzip' })],
      'claims.com': [
        'network-error',
        response =>
          void response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\n{}'),
      ],
      'deep.com': ['no-registration-event', says(deep)],
      'mistakes.com': ['no-registration-event', says(mistakes)],
      'poisoned.com': ['no-registration-event', says(poisoned)],
    }
  const registry = await serve(t, (name, response) => plays[name]?.[1](response))
  const at = `127.0.0.1:${portOf(registry)}`
  const dir = t.testdir({
    data: {
      'domainstats.yaml': `whois: off\nhold_seconds: 60\nrdap: { servers: { com: 'http://${at}/' }, burst: 100 }\n`,
    },
    'dns.log': zeekLines(Object.keys(plays)),
  })
  const [data, dns] = [join(dir, 'data'), join(dir, 'dns.log')]
  const daemon = startSpiedHere(t, {}, 'run', '--once', '--no-wait', '--data', data, '--zeek', dns)
  t.equal((await ended(daemon)).code, 0)
  const said = followRecords(t, join(data, 'domainstats.log')).records.map(({ query, reason }) => [
    query,
    reason,
  ])
  t.strictSame(
    said.sort(),
    Object.entries(plays)
      .map(([name, [reason]]) => [name, reason])
      .sort(),
  )
  t.strictSame(await daemon.out(), [`connect ${at}`], 'nobody but the registry')
  t.equal(reached, 0)
})
