/** Answers without a date: the sentences that say why. */
import t from 'tap'
import type { FailedReason, Registration } from '../../model/domain.js'
import { readWhois } from './response.js'

const now = Date.parse('2026-11-21T12:00:00Z')
const registered = (from: string): Registration => ({
  kind: 'registered',
  registered: Date.parse(from),
  expires: undefined,
})
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })
const absent: Registration = { kind: 'absent' }
const dateless: Registration = { kind: 'unsupported', reason: 'no-registration-date' }
const refused: Registration = { kind: 'unsupported', reason: 'refused' }
const malformed = failed('malformed-answer')

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
    'No match for a',
    'Domain a.example not registred.',
    'a.example - No Match',
    'a.example: no existe',
    'Sorry, but domain: "a.example", not found in database',
    '% Unfortunately, No Results Were Found',
    'Above domain name is not registered to the registry.',
    'There is no information available on the domain consulted.',
    'We do not have an entry in our database matching your query.',
    '% No records found for object A.EXAMPLE',
    'No records matching a.example found.',
    'Invalid query or domain name not known in Dot X Domain Registry',
    'El dominio no se encuentra registrado en NIC X',
    'O domínio a.example não está registado',
    'Domínio não encontrado',
    'Domaine non trouv&eacute;',
    'Le domaine a.example n’existe pas',
    'Die Domain a.example ist nicht registriert',
    'Kein Eintrag gefunden',
    'Dominio non registrato',
    'Domena a.example nie jest zarejestrowana',
    'Doména a.example není registrována',
    'a.example bulunamadı',
  ]
  for (const sentence of sentences)
    for (const text of [sentence, `\r\n${sentence}\r\n`, `% Terms\n% of use\n\n${sentence}\n`])
      t.strictSame(readWhois(text, 'a.example', now), absent, sentence)
  for (const status of [
    'Status: free',
    'Status:\tAVAILABLE',
    'query_status: 220 Available',
    'Domain Status: No Object Found',
    'Status: Not Registered',
    'Estado: disponible',
    'Status: AVAILABLE (No match for domain "a.example")',
  ])
    for (const label of ['Domain', 'Query'])
      t.strictSame(readWhois(`% Terms\n\n${label}: a.example\n${status}\n`, 'a.example', now), absent, status)
  for (const text of [
    'Domain Name: a.example\nThe queried object does not exist: No Object Found\n>>> Last update of the database <<<\n',
    '% Terms\n% of use.\n%\n% WHOIS a.example\n% No such domain\n',
    'swhoisd 3.0.5\nSearching for a.example.  \nNo records matching a.example found.\n',
    '[ Terms of use of the data base. ]\nNo match!!\n',
    '%rwhois V-1.5 (by X)\n%error 230 No Objects Found\n',
    'Available\nDomain: a.example\n',
    'Available\n\nNo information was found matching that query.\n',
    '% Query rate limit exceeded. Reduced information.\n\n% No match for domain "a.example"\n',
    'Domain Name:\ta.example\nThe domain a.example was not found.\n',
  ])
    t.strictSame(readWhois(text, 'a.example', now), absent, text)
  t.end()
})

