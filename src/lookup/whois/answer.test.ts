import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { whoisBytesMax } from '../../limits.js'
import type { FailedReason, Registration } from '../../registration.js'
import { readWhois } from './answer.js'

const now = Date.parse('2026-11-21T12:00:00Z')
const iso = (text: string): number => Date.parse(text)
const registered = (from: string, to?: string): Registration => ({
  kind: 'registered',
  registered: iso(from),
  expires: to === undefined ? undefined : iso(to),
})
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })
const absent: Registration = { kind: 'absent' }
const dateless: Registration = { kind: 'unsupported', reason: 'no-registration-date' }
const malformed = failed('malformed-answer')

void t.test('the layouts of registries', t => {
  const table: [file: string, asked: string, expected: Registration][] = [
    ['at', 'almhuette-sonnblick.at', dateless],
    ['be', 'zilte-wind.be', registered('1997-09-15')],
    ['br', 'padaria-do-farol.com.br', registered('1997-09-15', '2027-09-15')],
    ['br-absent', 'never-brewed-here.com.br', absent],
    ['cn', 'songfeng-chaguan.cn', registered('2003-03-17T12:20:05Z', '2027-03-17T12:48:36Z')],
    ['cz', 'kavarna-u-mlyna.cz', registered('2003-09-15T10:00:00Z', '2027-09-15')],
    ['de', 'kleine-sternwarte.de', dateless],
    ['eu', 'harbour-of-owls.eu', dateless],
    ['fr', 'atelier-des-brumes.fr', registered('2009-05-14T08:21:07Z', '2027-05-14T08:21:07Z')],
    ['fr-absent', 'never-brewed-here.fr', absent],
    ['hk', 'harbour-lantern.hk', registered('1997-09-15', '2027-02-20')],
    ['il', 'shkedia-books.co.il', registered('1997-09-15', '2027-09-15')],
    ['io', 'tidal-notebook.io', registered('2016-05-14T08:21:07Z', '2027-05-14T08:21:07Z')],
    ['io-absent', 'never-brewed-here.io', absent],
    ['it', 'bottega-del-sale.it', registered('2011-12-10', '2027-10-31')],
    ['jp', 'momiji-chaya.jp', registered('2001-03-26', '2027-03-31')],
    ['jp-co', 'aoi-seisaku.co.jp', registered('1997-09-15')],
    ['kr', 'dalbit-seojeom.kr', registered('2000-11-29', '2027-11-29')],
    ['nz', 'kereru-press.co.nz', registered('1997-09-15', '2027-09-15')],
    ['pl', 'zielona-kamienica.pl', registered('1999-09-15T13:00:00Z', '2027-09-14T14:00:00Z')],
    ['ru', 'chayka-nad-volgoy.ru', registered('1999-09-23T09:45:07Z', '2027-09-30T21:00:00Z')],
    ['tr', 'mavi-fener.com.tr', registered('1997-09-15', '2027-09-14')],
    ['ua', 'vyshnevyi-sad.com.ua', registered('2005-01-03T23:30:13Z', '2027-01-03T23:30:13Z')],
    ['uk', 'bramble-lane-pottery.co.uk', registered('1997-09-15', '2027-09-15')],
    ['uk-absent', 'never-brewed-here.co.uk', absent],
  ]
  for (const [file, asked, expected] of table) {
    const text = readFileSync(`samples/whois/${file}.txt`, 'utf8')
    t.strictSame(readWhois(text, asked, now), expected, file)
    t.strictSame(readWhois(text.replaceAll('\n', '\r\n'), asked, now), expected, `${file} with CRLF`)
    if (expected.kind !== 'absent')
      t.strictSame(readWhois(text, 'other.example', now), malformed, `${file}: other name`)
  }
  t.strictSame(
    readdirSync('samples/whois').sort(),
    table.map(([file]) => `${file}.txt`).sort(),
    'each sample is read',
  )
  t.end()
})

