/** The answers of domain_stats 1.x, to the byte. */
import t from 'tap'
import type { NameAnswer } from '../model/record.js'
import { answer, idle, openPort, request, row, sans, undated } from './testing/port.js'

const dates =
  '"seen_by_isc":"RDAP","seen_by_web":"Fri, 04 Aug 1995 04:00:00 GMT","seen_by_you":"Sat, 07 Nov 2020 17:19:49 GMT"}'
const score = '"freq_score":[6.2885,7.9696]'
const you = '"seen_by_you":"Sat, 07 Nov 2020 17:19:49 GMT"}'
const without = (word: string) => `${score},"seen_by_isc":"${word}","seen_by_web":"${word}",${you}`

const first = answer({ alerts: ['YOUR-FIRST-CONTACT'] }, { firstContact: true })
const failed = (verdict: object, firstContact = false): NameAnswer =>
  answer({ ...undated, category: 'ERROR', reason: 'timeout', ...verdict }, { firstContact })

const cases: Readonly<Record<string, readonly [answer: NameAnswer, text: string]>> = {
  'the README of the original': [
    first,
    `{"alerts":["YOUR-FIRST-CONTACT"],"category":"ESTABLISHED",${score},${dates}`,
  ],
  'a domain that is known': [sans, `{"alerts":[],"category":"ESTABLISHED",${score},${dates}`],
  'scores that are whole numbers': [
    answer({}, { scores: { freq_avg_prob: 14, freq_word_prob: 0 } }),
    `{"alerts":[],"category":"ESTABLISHED","freq_score":[14.0,0.0],${dates}`,
  ],
  'no scores': [
    answer({}, { scores: {} }),
    `{"alerts":[],"category":"ESTABLISHED","freq_score":"disabled",${dates}`,
  ],
  'a tag that is not ASCII': [
    answer({}, { registeredBy: 'töp"1m,x' }),
    `{"alerts":[],"category":"ESTABLISHED",${score},${dates.replace('RDAP', 't\\u00f6p 1m x')}`,
  ],
  'the date of the ISC': [
    answer({ seenByIsc: Date.UTC(2019, 5, 8, 10, 3, 17) }, { registeredBy: 'ISC' }),
    `{"alerts":[],"category":"ESTABLISHED",${score},${dates.replace('RDAP', 'Sat, 08 Jun 2019 10:03:17 GMT')}`,
  ],
  'an answer without a date': [
    answer({ ...undated, category: 'UNKNOWN', reason: 'no-rdap-service', alerts: ['LOW-FREQ-SCORES'] }),
    `{"alerts":["LOW-FREQ-SCORES"],"category":"UNKNOWN",${without('UNKNOWN')}`,
  ],
  'a look-up that failed': [
    failed({ alerts: ['SUSPECT-FREQ-SCORE'] }),
    `{"alerts":["SUSPECT-FREQ-SCORE","timeout"],"category":"ERROR",${without('ERROR')}`,
  ],
  'a first contact whose look-up failed': [
    failed({ alerts: ['YOUR-FIRST-CONTACT'] }, true),
    `{"alerts":["YOUR-FIRST-CONTACT"],"category":"UNKNOWN",${without('UNKNOWN')}`,
  ],
  'nobody answered in time': [
    failed({ category: 'PENDING', reason: undefined }),
    `{"alerts":["pending"],"category":"ERROR",${without('ERROR')}`,
  ],
  'nobody answered a first contact in time': [
    failed({ category: 'PENDING', reason: undefined, alerts: ['YOUR-FIRST-CONTACT'] }, true),
    `{"alerts":["YOUR-FIRST-CONTACT"],"category":"UNKNOWN",${without('UNKNOWN')}`,
  ],
  'an alert with what a client cuts at': [
    answer({ alerts: ['bad","category":"NEW', 'ünsafe'] }),
    `{"alerts":["bad   category : NEW","\\u00fcnsafe"],"category":"ESTABLISHED",${score},${dates}`,
  ],
  'a name that was only peeked at': [
    answer({ ...undated, category: 'PENDING' }, { seenByYou: undefined }),
    `{"alerts":["pending"],"category":"ERROR",${score},"seen_by_isc":"ERROR","seen_by_web":"ERROR","seen_by_you":"UNKNOWN"}`,
  ],
  'no registered domain': [
    { kind: 'none', reason: 'ignored' },
    '{"alerts":["No valid eTLD exists for this domain."],"category":"ERROR","freq_score":"ERROR","seen_by_isc":"ERROR","seen_by_web":"ERROR","seen_by_you":"ERROR"}',
  ],
}

