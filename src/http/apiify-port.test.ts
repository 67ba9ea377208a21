/** The port as clients of APIify see it: its paths, and who is refused. */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { commandsOf, shellProgram, type Declaration } from '../programs/testing/commands.js'
import type { Report } from '../telemetry/report.js'
import { systemClock } from '../time/clock.js'
import { openApiifyPort, type ApiifyPortOptions } from './apiify-port.js'

interface Answered {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly body: string
}

/** A port for a program that records its words, and then runs more lines. */
const open = async (
  t: Test,
  declaration: Partial<Declaration> = {},
  lines: readonly string[] = ['echo "about $1"'],
  options: Partial<ApiifyPortOptions> = {},
) => {
  const dir = t.testdir()
  const file = join(dir, 'runs')
  const recorder = shellProgram(dir, 'recorder', `{ printf '<%s>' "$#" "$@"; echo; } >>${file}`, ...lines)
  const declared: Declaration = { argv: [recorder, '{value}'], accepts: 'host', ...declaration }
  const commands = await commandsOf(t, { about: declared }, { dir })
  const reports: Report[] = []
  const life = new AbortController()
  const { address, close } = await openApiifyPort({
    ...{ host: '127.0.0.1', hosts: ['sensor1.corp.example'], port: 0, allow: [] },
    ...{ command: 'about', commands, clock: systemClock, signal: life.signal },
    telemetry: report => void reports.push(report),
    ...options,
  })
  t.teardown(async () => {
    life.abort()
    await close()
  })
  const ask = async (path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answered> => {
    // Not by fetch, which would change the path.
    const { hostname, port } = new URL(address)
    const sent = request({ hostname, port, path, method, headers, agent: false }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const body = await text(response.setEncoding('latin1'))
    return { status: response.statusCode, type: response.headers['content-type'], body }
  }
  const runs = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  return { address, ask, runs, reports, commands, dir }
}

const plain = (body: unknown) => ({ status: 200, type: 'text/plain', body })
const refusal = (why: RegExp) => plain(new RegExp(`^ERROR: about: ${why.source}.*-ERRORNOTCACHED$`))

void t.test('a value is answered by the output, and then from the cache', async t => {
  const { ask, runs, address, reports } = await open(t)
  t.same(await ask('/google.com'), plain('about google.com\n'))
  t.same(await ask('/google.com?x=y'), plain('about google.com\n'), 'a query does not count')
  t.same(await ask('//google.com'), plain('about google.com\n'))
  t.same(await ask('/%67oogle.com'), plain('about google.com\n'))
  t.same(runs(), ['<1><google.com>'])
  t.same(await ask('/'), plain(`API Documentation\n${address}/arguments to pass.`))
  t.match(reports, [{ kind: 'apiify-opened', address, command: 'about' }])
})

void t.test('what the expression took is JSON', async t => {
  const output = ['printf " 1  198.51.100.1  0.4 ms\\n 2  *\\n 3  192.0.2.1  9.8 ms\\n"']
  const last = { regex: '(?P<lasthops>\\d+)\\s+(?P<hop>[\\d.]+).*?(?=\\n?$)' }
  t.same(
    await (await open(t, { result: last }, output)).ask('/a.com'),
    plain('{"lasthops": "3", "hop": "192.0.2.1"}'),
  )
  const all = { regex: '(\\d+)\\s+([\\d.]+).*?$', all: true, flags: ['multiline'] }
  t.same(
    await (await open(t, { result: all }, output)).ask('/a.com'),
    plain('[["1", "198.51.100.1"], ["3", "192.0.2.1"]]'),
  )
})

void t.test('errors of the program have the status 200 and the text of APIify', async t => {
  const none = await open(t, { result: { regex: 'nowhere', required: true } })
  t.same(await none.ask('/a.com'), plain('ERROR: No result from regex match.-ERRORNOTCACHED'))
  const gone = await open(t, { argv: ['/nonexistent/whois', '{value}'] })
  t.match(await gone.ask('/a.com'), refusal(/\/nonexistent\/whois is not there: install it/))
  const late = await open(t, { timeout_seconds: 0.2 }, ['echo begun; exec sleep 60'])
  t.match(await late.ask('/a.com'), refusal(/it ran longer than timeout_seconds/))
  const failing = await open(t, {}, ['echo no match; exit 1'])
  t.same(await failing.ask('/a.com'), plain('no match\n'), 'an exit code changes nothing')
  const bytes = await open(t, {}, [String.raw`printf '\377\000a'`])
  t.same(await bytes.ask('/a.com'), plain('\xff\0a'))
})

const hostile = [
  ...['-h%20evil', '-h+evil', '--help', '%3Bid', ';id', '$(id)', '%24%28id%29', '%60id%60', 'a.com%7Cid'],
  ...['a.com%0Aid', 'a.com%00', '%00', 'a.com+-x', 'a.com%20-h%20evil', '@file', '*', "a.com'", '%3Ex'],
  ...['&&id', 'a.com%E2%80%AE', '..%2f..%2fetc%2fpasswd', '../etc/passwd', 'x'.repeat(2000), '127.1'],
]

void t.test('hostile values run nothing', async t => {
  const { ask, runs, commands, dir } = await open(t)
  for (const value of hostile) t.match(await ask(`/${value}`), refusal(/it /), value)
  t.match(await ask('/%ff%fe'), plain(/^ERROR: .*UTF-8-ERRORNOTCACHED$/))
  t.equal((await ask(`/${'x'.repeat(64 * 1024)}`)).status, 431)
  t.equal((await ask(`/${'x'.repeat(5000)}`)).status, 414)
  t.same(runs(), [])
  t.match(commands.stats('about'), { runs: 0, refused: hostile.length })
  t.same(await ask('/b%C3%BCcher.DE.'), plain('about xn--bcher-kva.de\n'), 'IDN')
  t.same(runs(), ['<1><xn--bcher-kva.de>'])
  t.notOk(existsSync(join(dir, 'x')))
})

void t.test('whatever is accepted is one word of the declared argv', async t => {
  const { ask, runs } = await open(t, { accepts: '/(?s).*/' })
  const values = ['$(touch x)', ';touch x', '`touch x`', 'a b', '"', '$HOME', '{value}', '*WEBINFO*']
  for (const value of values) t.match(await ask(`/${encodeURIComponent(value)}`), plain(/^about /))
  t.match(await ask('/a+b'), plain('about a b\n'), 'a plus is a blank')
  for (const value of ['-x', '%2Dx', '%0A', '%00']) t.match(await ask(`/${value}`), refusal(/it /))
  t.same(
    runs(),
    values.map(value => `<1><${value}>`),
  )
})

void t.test('1,000 questions about one value make one run', async t => {
  const { ask, runs } = await open(t, { accepts: 'domain' }, ['sleep 2; echo "about $1"'])
  const names = ['example.com', 'www.example.com', 'EXAMPLE.com.', 'a.b.example.com']
  const answers: Answered[] = []
  const asking = async (from: number) => {
    for (let i = from; i < 1000; i += 200) answers.push(await ask(`/${names[i % 4] ?? ''}`))
  }
  await Promise.all(Array.from({ length: 200 }, (_, from) => asking(from)))
  t.equal(answers.length, 1000)
  t.same(new Set(answers.map(({ body }) => body)), new Set(['about example.com\n']))
  t.same(runs(), ['<1><example.com>'])
})

void t.test('the statistics, the report, and saving', async t => {
  const { ask } = await open(t)
  for (const value of ['b', 'a', 'a', 'a']) await ask(`/${value}`)
  t.match(
    await ask('/stats'),
    plain(
      /^cache_stats\(hit=2, miss=2, expire=0\), \('Max Size': 100000, 'Current size': 2, 'Cache Bytes':\d+, 'Application Kilobytes':\d{4,}\)$/,
    ),
  )
  const { type, body } = await ask('/cache')
  t.equal(type, 'text/plain')
  const rows = body.split('\n').slice(2, -1)
  t.match(rows, [
    /^ +\('a',\) +000000002 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})? {1,9}b'about a\\n'$/,
    /^ +\('b',\) +000000000 /,
  ])
  t.same(await ask('/save'), plain('The cache has been committed to disk.'))
  t.same(await ask('/stats.'), plain('about stats\n'), 'a host of that name is asked with a final dot')
})

