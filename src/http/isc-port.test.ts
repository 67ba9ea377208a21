/** The ISC server's commands, tokens, rates and lists; and what hostile clients get. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { request as secureRequest } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { iscBodyBytesMax, iscSumsMs, iscToldAgainMs } from '../limits.js'
import { readConfig, readIscStatus, readQuery } from '../lookup/isc/responses.js'
import type { NameAnswer } from '../model/record.js'
import { certificateFor } from '../testing/certificate.js'
import { openIsc, terms } from './testing/isc-port.js'
import { answer, now, undated } from './testing/port.js'

const config = { command: 'config' }
const query = (domain: unknown) => ({ command: 'query', domain })
const alertsOf = ({ body }: { readonly body: unknown }): readonly string[] =>
  (body as { readonly alerts: readonly string[] }).alerts

void t.test('CONFIG, as the specification has it and as its client reads it', async t => {
  const { client, results } = await openIsc(t)
  const a = client('a')
  for (const command of ['config', 'CONFIG']) {
    const { status, body } = await a({ command })
    t.equal(status, 200)
    t.match(body, { min_software_version: '0.1', min_client_version: '0.1', min_database_version: '1.2', prohibited_tlds: ['.corp.net', 'zip'] }) // prettier-ignore
    t.match(readConfig(body), {
      software: [0, 1],
      database: [1, 2],
      prohibited: new Set(['corp.net', 'zip']),
    })
  }
  t.strictSame(results(), { 'config ok': 2 })
})

void t.test('STATUS is kept for the operator; odd members of it are left out', async t => {
  const { client, store } = await openIsc(t)
  const a = client('a')
  const status = { command: 'status', client_version: '0.1.0', database_version: 1.5 }
  const { body } = await a({ ...status, cache_efficiency: [1, 2, 3], database_efficiency: [4, 5] })
  t.strictSame(body, { interval: 30, deny_client: '' })
  t.strictSame(readIscStatus(body), { intervalMs: 30 * 60_000, denied: undefined })
  const [first] = store.isc.clients()
  t.match(first, { seen: now, queries: 0, status: { software: '0.1.0', database: '1.5', cache: [1, 2, 3], databaseHits: [4, 5], at: now } }) // prettier-ignore
  const odd = { client_version: ['x'], database_version: 'a\u001b[31m\nb'.repeat(99), cache_efficiency: [1, 'x'], database_efficiency: [-1] } // prettier-ignore
  t.equal((await a({ command: 'status', ...odd })).status, 200)
  const told = store.isc.clients()[0]?.status
  t.match(told, { software: undefined, cache: [], databaseHits: [] })
  t.match(told?.database, /^[ -~]{1,32}$/)
})

void t.test('the first client that asks is told ISC-FIRST-CONTACT, and the others are not', async t => {
  const { client, asked, clock, store } = await openIsc(t)
  const [a, b] = [client('a'), client('b')]
  const first = await a(query('WWW.Example.com.'))
  t.match(first.body, { seen_by_web: '1995-08-04 04:00:00', seen_by_isc: '2026-11-21 12:00:00', alerts: ['ISC-FIRST-CONTACT'] }) // prettier-ignore
  t.strictSame(alertsOf(await b(query('example.com'))), [])
  t.strictSame(
    alertsOf(await a(query('example.com'))),
    ['ISC-FIRST-CONTACT'],
    'the answer may have been lost',
  )
  clock.pass(iscToldAgainMs)
  for (const one of [a, b]) t.strictSame(alertsOf(await one(query('example.com'))), [])
  t.ok(
    asked.every(({ name }) => name === 'example.com'),
    'what was asked below the domain goes nowhere',
  )
  t.ok(
    asked.every(({ asking }) => asking.client === undefined && !asking.peek),
    'no client is recorded',
  )
  await a(query('other.com'))
  t.match(store.isc.clients(), [{ queries: 3 }, { queries: 1 }], 'sums are written at most once a minute')
  await b({ command: 'status' })
  t.match(store.isc.clients(), [{ queries: 4 }, { queries: 2 }], 'and at a STATUS')
})

void t.test('a failure does not use up the first contact', async t => {
  const answers: Record<string, NameAnswer> = {
    'slow.com': answer({ ...undated, category: 'PENDING' }, { domain: 'slow.com' }),
  }
  const { client, clock } = await openIsc(t, answers)
  const [a, b] = [client('a'), client('b')]
  t.match((await a(query('slow.com'))).body, { seen_by_isc: 0, alerts: ['ISC-FIRST-CONTACT', 'PENDING'] })
  clock.pass(5 * iscToldAgainMs)
  Reflect.deleteProperty(answers, 'slow.com')
  t.strictSame(alertsOf(await b(query('slow.com'))), [])
  t.strictSame(alertsOf(await a(query('slow.com'))), ['ISC-FIRST-CONTACT'])
})

void t.test('alerts of the operator, and none of another domain', async t => {
  const { client, store } = await openIsc(t)
  const a = client('a')
  const put = (text: string, at: number) =>
    store.iscChanges.putDomainAlert({ domain: 'evil.com', text, at, by: 'ann' })
  put('phishing kit', 2)
  put('asked by a court', 1)
  t.strictSame(alertsOf(await a(query('evil.com'))), [
    'ISC-FIRST-CONTACT',
    'asked by a court',
    'phishing kit',
  ])
  t.strictSame(alertsOf(await a(query('notevil.com'))), ['ISC-FIRST-CONTACT'])
  store.iscChanges.removeDomainAlerts('evil.com', undefined)
  t.strictSame(alertsOf(await a(query('evil.com'))), ['ISC-FIRST-CONTACT'], 'without a restart')
})

void t.test('names of which nobody is asked: nobody is', async t => {
  const { client, asked, results } = await openIsc(t)
  const a = client('a')
  const names: readonly (readonly [name: string, why: string])[] = [
    ['printer.corp.net', 'UNKNOWN:prohibited-tld'],
    ['archive.zip', 'UNKNOWN:prohibited-tld'],
    ['10.0.0.1', 'UNKNOWN:ip-literal'],
    ['localhost', 'UNKNOWN:single-label'],
    ['a\u0000b.com', 'UNKNOWN:not-a-hostname'],
    ['"}{\r\n<script>', 'UNKNOWN:not-a-hostname'],
    ['x'.repeat(9000), 'UNKNOWN:not-a-hostname'],
    ['com', 'UNKNOWN:single-label'],
    ['co.uk', 'UNKNOWN:no-public-suffix'],
  ]
  for (const [name, why] of names) {
    const { status, body } = await a(query(name))
    t.equal(status, 200)
    t.strictSame(
      body,
      { seen_by_web: 'ERROR', expires: 'ERROR', seen_by_isc: 24, alerts: [why] },
      name.slice(0, 30),
    )
  }
  t.strictSame(asked, [])
  t.strictSame(results(), { 'query prohibited': 2, 'query no-name': 7 })
})

void t.test('a client that is denied is told so at STATUS and QUERY, until it is allowed again', async t => {
  const { client, store, asked } = await openIsc(t)
  const a = client('a')
  store.iscChanges.denyClient('a', 'update first')
  t.equal((await a(config)).status, 200)
  t.match((await a({ command: 'status' })).body, { deny_client: 'update first' })
  const { body } = await a(query('example.com'))
  t.strictSame(body, { seen_by_web: 'ERROR', expires: 'ERROR', seen_by_isc: 1, alerts: ['ERROR:isc-denied', 'update first'] }) // prettier-ignore
  t.match(readQuery(body), { kind: 'failed', reason: 'isc-denied' })
  t.strictSame(asked, [])
  store.iscChanges.denyClient('a', undefined)
  t.strictSame(
    alertsOf(await a(query('example.com'))),
    ['ISC-FIRST-CONTACT'],
    'it did not use up the first contact',
  )
})

void t.test('each client has its own rate, and Retry-After says when the next command is due', async t => {
  const { client, clock, results, store } = await openIsc(t)
  const [slow, other] = [client('slow', 3), client('other')]
  for (let i = 0; i < 3; i += 1) t.equal((await slow(config)).status, 200)
  const refused = await slow(query('example.com'))
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('retry-after'), '20')
  t.equal((await other(config)).status, 200)
  clock.pass(20_000)
  t.equal((await slow(config)).status, 200)
  t.equal((await slow(config)).status, 429)
  clock.pass(3_600_000)
  for (let i = 0; i < 3; i += 1)
    t.equal((await slow(config)).status, 200, 'no more than a minute is saved up')
  t.equal((await slow(config)).status, 429)
  t.match(results(), { 'none 429': 3 })
  clock.pass(iscSumsMs)
  await other(config)
  t.match(store.isc.clients()[0], { refused: 3 })
})

void t.test('a token that is none, no token, and one that was removed', async t => {
  const { client, address, store, results } = await openIsc(t)
  const a = client('a')
  const post = (headers: Record<string, string>) =>
    fetch(`${address}/isc`, { method: 'POST', headers, body: JSON.stringify(config) }).then(
      ({ status }) => status,
    )
  t.equal(await post({}), 401)
  t.equal(await post({ authorization: 'Bearer ' }), 401)
  t.equal(await post({ authorization: 'Bearer wrong' }), 401)
  t.equal(await post({ authorization: `Bearer ${'x'.repeat(9000)}` }), 401)
  t.equal((await a(config)).status, 200)
  store.iscChanges.removeClient('a')
  t.equal((await a(config)).status, 401)
  t.match(results(), { 'none token': 5 })
})

void t.test('a token as a bearer, as X-API-Key, as a password, at any of the paths', async t => {
  const { client, address } = await openIsc(t)
  client('a')
  const token = 'token-of-a'
  const headers = [
    { authorization: `Bearer ${token}` },
    { 'x-api-key': token },
    { authorization: `Basic ${Buffer.from(`any:${token}`).toString('base64')}` },
  ]
  for (const header of headers)
    for (const path of ['/isc', '/isc/', '/']) {
      const response = await fetch(address + path, {
        method: 'POST',
        headers: header,
        body: JSON.stringify(config),
      })
      t.equal(response.status, 200, `${path} ${Object.keys(header).join()}`)
    }
})

void t.test('bodies that are no command', async t => {
  const { client, asked, results } = await openIsc(t)
  const a = client('a')
  const bodies = [
    ...[
      '',
      '{',
      'null',
      '7',
      '[]',
      '"config"',
      '{}',
      '{"command":null}',
      '{"command":"drop"}',
      '{"command":["config"]}',
    ],
    ...['{"command":"query"}', '{"command":"query","domain":""}', '{"command":"query","domain":{"a":1}}'],
    ...['{"__proto__":{"command":"config"}}', `${'['.repeat(8000)}${']'.repeat(8000)}`],
  ]
  for (const body of bodies) {
    const { status, body: told } = await a(body)
    t.equal(status, 400, body.slice(0, 40))
    t.strictSame(told, { error: 'the body is no command: config, status, or query with a domain' })
  }
  t.strictSame(asked, [])
  t.strictSame(results(), { 'none 400': bodies.length })
})

void t.test(
  'hostile: a body that is too large, one that does not come, and requests that are none',
  async t => {
    const limits = { headersMs: 200, requestMs: 400, sweepMs: 50 }
    const { client, raw, reports, asked } = await openIsc(t, {}, { limits })
    const a = client('a')
    const large = await a(`{"command":"query","domain":"${'x'.repeat(iscBodyBytesMax)}"}`)
    t.equal(large.status, 413)
    t.ok(reports.some(report => report.kind === 'limit-reached' && report.limit === 'iscBodyBytesMax'))
    const key = 'X-API-Key: token-of-a'
    const post = (...lines: readonly string[]) =>
      ['POST /isc HTTP/1.1', 'Host: x', key, ...lines, '', ''].join('\r\n')
    t.match(await raw(post('Content-Length: 500'), '{"command":"que'), /^HTTP\/1\.1 408 /)
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`
    t.match(
      await raw(post('Transfer-Encoding: chunked'), ...Array<string>(6).fill(chunk)),
      /^HTTP\/1\.1 413 /,
    )
    t.match(
      await raw(post('Content-Length: 5', 'Transfer-Encoding: chunked'), '0\r\n\r\n'),
      /^HTTP\/1\.1 400 /,
    )
    t.match(
      await raw('GET /isc HTTP/1.1\r\nHost: x\r\n', `${key}\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1\.1 405 .*allow: POST/is,
    )
    t.match(
      await raw('GET /metrics HTTP/1.1\r\nHost: x\r\n', `${key}\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1\.1 404 /,
    )
    t.match(await raw('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 401 /)
    t.match(
      await raw('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      /^HTTP\/1\.1 200 .*\r\n\r\nok\n$/s,
    )
    t.strictSame(asked, [])
    t.equal(
      reports.some(({ kind }) => kind === 'http-failed'),
      false,
      'none of it is a failure of ours',
    )
    t.equal((await a(config)).status, 200, 'and it goes on')
  },
)

void t.test('more questions at once than it holds: 503, and the first contact is not lost', async t => {
  const life = new AbortController()
  const ended = new Promise<NameAnswer>(done => life.signal.addEventListener('abort', () => done(answer())))
  const { client, results } = await openIsc(t, {}, { limits: { asksMax: 2 }, askName: () => ended })
  const a = client('a')
  const waiting = [a(query('one.com')), a(query('two.com'))]
  while ((await a(query('three.com'))).status !== 503);
  life.abort()
  for (const { status } of await Promise.all(waiting)) t.equal(status, 200)
  t.strictSame(alertsOf(await a(query('three.com'))), ['ISC-FIRST-CONTACT'])
  t.ok((results()['none 503'] ?? 0) >= 1)
})

void t.test('a failure of the pipeline is reported, and the next command is answered', async t => {
  const { client, reports } = await openIsc(t, {}, { askName: () => Promise.reject(new Error('disk full')) })
  const a = client('a')
  t.equal((await a(query('example.com'))).status, 500)
  t.match(
    reports.filter(({ kind }) => kind === 'http-failed'),
    [{ error: 'Error: disk full' }],
  )
  t.equal((await a(config)).status, 200)
})

void t.test('sums that cannot be written cost no answer, and are written later', async t => {
  const { store, client, clock, reports } = await openIsc(t)
  const a = client('a')
  const { noteClients } = store.iscChanges
  const disk = { isFull: true }
  Object.assign(store.iscChanges, {
    noteClients: (sums: Parameters<typeof noteClients>[0]) => {
      if (disk.isFull) throw new Error('disk full')
      noteClients(sums)
    },
  })
  t.equal((await a(query('example.com'))).status, 200)
  t.equal((await a({ command: 'status' })).status, 200)
  t.match(
    reports.filter(({ kind }) => kind === 'http-failed'),
    [{ error: 'Error: disk full' }],
  )
  disk.isFull = false
  clock.pass(iscSumsMs)
  await a(config)
  t.match(store.isc.clients(), [{ queries: 1 }])
})

void t.test('lists are served to anybody, and nothing else of the disk is', async t => {
  const dir = t.testdir({ lists: { 1: { '2.txt': '+,a.com,2001-02-03 04:05:06,2030-02-03 04:05:06\n', '3.txt': '' }, SHA256SUMS: 'abc  1/2.txt\n', 'notes.txt': 'secret' }, 'outside.txt': 'secret' }) // prettier-ignore
  const lists = join(dir, 'lists')
  symlinkSync(join(dir, 'outside.txt'), join(lists, '1', '4.txt'))
  mkdirSync(join(dir, 'other'))
  writeFileSync(join(dir, 'other', '1.txt'), 'secret')
  symlinkSync(join(dir, 'other'), join(lists, '9'))
  mkdirSync(join(lists, '1', '5.txt'))
  const { address, raw } = await openIsc(t, {}, { lists })
  const get = async (path: string) => {
    const response = await fetch(`${address}/lists/${path}`)
    return [response.status, await response.text()]
  }
  t.strictSame(await get('1/2.txt'), [200, '+,a.com,2001-02-03 04:05:06,2030-02-03 04:05:06\n'])
  t.strictSame(await get('1/3.txt'), [200, ''])
  t.strictSame(await get('SHA256SUMS'), [200, 'abc  1/2.txt\n'])
  t.match(await raw('HEAD /lists/1/2.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 .*content-length: 48\r\n.*\r\n\r\n$/is) // prettier-ignore
  const wrong = ['', '1', '1/', '1/4.txt', '1/5.txt', '9/1.txt', '2/1.txt', 'notes.txt', '1/2.txt.gz', '01234567890/1.txt', '1/2.txt%00',  '1/..%2f..%2foutside.txt'] // prettier-ignore
  for (const path of wrong) t.strictSame(await get(path), [404, '{"error":"there is no such list"}\n'], path)
  const crooked = ['/lists/../outside.txt', '/lists/%2e%2e/outside.txt', '/lists/1/../../outside.txt', '/lists//etc/passwd', '/lists/1\\..\\..\\outside.txt'] // prettier-ignore
  for (const path of crooked) {
    const told = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    t.match(told, /^HTTP\/1\.1 404 /, path)
    t.notMatch(told, /secret|root:/, path)
  }
})

void t.test('without a folder of lists there are none', async t => {
  const { address } = await openIsc(t)
  t.equal((await fetch(`${address}/lists/1/2.txt`)).status, 404)
})

void t.test('with a certificate it speaks TLS, and takes a renewed one', async t => {
  const [old, renewed] = [certificateFor('isc.example'), certificateFor('isc.example')]
  const { address, renew, reports, raw } = await openIsc(t, {}, { tls: old })
  t.match(address, /^https:/)
  const healthBy = (ca: string) =>
    new Promise<string>((done, fail) => {
      const options = { ca, servername: 'isc.example', agent: false } as const
      secureRequest(`${address}/healthz`, options, response => void text(response).then(done, fail))
        .on('error', fail)
        .end()
    })
  t.equal(await healthBy(old.cert), 'ok\n')
  renew(renewed)
  t.equal(await healthBy(renewed.cert), 'ok\n')
  await t.rejects(healthBy(old.cert))
  t.notMatch(await raw('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'), 'ok', 'plain HTTP is not answered')
  t.throws(() => renew({ cert: old.cert, key: renewed.key }), 'a key of another certificate')
  t.equal(await healthBy(renewed.cert), 'ok\n', 'a wrong one changes nothing')
  t.equal(
    reports.some(({ kind }) => kind === 'isc-unencrypted'),
    false,
  )
})

void t.test('without TLS on more than this machine a warning says so', async t => {
  t.ok((await openIsc(t, {}, { host: '0.0.0.0' })).reports.some(({ kind }) => kind === 'isc-unencrypted'))
  t.notOk((await openIsc(t)).reports.some(({ kind }) => kind === 'isc-unencrypted'))
})

void t.test(
  'with k of 2 the second client is told as the first one, and the third is told the day',
  async t => {
    const { client } = await openIsc(t, {}, { terms: { ...terms, first_contact_clients: 2 } })
    const [a, b, c] = [client('a'), client('b'), client('c')]
    const first = (await a(query('example.com'))).body
    t.match(first, { alerts: ['ISC-FIRST-CONTACT'], seen_by_isc: '2026-11-21 12:00:00' })
    t.strictSame((await b(query('example.com'))).body, first)
    t.match((await c(query('example.com'))).body, { alerts: [], seen_by_isc: '2026-11-21 00:00:00' })
  },
)

void t.test('no byte of an answer depends on which other client asked, or on when', async t => {
  const kinds: Readonly<Record<string, NameAnswer>> = {
    'registered.com': answer({}, { seenByYou: now }),
    'no-expiry.com': answer({ expires: undefined }, { seenByYou: now }),
    'gone.com': answer({ ...undated, category: 'UNKNOWN', reason: 'not-registered' }, { seenByYou: now }),
    'failed.com': answer({ ...undated, category: 'ERROR', reason: 'timeout' }, { seenByYou: now }),
  }
  /** What the third client is told a day after one of the two others has asked, and what it says of itself. */
  const world = async (asker: 'a' | 'b', afterMs: number): Promise<string> => {
    const { client, clock } = await openIsc(t, kinds, { terms: { ...terms, first_contact_clients: 3 } })
    const [a, b, c] = [client('a'), client('b'), client('c')]
    clock.pass(afterMs)
    const told: unknown[] = []
    for (const domain of Object.keys(kinds)) await (asker === 'a' ? a : b)(query(domain))
    clock.pass(86_400_000 - afterMs)
    for (const domain of Object.keys(kinds)) {
      const { status, headers, body } = await c(query(domain))
      const sent = [...headers].filter(([name]) => name !== 'date')
      told.push([status, sent, body])
    }
    return JSON.stringify(told)
  }
  const one = await world('a', 0)
  t.equal(await world('b', 0), one)
  t.equal(await world('a', 3_600_000), one)
  t.match(one, 'ISC-FIRST-CONTACT')
})
