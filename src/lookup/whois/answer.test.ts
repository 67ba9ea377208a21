import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { whoisBytesMax } from '../../limits.js'
import type { FailedReason, Registration } from '../../model/domain.js'
import { cpuMsOf } from '../../testing/cpu-time.js'
import { readWhois } from './response.js'

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
const refused: Registration = { kind: 'unsupported', reason: 'refused' }
const malformed = failed('malformed-answer')

void t.test('answers in the layouts of registries are read', t => {
  const table: [file: string, asked: string, expected: Registration][] = [
    ['at', 'almhuette-sonnblick.at', dateless],
    ['be', 'zilte-wind.be', registered('1997-09-15')],
    ['bo', 'salar-azul.bo', registered('2006-08-22', '2027-08-22')],
    ['bo-absent', 'never-brewed-here.bo', absent],
    ['br', 'padaria-do-farol.com.br', registered('1997-09-15', '2027-09-15')],
    ['br-absent', 'never-brewed-here.com.br', absent],
    ['ch', 'gletscher-uhren.ch', registered('2025-10-12')],
    ['ch-refused', 'gletscher-uhren.ch', refused],
    ['cn', 'songfeng-chaguan.cn', registered('2003-03-17T12:20:05Z', '2027-03-17T12:48:36Z')],
    ['cz', 'kavarna-u-mlyna.cz', registered('2003-09-15T10:00:00Z', '2027-09-15')],
    ['de', 'kleine-sternwarte.de', dateless],
    ['dz', 'casbah-tapis.dz', registered('2007-01-10')],
    ['es-refused', 'olivar-viejo.es', refused],
    ['eu', 'harbour-of-owls.eu', dateless],
    ['fr', 'atelier-des-brumes.fr', registered('2009-05-14T08:21:07Z', '2027-05-14T08:21:07Z')],
    ['fr-absent', 'never-brewed-here.fr', absent],
    ['fr-limited', 'atelier-des-brumes.fr', failed('rate-limited')],
    ['gg', 'cobo-kites.gg', registered('2003-04-30')],
    ['hk', 'harbour-lantern.hk', registered('1997-09-15', '2027-02-20')],
    ['hu-absent', 'never-brewed-here.hu', absent],
    ['il', 'shkedia-books.co.il', registered('1997-09-15', '2027-09-15')],
    ['il-absent', 'never-brewed-here.co.il', absent],
    ['io', 'tidal-notebook.io', registered('2016-05-14T08:21:07Z', '2027-05-14T08:21:07Z')],
    ['io-absent', 'never-brewed-here.io', absent],
    ['it', 'bottega-del-sale.it', registered('2011-12-10', '2027-10-31')],
    ['jp', 'momiji-chaya.jp', registered('2001-03-26', '2027-03-31')],
    ['jp-co', 'aoi-seisaku.co.jp', registered('1997-09-15')],
    ['ke-absent', 'never-brewed-here.ke', absent],
    ['kr', 'dalbit-seojeom.kr', registered('2000-11-29', '2027-11-29')],
    ['li', 'alpenfarn.li', registered('1996-01-01')],
    ['lu-absent', 'never-brewed-here.lu', absent],
    ['nz', 'kereru-press.co.nz', registered('1997-09-15', '2027-09-15')],
    ['pl', 'zielona-kamienica.pl', registered('1999-09-15T13:00:00Z', '2027-09-14T14:00:00Z')],
    ['pt', 'cais-velho.pt', registered('2003-01-09', '2027-02-28')],
    ['ru', 'chayka-nad-volgoy.ru', registered('1999-09-23T09:45:07Z', '2027-09-30T21:00:00Z')],
    ['th-absent', 'never-brewed-here.co.th', absent],
    ['tr', 'mavi-fener.com.tr', registered('1997-09-15', '2027-09-14')],
    ['tw', 'wulai-cha.com.tw', registered('2000-08-29T02:22:50Z', '2027-11-08T16:00:00Z')],
    ['ua', 'vyshnevyi-sad.com.ua', registered('2005-01-03T23:30:13Z', '2027-01-03T23:30:13Z')],
    ['ua-handle', 'vyshyvanka.edu.ua', registered('2019-04-25T14:01:01Z')],
    ['uk', 'bramble-lane-pottery.co.uk', registered('1997-09-15', '2027-09-15')],
    ['uk-absent', 'never-brewed-here.co.uk', absent],
    ['ve', 'orinoco-libros.com.ve', registered('2003-03-06', '2027-03-06')],
  ]
  for (const [file, asked, expected] of table) {
    const text = readFileSync(`samples/whois/${file}.txt`, 'utf8')
    t.strictSame(readWhois(text, asked, now), expected, file)
    t.strictSame(readWhois(text.replaceAll('\n', '\r\n'), asked, now), expected, `${file} with CRLF`)
    // An answer without a name is about the asked one.
    if (expected.kind !== 'absent' && expected !== refused && file !== 'fr-limited')
      t.strictSame(readWhois(text, 'other.example', now), malformed, `${file}: other name`)
  }
  t.strictSame(
    readdirSync('samples/whois').sort(),
    table.map(([file]) => `${file}.txt`).sort(),
    'each sample is read',
  )
  t.end()
})