void t.test('a name is answered as by domain_stats', async t => {
  const answers = Object.fromEntries(Object.values(cases).map(([answer], i) => [`n${i}.org`, answer]))
  const { get } = await openPort(t, answers)
  for (const [i, [title, [, text]]] of Object.entries(cases).entries()) {
    const { status, body, headers } = await get(`/n${i}.org`)
    t.equal(body, `${text}\n`, title)
    t.equal(status, 200, title)
    t.equal(headers.get('content-type'), 'application/json')
  }
})

void t.test('the offset of the time zone moves seen_by_you, and nothing else', async t => {
  const { get } = await openPort(t, { 'sans.org': sans }, { timezoneOffsetHours: -5.5 })
  const moved = dates.replace('17:19:49', '11:49:49')
  t.equal((await get('/sans.org')).body, `{"alerts":[],"category":"ESTABLISHED",${score},${moved}\n`)
})

void t.test('with scores off, an error has none, too', async t => {
  const { get } = await openPort(t, {}, { freqEnabled: false })
  t.match((await get('/nothing')).body, '"category":"ERROR","freq_score":"disabled","seen_by_isc":"ERROR"')
})

void t.test('a peek counts no contact', async t => {
  const { get, asked } = await openPort(t)
  for (const query of ['', '?peek', '?peek=1', '?other']) await get(`/sans.org${query}`)
  t.same(
    asked.map(({ asking }) => asking.peek),
    [false, true, true, false],
  )
  t.match(asked[0], { asking: { waitMs: 5000, client: { host: '127.0.0.1', port: Number } } })
})

void t.test('/stats has the sums, and /stats-reset resets them', async t => {
  let status = idle
  const { get } = await openPort(t, {}, { status: () => status })
  t.equal(
    (await get('/stats')).body,
    '{"hit":0,"miss":0,"rdap_fail":0,"rdap_good":0,"size":0,"warnings":[]}\n',
  )
  const lookups = { 'rdap.test registered': 7, 'rdap.test timeout': 2, 'whois.test absent': 1 }
  const efficiency = { silent: 5, known: 4, expired: 3, unknown: 2 }
  status = { ...idle, lookups, efficiency, domains: 42, problems: ['the disk is full: ü'] }
  t.equal(
    (await get('/stats')).body,
    '{"hit":9,"miss":5,"rdap_fail":3,"rdap_good":7,"size":42,"warnings":["the disk is full: \\u00fc"]}\n',
  )
  t.equal((await get('/stats-reset')).body, '{"text":"Success"}\n')
  status = { ...status, efficiency: { ...efficiency, known: 10 }, problems: [] }
  t.equal(
    (await get('/stats')).body,
    '{"hit":6,"miss":0,"rdap_fail":0,"rdap_good":0,"size":42,"warnings":[]}\n',
  )
})

const rows = Array.from({ length: 5 }, (_, i) => row(`${i}.org`))
const browse = (offset: number, limit: number) => {
  const found = rows.slice(offset, offset + limit)
  return { rows: found, more: found.length === limit }
}
const rowText = (domain: string) =>
  `{"cache_expires":"Tue, 03 Aug 2027 04:00:00 GMT","cache_value":{"alerts":[],"category":"ESTABLISHED",${score},${dates},"domain":"${domain}"}`