void t.test('dates', t => {
  const head = 'Domain: a.example\n'
  const date2020 = registered('2020-01-01')
  const table: [title: string, text: string, expected: Registration][] = [
    ['the earliest of several', `${head}Registered: 2021-01-01\nCreated: 2020-01-01`, date2020],
    ['a date that is none', `${head}Created: yes`, dateless],
    ['a date beside one that is none', `${head}Created: N/A\nRegistered on: 2020-01-01`, date2020],
    ['a registration within a day ahead', `${head}Created: 2026-11-22`, registered('2026-11-22')],
    ['a registration further ahead', `${head}Created: 2026-11-23`, dateless],
    [
      'the latest expiry',
      `${head}Created: 2020-01-01\nExpires: 2027-01-01\nExpiry: 2028-01-01`,
      registered('2020-01-01', '2028-01-01'),
    ],
    ['an expiry in more than 100 years', `${head}Created: 2020-01-01\nExpiry date: 9999-12-31`, date2020],
    ['free-date is no expiry', `${head}Created: 2020-01-01\nfree-date: 2028-01-01`, date2020],
    ['changes are none', `${head}Changed: 2020-01-01\nLast Update: 2020-01-01`, dateless],
    ['tabs and leaders', `${head}Created........:\t2020-01-01`, date2020],
    ['on the next line', `${head}Registered on:\n    2020-01-01\n`, date2020],
    ['on the next line, but not deeper', `${head}Registered on:\n2020-01-01\n`, dateless],
    ['in Japanese', '[ドメイン名] A.EXAMPLE\n\n[登録年月日] 2020/01/01\n', date2020],
    ['in brackets', '[Domain Name] A.EXAMPLE\n[Registered Date]   2020/01/01\n', date2020],
    ['in a comment', `${head}% Created: 2020-01-01`, dateless],
    ['of a person', `${head}\nperson: X\ncreated: 2020-01-01`, dateless],
    ['of a contact after a line about a person', `${head}person: X\ncreated: 2020-01-01`, date2020],
    ['below a headline that stands alone', `${head}\nHolder\n\nname: X\ncreated: 2020-01-01`, dateless],
    ['after a registrar in one line', `${head}\nRegistrar: X\n\nCreated: 2020-01-01`, date2020],
    ['the domain after its holder', `Registrant: X\nDomain: a.example\nCreated: 2020-01-01`, date2020],
    ['no label names the domain, but it is there', 'a.example (active)\n\ncreated: 2020-01-01', date2020],
    ['the domain is nowhere', 'created: 2020-01-01', malformed],
    [
      'older than anybody remembers',
      `Domain name:\n    a.example\n\nRegistered on:\n    before Aug-1996\n`,
      registered('1996-08-01'),
    ],
  ]
  for (const [title, text, expected] of table)
    t.strictSame(readWhois(text, 'a.example', now), expected, title)
  t.end()
})

void t.test('names', t => {
  const table: [asked: string, written: string, accepted: boolean][] = [
    ['a.example', 'A.EXAMPLE.', true],
    ['a.example', 'b.example', false],
    ['a.example', 'www.a.example', false],
    ['xn--bcher-kva.example', 'bücher.example', true],
    ['xn--bcher-kva.example', 'XN--BCHER-KVA.EXAMPLE', true],
    ['xn--bcher-kva.example', 'bücher.example (xn--bcher-kva.example)', true],
    ['xn--bcher-kva.example', 'bucher.example', false],
  ]
  for (const [asked, written, accepted] of table)
    t.strictSame(
      readWhois(`domain: ${written}\ncreated: 2020-01-01`, asked, now),
      accepted ? registered('2020-01-01') : malformed,
      `${asked} ${written}`,
    )
  t.end()
})

void t.test('not registered, in the words of registries', t => {
  const sentences = [
    'No match',
    'No match!!',
    'No match for a.example',
    'No match for domain "A.EXAMPLE".',
    'No match found',
    'No match found for a.example',
    'NOT FOUND',
    'Not found: a.example',
    'a.example: no entries found.',
    'No entries found',
    'No entries found for the selected source(s).',
    'No Data Found',
    'No data was found',
    'Nothing found for this query.',
    '*** Nothing found for this query.',
    'No such domain a.example',
    'No Object Found',
    'No information available about domain name a.example in the Registry NASK database.',
    'a.example is free',
    'a.example is available for registration',
    'This domain is available for registration.',
    'Data not found. This domain is available for registration.',
    'Object_Not_Found',
    'No_Se_Encontro_El_Objeto/Object_Not_Found',
    'This query returned 0 objects',
    'The queried object does not exist',
    'The queried object does not exist: no matching objects found',
    'Object does not exist',
    'Domain not registered',
    'Domain is not registered',
    'Domain not found.',
    'domain "a.example" not found.',
    'Domain name a.example does not exist in database!',
    'The requested domain was not found in the Registry or Registrar’s WHOIS Server.',
    'The domain has not been registered.',
    'This domain name has not been registered.',
    'not registered',
    '%ERROR:101: no entries found',
    '%ERROR:103: Domain is not registered',
    '% No match for a.example',
    '%% No entries found',
    '% nothing found',
  ]
  for (const sentence of sentences)
    for (const text of [sentence, `\r\n${sentence}\r\n`, `% Terms\n% of use\n\n${sentence}\n`])
      t.strictSame(readWhois(text, 'a.example', now), absent, sentence)
  for (const status of [
    'Status: free',
    'Status:\tAVAILABLE',
    'query_status: 220 Available',
    'Domain Status: No Object Found',
  ])
    t.strictSame(readWhois(`% Terms\n\nDomain: a.example\n${status}\n`, 'a.example', now), absent, status)
  t.end()
})