void t.test('dates are read only where they belong to the domain', t => {
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
    ['on the next line, but not deeper', `${head}Registered on:\n2020-01-01\n`, date2020],
    ['below it, with a time', `${head}Registered on:\n2020-01-01 00:00:00\n`, date2020],
    ['below it, with words before it', `${head}Registered on:\nbefore 2020-01-01\n`, date2020],
    ['below it, where another label stands', `${head}Created:\nUpdated: 2020-01-01`, dateless],
    ['below it, where another one stands without a colon', `${head}Created:\nUpdated 2020-01-01`, dateless],
    ['two lines below it', `${head}Created:\nby us\n2020-01-01`, dateless],
    ['less deep than its label', `${head}  Created:\n2020-01-01`, dateless],
    ['behind a tab', `Domain name\ta.example\n\nFirst registration date\t1 January 2020\n`, date2020],
    ['behind blanks', `Domain-name         a.example\nCreated             2020-01-01\n`, date2020],
    ['in a sentence', `${head}Record created on 2020-01-01 (YYYY-MM-DD)\n`, date2020],
    ['in a sentence about a change', `${head}Record changed on 2020-01-01\n`, dateless],
    [
      'by RWhois',
      'domain:Class-Name:domain\ndomain:Domain-Name:a.example\ndomain:Created:20200101\n',
      date2020,
    ],
    ['of a change, by RWhois', 'domain:Domain-Name:a.example\ndomain:Updated:20200101\n', dateless],
    ['behind a number', '1a. Domain Name : a.example\n7b. Created : 2020-01-01', date2020],
    ['behind who wrote it', `${head}created: 0-UANIC 20200101000000`, date2020],
    ['behind another date', `${head}created: changed 2020-01-01`, dateless],
    [
      'a creation date among the data of a person',
      'Registrant name: X\nCreation date: 2020-01-01\n\n% a.example',
      date2020,
    ],
    ['a label with an accent', `Dominio: a.example\nFecha de creaci\u00f3n: 2020-01-01`, date2020],
    ['in Portuguese', 'Domínio: a.example\nCriado em: 01/01/2020', date2020],
    ['in French', 'Nom de domaine: a.example\nEnregistré le: 01/01/2020\nModifié le: 02/01/2020', date2020],
    ['in German', 'Domain: a.example\nRegistriert am: 01.01.2020\nGeändert am: 02.01.2020', date2020],
    ['in Italian', 'Dominio: a.example\nData di registrazione: 01/01/2020', date2020],
    ['in Polish', 'Nazwa domeny: a.example\nData rejestracji: 2020.01.01', date2020],
    ['in Turkish', 'Alan adı: a.example\nKayıt tarihi: 01.01.2020', date2020],
    ['in Hungarian', 'domain: a.example\nregisztráció dátuma: 2020.01.01', date2020],
    ['in Czech', 'Doména: a.example\nDatum registrace: 1. 1. 2020', date2020],
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

void t.test('an answer about another name is malformed', t => {
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

void t.test('the month comes first for registries that write it so', t => {
  const text = 'Domain name:\n  a.tk\n\nDomain registered: 03/04/2020\nRecord will expire on: 12/18/2027\n'
  t.strictSame(readWhois(text, 'a.tk', now), registered('2020-03-04', '2027-12-18'))
  t.strictSame(readWhois(text.replace('a.tk', 'a.example'), 'a.example', now), registered('2020-04-03', '2027-12-18')) // prettier-ignore
  t.end()
})

void t.test('answers without data are failures', t => {
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

void t.test('no text makes the reader throw', t => {
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

void t.test('no text makes the reader slow', t => {
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
      t.ok(cpuMsOf(() => readWhois(text, 'a.example', now)) < slowMs, JSON.stringify(start + piece))
    }
  t.end()
})