void t.test('/cache_browse gives the rows page by page', async t => {
  const { get, number } = await openPort(t, {}, { browse, browseLimit: 2 })
  const next = (offset: number, limit: number) =>
    `{"next":"http://127.0.0.1:${number}/cache_browse?offset=${offset}&limit=${limit}"}`
  const pages: readonly (readonly [path: string, ...parts: string[]])[] = [
    ['/cache_browse', next(2, 2), rowText('0.org'), rowText('1.org')],
    ['/cache_browse?offset=2&limit=1', next(3, 1), rowText('2.org')],
    ['/cache_browse?offset=4&limit=2', rowText('4.org')],
    // More than there may be on a page: the original lost its link there.
    ['/cache_browse?offset=0&limit=1000', next(2, 2), rowText('0.org'), rowText('1.org')],
    ['/cache_browse?offset=x&limit=', next(2, 2), rowText('0.org'), rowText('1.org')],
    // Numbers as Python reads them; a plus in a query is a blank.
    ['/cache_browse?offset=+1&limit=%2B1', next(2, 1), rowText('1.org')],
    ['/cache_browse?offset=%201%20&limit=%0a1', next(2, 1), rowText('1.org')],
    ['/cache_browse?offset=0_3&limit=%D9%A1', next(4, 1), rowText('3.org')],
    ['/cache_browse?offset=1.0&limit=1e0', next(2, 2), rowText('0.org'), rowText('1.org')],
    ['/cache_browse?offset=0x1&limit=+-+1', next(2, 2), rowText('0.org'), rowText('1.org')],
    ['/cache_browse?offset=-1'],
    ['/cache_browse?offset=-0&limit=-7', next(2, 2), rowText('0.org'), rowText('1.org')],
    ['/cache_browse?offset=5'],
    ['/cache_browse?offset=10000000000'],
    [`/cache_browse?offset=${'9'.repeat(400)}&limit=${'9'.repeat(400)}`],
    ['/cache_browse?limit=1&limit=2', next(1, 1), rowText('0.org')],
    ['/cache_browse?limit=0'],
    ['/cache_browse?offset=999999999'],
  ]
  for (const [path, ...parts] of pages) t.equal((await get(path)).body, `[${parts.join(',')}]\n`, path)
})

void t.test('the link to the next page leads back to this port, also without a Host header', async t => {
  const { raw, number } = await openPort(t, {}, { browse, browseLimit: 2 })
  const link = async (text: string) => /"next":"([^"]*)"/.exec(await raw(text))?.[1]
  const path = '/cache_browse?offset=2&limit=2'
  t.equal(await link('GET /cache_browse HTTP/1.0\r\n\r\n'), `http://127.0.0.1:${number}${path}`)
  t.equal(await link('GET /cache_browse HTTP/1.0\r\nHost: localhost\r\n\r\n'), `http://localhost${path}`)
  const both = await openPort(t, {}, { browse, browseLimit: 2, host: '::' }).catch(() => undefined)
  if (both === undefined) {
    t.comment('skipped: no IPv6 here')
    return
  }
  const heard = await both.raw('GET /cache_browse HTTP/1.0\r\n\r\n')
  t.match(heard, `http://127.0.0.1:${both.number}${path}`)
})

void t.test('double slashes at the start of a path count as one', async t => {
  const { get, raw, asked } = await openPort(t, { 'sans.org': sans }, { browse, browseLimit: 2 })
  const { body } = await get('/sans.org')
  for (const path of ['//sans.org', '///sans.org', '//sans.org?peek'])
    t.equal((await get(path)).body, body, path)
  t.match(await raw(request('GET http://localhost//sans.org HTTP/1.1')), body)
  t.same(
    asked.map(({ name, asking }) => [name, asking.peek]),
    [false, false, false, true, false].map(peek => ['sans.org', peek]),
  )
  t.match((await get('//stats')).body, '{"hit":0')
  t.match((await get('//cache_browse?limit=1')).body, rowText('0.org'))
  t.match(await get('//'), { status: 404 })
})