void t.test('the words of a legal notice say nothing of the name', t => {
  const table: [title: string, text: string, expected: Registration][] = [
    [
      'a sentence in a notice',
      'If a domain name is not registered, it is available for registration.',
      malformed,
    ],
    [
      'a line in the middle of a notice',
      'You may not use it where a domain is\nnot found\nor so.',
      malformed,
    ],
    ['a comment beside data', '% not found\n\nDomain: a.example\nStatus: connect', dateless],
    ['a comment beside other words', '% No match\n\nThe service moved to another place.', malformed],
    ['a status that is taken', 'Domain: a.example\nStatus: NOT AVAILABLE', dateless],
    ['a holder by that name', 'Domain: a.example\n\nRegistrant:\n  Status: free\n\nNo match\n', dateless],
    [
      'quota in a notice beside data',
      '% The query limit is exceeded by some.\n\nDomain: a.example\n',
      dateless,
    ],
    ['quota in a long notice', 'Do not exceed the limit of queries. '.repeat(100), malformed],
  ]
  for (const [title, text, expected] of table)
    t.strictSame(readWhois(text, 'a.example', now), expected, title)
  t.end()
})

void t.test('asked too often', t => {
  const table = [
    '% Error: 55000000002 Connection refused; access control limit exceeded.',
    'Quota exceeded',
    'Your connection limit exceeded. Please slow down and try again later.',
    'Too many requests',
    '%% Too many queries from your address',
    'You have exceeded the maximum allowable number of whois lookups.',
    'Server is busy, try again later',
    'Your IP address is blacklisted',
    'Error for "a.example".\n\nthe WHOIS query quota for 192.0.2.7 has been exceeded\nand will be replenished in 34 seconds\n',
    '% Query rate limit exceeded. Reduced information.\n\ndomain: a.example\nowner: X\n',
  ]
  for (const text of table) t.strictSame(readWhois(text, 'a.example', now), failed('rate-limited'), text)
  t.end()
})

void t.test('what is no answer', t => {
  for (const text of [
    '',
    '\r\n',
    '% Terms of use',
    'Hello.',
    '<html><body>x</body></html>',
    '\0\x1b[2J',
    'SSH-2.0-x',
  ])
    t.strictSame(readWhois(text, 'a.example', now), malformed, JSON.stringify(text))
  t.end()
})

void t.test('no text makes it throw', t => {
  const piece = fc.constantFrom(
    'a.example',
    'Domain:',
    'created',
    ':',
    ' ',
    '\n',
    '\t',
    '%',
    '[',
    ']',
    '2020-01-01',
    '.',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map(pieces => pieces.join('')),
      ),
      text => {
        readWhois(text, 'a.example', now)
      },
    ),
  )
  t.end()
})

/** So long takes a text that costs its length; the square of it takes minutes. */
const slowMs = 2_000

void t.test('no text makes it slow', t => {
  const pieces = [
    ' ',
    ':',
    '.',
    '[',
    '*',
    '%',
    '\n',
    '\n\n',
    'no ',
    'a: ',
    'a.example ',
    '. ',
    '-',
    '_ ',
    'x\n\n',
    'error: ',
    'not found ',
    'domain: xn--',
    'ü',
    'limit ',
    'created: 1997-09-15\n',
    'domain: a.example\n',
    'exceeded ',
    ' x\t',
  ]
  for (const piece of pieces)
    for (const start of ['', 'domain: ', 'created:', '[', 'no match for ']) {
      const text = start + piece.repeat(Math.floor(whoisBytesMax / piece.length))
      const begun = performance.now()
      readWhois(text, 'a.example', now)
      t.ok(performance.now() - begun < slowMs, JSON.stringify(start + piece))
    }
  t.end()
})