void t.test('a registered or reserved name is never absent', t => {
  const head = 'Domain: a.example\n'
  const table: [text: string, expected: Registration][] = [
    [`${head}\nHolder:\n  X\n\nNo match\n`, dateless],
    [`${head}Registrar: X\n\nNo match for "A.EXAMPLE".\n`, dateless],
    [`${head}Status: connect\nNo match\n`, dateless],
    [
      `${head}Nameservers:\n ns1.a.example\n\nwhois.nic.bo solo acepta consultas con dominios .bo\n`,
      dateless,
    ],
    [`${head}Expires: 2027-01-01\n\nObject not found\n`, dateless],
    ['Domain: A.EXAMPLE\nCreated: 2020-01-01\n\nNo match for "A.EXAMPLE".\n', registered('2020-01-01')],
    ['Available: No\n\nRegistrar: X\n', malformed],
    ['Available:   Wed Feb  1 2012\n', malformed],
    ['This domain is not available\n', dateless],
    ['Domain not found, marked private, or error in your query.\n', malformed],
    // Reserved, blocked, too dear: a definite word, and no date.
    ['Reserved by Registry\n', dateless],
    ['Domain reserved\n', dateless],
    ['Name is restricted from registration\n', dateless],
    ['Sorry, The domain you requested is in the reserved list.\n', dateless],
    ['The domain you requested is prohibited.\n', dateless],
    ['Domain is not available or is reserved by the registry.\n', dateless],
    ['This domain cannot be registered because it is too short.\n', dateless],
    ['Status: PREMIUM NAME (No match for domain "a.example")\n', dateless],
    [`${head}Status: UNASSIGNABLE\n`, dateless],
    [`${head}Status: Available\nNotes: This name can not be registered\n`, dateless],
    ['% Restricted rights.\n% All rights reserved.\n\n% nothing found\n', absent],
  ]
  for (const [text, expected] of table) t.strictSame(readWhois(text, 'a.example', now), expected, text)
  t.end()
})

void t.test('the words of a legal notice do not make a name absent', t => {
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

void t.test('answers about a quota are rate-limited', t => {
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
    '% Terms. '.repeat(500) + '\n%\n% WHOIS a.example\n% Maximum queries per hour reached (100)\n',
    '% WHOIS a.example\n%% Excessive querying, grace period of 1 seconds\n',
    '% WHOIS a.example\n-1: Still in grace period, wait 77 seconds\n',
    'Please go away for 13 Seconds',
    'Whois Server Version 2.1.7\n\n% Too may requests.\n', // .th writes it so
    'Please maintain at least 10-second time before starting another enquiry.',
    'domain_name: a.example\nquery_status: 440 Request Denied\n',
    '% Too many requests...\n\n% No entries found.\n',
    'BLACKLISTED: You have exceeded the query limit for your network or IP address and have been blacklisted.',
    'Access denied: query limit exceeded for your address',
    'Your IP has been restricted due to excessive access, please wait a bit',
  ]
  for (const text of table) t.strictSame(readWhois(text, 'a.example', now), failed('rate-limited'), text)
  t.end()
})

void t.test('an answer that refuses this client is `refused`', t => {
  for (const text of [
    'Requests of this client are not permitted.',
    'The IP address used to perform the query is not authorised or has exceeded the established limit for queries.',
    'Your IP address is not authorized to use this service.',
    '% Error: your IP address has been blocked',
    '% Terms of use\n%\n a.example\n-3: IP address blocked\n',
    'Access denied',
    'Access to this WHOIS server from your network is forbidden.',
    'Queries from 192.0.2.7 are not allowed',
    'You are not permitted to query this server.',
    '%ERROR: Permission denied.',
    'Acceso no autorizado',
    'Zugriff verweigert',
  ])
    t.strictSame(readWhois(text, 'a.example', now), refused, text)
  for (const [text, expected] of [
    // So begin the terms of many.
    ['You are not authorized to access or query our Whois\ndatabase by automated means.', malformed],
    ['Domain: a.example\nStatus: active\n\nAccess denied\n', dateless],
    ['Access to personal data is not permitted without a reason. '.repeat(9), malformed],
  ] as const)
    t.strictSame(readWhois(text, 'a.example', now), expected, text)
  t.end()
})

void t.test('an answer about a fault is a server error', t => {
  for (const text of [
    'WHOIS lookup for A.EXAMPLE can temporarily not be answered. Please try again.',
    'Service temporarily unavailable.',
    "Server can't process your request.",
  ])
    t.strictSame(readWhois(text, 'a.example', now), failed('server-error'), text)
  t.end()
})