void t.test('paths that browsers and crawlers request by themselves are no names', async t => {
  const { get, asked } = await openPort(t)
  for (const path of ['/favicon.ico', '/robots.txt', '/favicon.ico?v=2', '//robots.txt'])
    for (const method of ['GET', 'HEAD']) t.match(await get(path, { method }), { status: 404 }, path)
  t.equal(asked.length, 0)
  await get('/robots.txt.com')
  t.equal(asked.length, 1)
})

void t.test('/cache_get gives one domain', async t => {
  const forever = row('xn--bcher-kva.de', { expires: undefined })
  const { get } = await openPort(t, {}, { get: domain => (domain === forever.domain ? forever : undefined) })
  const text = rowText(forever.domain).replace('"Tue, 03 Aug 2027 04:00:00 GMT"', 'null')
  for (const domain of ['xn--bcher-kva.de', 'XN--BCHER-KVA.DE.', 'b%C3%BCcher.de'])
    t.equal((await get(`/cache_get?domain=${domain}`)).body, `${text}\n`, domain)
  const missing = '{"text":"That domain is not in the database."}\n'
  t.equal((await get('/cache_get?domain=other.de')).body, missing)
  t.equal((await get('/cache_get?domain=%ff')).body, missing)
  t.equal((await get('/cache_get')).body, '{"text":"Try /cache_get?domain=markbaggett.com"}\n')
})

void t.test('/depuny decodes punycode', async t => {
  const { get } = await openPort(t)
  const decoded = [
    ['xn--bcher-kva.de', '"b\\u00fccher.de"'],
    ['XN--BCHER-KVA.de', '"b\\u00fccher.de"'],
    ['sans.org', '"sans.org"'],
    ['xn--a', '"xn--a"'],
    ['%F0%9F%92%A9.la', '"\\ud83d\\udca9.la"'],
    ['a%22b', '"a\\"b"'],
  ] as const
  for (const [domain, text] of decoded) t.equal((await get(`/depuny?domain=${domain}`)).body, `${text}\n`)
  t.equal((await get('/depuny')).body, '{"text":"Try /depuny?domain=xn--bcher-kva.de"}\n')
})

void t.test('/showcache gives the report', async t => {
  const { get } = await openPort(
    t,
    {},
    { browse: () => ({ rows: [row('sans.org'), row('x.de', { expires: undefined })], more: false }) },
  )
  const { body, headers } = await get('/showcache')
  const record = `{"alerts":[],"category":"ESTABLISHED",${score},${dates}`
  t.equal(headers.get('content-type'), 'text/plain; charset=utf-8')
  t.same(body.split('\n'), [
    'Cache Report',
    `${'-'.repeat(38)}KEY${'-'.repeat(39)}  --COUNT--  ${'-'.repeat(9)}EXPIRES${'-'.repeat(10)}  RECORD---->`,
    `${' '.repeat(36)}sans.org${' '.repeat(36)}  000000012  2027-08-03 04:00:00   ${record}`,
    `${' '.repeat(38)}x.de${' '.repeat(38)}  000000012  ${' '.repeat(9)}-1${' '.repeat(9)}  ${record}`,
    '',
  ])
})

void t.test('paths of freq_server are answered if freq is served', async t => {
  const freqAnswer = (url: string) =>
    url.startsWith('/measure/') || url.startsWith('/?cmd=')
      ? { status: 200, text: '(6.2885, 7.9696)' }
      : undefined
  const freq = await openPort(t, {}, { freqAnswer })
  for (const path of ['/measure/sans.org', '/?cmd=measure&tgt=sans.org'])
    t.match(await freq.get(path), { status: 200, body: '(6.2885, 7.9696)' })
  t.equal((await freq.get('/elsewhere/sans.org')).status, 404)
  const without = await openPort(t)
  for (const path of ['/measure/sans.org', '/?cmd=measure&tgt=sans.org', '/'])
    t.match(await without.get(path), { status: 404, body: '{"error":"there is nothing at this path"}\n' })
})