void t.test('an answer is deleted by its key', async t => {
  const { ask, runs } = await open(t, { accepts: 'cidr' })
  await ask('/192.0.2.0/24')
  await ask('/192.0.2.9%2F24')
  t.equal(runs().length, 1)
  t.same(await ask('/delete/192.0.2.0/24'), plain('Deleted entry 192.0.2.0/24'))
  t.same(await ask('/delete/192.0.2.0/24'), plain('Entry not found in cache.'))
  for (const key of ['', '-x', '%00', '%0A'])
    t.same(await ask(`/delete/${key}`), plain('Entry not found in cache.'))
  await ask('/192.0.2.0/24')
  t.equal(runs().length, 2)
})

void t.test('only GET asks, and no browser by itself', async t => {
  const { ask, runs } = await open(t)
  await ask('/a.com')
  for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
    t.equal((await ask('/b.com', {}, method)).status, 405, method)
    t.equal((await ask('/delete/a.com', {}, method)).status, 405, method)
  }
  for (const path of ['/favicon.ico', '/robots.txt']) t.equal((await ask(path)).status, 404, path)
  t.same(runs(), ['<1><a.com>'])
  t.same(await ask('/delete/a.com'), plain('Deleted entry a.com'))
})

const foreign: readonly OutgoingHttpHeaders[] = [
  { origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site' },
  { referer: 'https://evil.example/page' },
  { host: 'rebound.evil.example' },
]

void t.test('a page of another site neither asks nor deletes', async t => {
  const counts = { requests: 0, refused: new Map<string, number>() }
  const { ask, runs } = await open(t, {}, undefined, { counts })
  await ask('/a.com')
  for (const headers of foreign)
    for (const path of ['/b.com', '/delete/a.com', '/cache', '/stats', '/save', '/'])
      t.match(await ask(path, headers), { status: 403, type: 'application/json' }, path)
  // An image over plain HTTP, from a page that sends no referrer.
  const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' }
  for (const path of ['/b.com', '//b.com', '/%62.com', '/stats.', '/delete/a.com', '/%64elete/a.com'])
    t.match(await ask(path, browser), { status: 403, type: 'application/json' }, path)
  for (const path of ['/', '/stats', '/cache', '/save'])
    t.match(await ask(path, browser), { status: 200 }, `${path} only reads`)
  t.match(await ask('/delete/b.com', { ...browser, 'sec-fetch-site': 'same-origin' }), plain(/not found/))
  t.same(runs(), ['<1><a.com>'])
  t.same(await ask('/delete/a.com', { host: 'sensor1.corp.example:8000' }), plain('Deleted entry a.com'))
  t.same(counts, {
    requests: 37,
    refused: new Map([
      ['cross-site', 18],
      ['foreign-host', 6],
      ['silent-browser', 6],
    ]),
  })
})

void t.test('with a token each path needs it', async t => {
  const { ask, runs } = await open(t, {}, undefined, { token: 'secret-token' })
  for (const path of ['/a.com', '/healthz', '/stats', '/cache', '/save', '/delete/a.com', '/'])
    t.equal((await ask(path)).status, 401, path)
  t.equal((await ask('/a.com', { authorization: 'Bearer wrong-token' })).status, 401)
  t.same(runs(), [])
  const basic = `Basic ${Buffer.from('apiify:secret-token').toString('base64')}`
  t.same(await ask('/a.com', { authorization: basic }), plain('about a.com\n'))
  t.same(await ask('/a.com', { authorization: 'Bearer secret-token' }), plain('about a.com\n'))
})

void t.test('who is not allowed is refused by address, and an open port says so', async t => {
  const { reports, ask } = await open(t, {}, undefined, { host: '0.0.0.0' })
  t.match(reports, [{ kind: 'apiify-opened' }, { kind: 'http-unguarded' }])
  t.equal((await ask('/a.com')).status, 200)
})

void t.test('when the server stops, who waits for a program is told', async t => {
  const { ask, commands } = await open(t, {}, ['sleep 60'])
  const asked = ask('/a.com')
  await systemClock.sleep(300, new AbortController().signal)
  await commands.close()
  t.equal((await asked).status, 500)
})

void t.test('a command that is not there is named', async t => {
  await t.rejects(open(t, {}, undefined, { command: 'other' }), {
    message: 'apiify.command: other is none of the commands',
  })
})
