/** Commands over HTTP: answers, what is kept, and who is refused. */
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { commandsOf } from '../programs/testing/commands.js'
import { openPort } from './testing/port.js'

const open = async (t: Test) => {
  const commands = await commandsOf(t, {
    echo: { argv: ['printf', '%s', '{value}'], accepts: 'host' },
    net: { argv: ['printf', '%s', '{value}'], accepts: 'cidr' },
    any: { argv: ['printf', '%s', '{value}'], accepts: '/(?s).*/' },
    hops: { argv: ['printf', '1 2 %s', '{value}'], accepts: 'ip', result: { regex: '(?P<a>\\d) (\\d)' } },
    none: { argv: ['/nonexistent/x', '{value}'], accepts: 'host' },
    fails: { argv: ['false', '{value}'], accepts: 'host' },
    slow: { argv: ['sleep', '0.{value}'], accepts: '/\\d+/', per_minute: 1 },
  })
  const port = await openPort(t, undefined, { commands })
  const ask = async (path: string, init?: RequestInit) => {
    const { status, body } = await port.get(path, init)
    return [status, JSON.parse(body) as object] as const
  }
  return { ...port, ask, commands }
}

void t.test('an answer says whether it was kept, how old it is, and how the run ended', async t => {
  const { ask } = await open(t)
  const first = {
    command: 'echo',
    value: 'a.com',
    cached: false,
    age: 0,
    result: 'a.com',
    exit: 0,
    ms: Number,
  }
  t.match(await ask('/commands/echo/A.com.'), [200, first])
  t.match(await ask('/commands/echo/a.com'), [200, { ...first, cached: true }])
  t.match(await ask('/commands/echo/b%C3%BCcher.de'), [200, { value: 'xn--bcher-kva.de' }])
  t.match(await ask('/commands/net/192.0.2.9%2F24'), [200, { value: '192.0.2.0/24' }])
  t.match(await ask('/commands/net/192.0.2.9/24'), [200, { value: '192.0.2.0/24', cached: true }])
  t.match(await ask('/commands/hops/192.0.2.1'), [200, { result: { a: '1' } }])
  t.match(await ask('/commands/fails/a'), [200, { exit: 1, error: 'it ended with exit code 1' }])
  t.match(await ask('/commands/echo/stats.'), [200, { value: 'stats' }], 'a host named stats')
})

void t.test('what cannot be asked', async t => {
  const { ask, get } = await open(t)
  t.match(await ask('/commands/other/a'), [404, { error: /no such command/ }])
  t.match(await ask('/commands/other/stats'), [404, { error: /no such command/ }])
  t.match(await ask('/commands/other/cache'), [404, { error: /no such command/ }])
  t.match(await ask('/commands/none/a'), [502, { error: /is not there: install it/ }])
  for (const value of ['-h%20evil', '%3Bid', '%24(id)', 'a%0Aid', '%00', 'a.com%00', '', '%2e%2e%2fx'])
    t.match(await ask(`/commands/echo/${value}`), [400, { error: /\w/ }], value)
  for (const value of ['-x', '%0A', '%00'])
    t.match(await ask(`/commands/any/${value}`), [400, { error: /\w/ }], value)
  t.equal((await get(`/commands/echo/${'x'.repeat(64 * 1024)}`)).status, 431)
  t.equal((await get(`/commands/echo/${'x'.repeat(5000)}`)).status, 414)
  t.equal((await get('/commands/echo')).status, 404)
})

void t.test('the list, the sums, and what is kept', async t => {
  const { ask } = await open(t)
  const [, list] = await ask('/commands')
  t.match(list, { commands: [{ name: 'echo', accepts: 'host' }] })
  t.notMatch(JSON.stringify(list), 'printf', 'argv may hold a key')
  for (const value of ['b', 'a', 'a', 'a', '-']) await ask(`/commands/echo/${value}`)
  t.match(await ask('/commands/echo/stats'), [
    200,
    {
      command: 'echo',
      runs: 2,
      failed: 0,
      cached: 2,
      refused: 1,
      running: 0,
      cache: { answers: 2, hits: 2 },
    },
  ])
  const time = /^\d{4}-.*Z$/
  t.match(await ask('/commands/echo/cache'), [
    200,
    {
      answers: [
        { value: 'a', count: 2, time, expires: time, bytes: Number },
        { value: 'b', count: 0 },
      ],
    },
  ])
  t.match(await ask('/commands/echo/cache?sort=age&limit=1'), [200, { answers: [{ value: 'b' }] }])
  t.match(await ask('/commands/echo/cache?offset=1'), [200, { answers: [{ value: 'b' }] }])
  for (const query of ['sort=x', 'limit=-1', 'limit=1001', 'offset=x'])
    t.match(await ask(`/commands/echo/cache?${query}`), [400, { error: /whole numbers/ }], query)
})

