/** What is done to each text of a record: placeholders, mail addresses, hosts, statuses. */
import t from 'tap'
import { whoisTextCharsMax } from '../limits.js'
import { cpuMsOf } from '../testing/cpu-time.js'
import { hostOf, isPlaceholder, mailboxesIn, statusOf, valueOf, webAddressOf } from './whois-record.js'

void t.test('words in place of a value are known', t => {
  for (const words of [
    ...['REDACTED FOR PRIVACY', 'Redacted | EU Registrar', '[REDACTED]', 'Data Redacted', 'GDPR Redacted'],
    ...[
      'Not Disclosed',
      'Not disclosed! Visit www.registry.example',
      'Data Protected',
      'DATA PRIVATE',
      'Non-Public Data',
    ],
    ...[
      'Personal data, can not be publicly disclosed according to applicable laws.',
      'Hidden upon user request',
    ],
    ...[
      'Please query the RDDS service of the Registrar of Record identified in this output',
      'Private Person',
    ],
    ...[
      'Select Contact Domain Holder link at https://www.names.example/',
      'Statutory Masking Enabled',
      'Ano Nymous',
    ],
    ...[
      'n/a',
      'N/A',
      'None',
      '-',
      '--',
      '***',
      'not applicable',
      'Information not available for this registrant',
    ],
  ])
    t.ok(isPlaceholder(words), words)
  for (const value of [
    ...[
      'Privacy service provided by Withheld for Privacy ehf',
      'Domains By Proxy, LLC',
      'Protected Harbours Ltd',
    ],
    ...[
      'Private Pilots Club',
      'Data Systems GmbH',
      'Nonesuch',
      'Contact Lens Shop',
      'Hidden Valley',
      'Use Ltd',
    ],
  ])
    t.notOk(isPlaceholder(value), value)
  t.end()
})

void t.test('a value', t => {
  const table: [value: unknown, expected: string | null][] = [
    [' a \n\t b ', 'a b'],
    ['', null],
    ['   ', null],
    [undefined, null],
    [7, null],
    [['a'], null],
    ['x'.repeat(1_000), 'x'.repeat(whoisTextCharsMax)],
  ]
  for (const [value, expected] of table) t.equal(valueOf(value), expected, String(value).slice(0, 40))
  t.end()
})

void t.test('mail addresses in a text', t => {
  const table: [text: string, found: string[]][] = [
    ['Ana@Mar.example', ['ana@mar.example']],
    ['mailto:a.b+c@x-y.co.uk, <d@e.org>;', ['a.b+c@x-y.co.uk', 'd@e.org']],
    ['a@b', []],
    ['a@.example @b.example a b.example', []],
    ['a@b.example.', ['a@b.example']],
    [`${'a'.repeat(65)}@b.example`, []],
    ['a@192.0.2.1', []],
  ]
  for (const [text, found] of table) t.strictSame(mailboxesIn(text), found, text)
  for (const piece of ['a', 'a@', 'a.', 'a@b.', '@', 'a@b.c'])
    t.ok(cpuMsOf(() => mailboxesIn(piece.repeat(100_000))) < 2_000, piece)
  t.end()
})

void t.test('hosts, addresses of pages, and statuses', t => {
  t.strictSame(
    ['NS1.A.Example.', 'a', '192.0.2.1', 'a_b.example', '-', 'a..b', 7, `${'a.'.repeat(200)}b`].map(hostOf),
    ['ns1.a.example', null, null, null, null, null, null, null],
  )
  t.strictSame(
    ['https://a.example/x', 'HTTP://a.example', 'javascript:x', 'https://a b', 'http://"', '//a', 7].map(
      webAddressOf,
    ),
    ['https://a.example/x', 'HTTP://a.example', null, null, null, null, null],
  )
  t.strictSame(
    [
      ...['client transfer prohibited', 'Active', 'pending delete', 'redemption period', 'add period'],
      ...[
        'clientHold https://icann.org/epp#clientHold',
        'ok (https://icann.org/epp#ok)',
        'Connected',
        'REDACTED',
        7,
      ],
    ].map(statusOf),
    [
      ...['clientTransferProhibited', 'ok', 'pendingDelete', 'redemptionPeriod', 'addPeriod'],
      ...['clientHold', 'ok', 'Connected', null, null],
    ],
  )
  t.end()
})