void t.test('an answer is removed by DELETE, and by nothing else', async t => {
  const { ask, get } = await open(t)
  await ask('/commands/net/192.0.2.0/24')
  const path = '/commands/net/cache/192.0.2.7/24'
  const refused = await get(path)
  t.same([refused.status, refused.headers.get('allow')], [405, 'DELETE'])
  t.same(await ask(path, { method: 'DELETE' }), [200, { removed: true }])
  t.match(await ask(path, { method: 'DELETE' }), [404, { error: /nothing is kept/ }])
  t.match(await ask('/commands/x/cache/a', { method: 'DELETE' }), [404, { error: /no such command/ }])
  for (const [method, at] of [
    ...[['DELETE', '/commands/net/192.0.2.0'] as const, ['DELETE', '/commands/net/cache/'] as const],
    ...[['POST', '/commands/net/192.0.2.0'] as const, ['DELETE', '/a.com'] as const],
  ])
    t.equal((await get(at, { method })).status, 405, `${method} ${at}`)
})

void t.test('a page of another origin neither asks nor removes', async t => {
  const { number } = await open(t)
  const foreign = async (method: string, path: string) => {
    const sent = request({
      ...{ port: number, host: '127.0.0.1', method, path },
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    await text(response)
    return response.statusCode
  }
  t.equal(await foreign('GET', '/commands/echo/a.com'), 403)
  t.equal(await foreign('DELETE', '/commands/echo/cache/a.com'), 403)
})

void t.test('a browser that does not say where from starts no program, but all else may ask', async t => {
  const { number, commands } = await open(t)
  const asked = async (path: string, headers: Readonly<Record<string, string>>, method = 'GET') => {
    // Not by fetch, which says where from.
    const sent = request({ port: number, host: '127.0.0.1', method, path, headers }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    await text(response)
    return response.statusCode
  }
  const firefox = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' }
  const path = '/commands/echo/a.com'
  for (const way of [
    path,
    `/${path}`,
    '/%63ommands/echo/a.com',
    '/commands/%65cho/a.com',
    `${path}?x`,
    `${path}/stats`,
  ])
    for (const method of ['GET', 'HEAD']) t.equal(await asked(way, firefox, method), 403, `${method} ${way}`)
  for (const headers of [
    { 'sec-fetch-site': '' },
    { origin: '' },
    { referer: '' },
    { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` },
  ])
    t.equal(await asked(path, { ...firefox, ...headers }), 403, JSON.stringify(headers))
  t.match(commands.stats('echo'), { runs: 0, refused: 0 })

  for (const reads of ['/commands', '/commands/echo/stats', '/commands/echo/cache?limit=1', '/healthz'])
    t.equal(await asked(reads, firefox), 200, reads)
  const shell = 'Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.19045; en-US) PowerShell/7.4.1'
  const others: readonly Readonly<Record<string, string>>[] = [
    {},
    ...['curl/8.5.0', 'python-requests/2.32.3', 'Wget/1.21', 'Go-http-client/1.1', shell].map(agent => ({
      'user-agent': agent,
    })),
    { ...firefox, 'sec-fetch-site': 'none' },
    { ...firefox, referer: `http://127.0.0.1:${number}/commands` },
    { ...firefox, 'x-api-key': 'x' },
    { ...firefox, authorization: 'Bearer x' },
  ]
  for (const headers of others) t.equal(await asked(path, headers), 200, JSON.stringify(headers))
})

void t.test('when the server stops, who waits for a program is told', async t => {
  const { get, commands } = await open(t)
  const asked = get('/commands/slow/9')
  await get('/commands/echo/stats')
  await commands.close()
  t.equal((await asked).status, 500)
})
