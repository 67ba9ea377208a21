import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { sharedData } from '../../testing/shared-data.js'
import { baseUrl, findService, readServices, servicesByHand, servicesOf, type Services } from './services.js'

const hrefs = (services: Services | undefined, name: string): string[] | undefined =>
  services && findService(services, name)?.map(url => url.href)

void t.test('the longest entry wins, label by label', t => {
  const services = servicesOf([
    [['com', 'NET'], ['https://rdap.example.net/com']],
    [['co.uk'], ['https://rdap.example.net/co-uk/']],
    [['uk'], ['https://rdap.example.net/uk/']],
    [['xn--p1ai.'], ['https://rdap.example.net/rf/']],
    [['example.com'], ['https://rdap.example.net/example/']],
  ])
  const table: [name: string, url: string | undefined][] = [
    ['a.com', 'https://rdap.example.net/com/'],
    ['a.net', 'https://rdap.example.net/com/'],
    ['goodexample.com', 'https://rdap.example.net/com/'], // never a part of a label
    ['example.com', 'https://rdap.example.net/example/'],
    ['www.example.com', 'https://rdap.example.net/example/'],
    ['a.co.uk', 'https://rdap.example.net/co-uk/'],
    ['a.org.uk', 'https://rdap.example.net/uk/'],
    ['aco.uk', 'https://rdap.example.net/uk/'],
    ['xn--e1afmkfd.xn--p1ai', 'https://rdap.example.net/rf/'],
    ['a.org', undefined],
    ['a.telecom', undefined],
    ['constructor', undefined],
    ['', undefined],
  ]
  for (const [name, url] of table) t.strictSame(hrefs(services, name), url && [url], name)
  t.end()
})

void t.test('the usable URLs of an entry are kept', t => {
  const table: [title: string, urls: string[], used: string[] | undefined][] = [
    [
      'all of them, in the order of the file',
      ['https://a.example/', 'https://b.example/'],
      ['https://a.example/', 'https://b.example/'],
    ],
    ['https only', ['http://a.example/', 'https://a.example/'], ['https://a.example/']],
    ['http only, as .kg, .mg and .ng: by hand or not at all', ['http://a.example/'], undefined],
    [
      'no more than four',
      [1, 2, 3, 4, 5].map(i => `https://${i}.a.example/`),
      [1, 2, 3, 4].map(i => `https://${i}.a.example/`),
    ],
    ['no URL at all', [], undefined],
    ['a slash is added', ['https://a.example/rdap'], ['https://a.example/rdap/']],
    ['what is no URL is left out', ['rdap', 'https://', 'https://a.example'], ['https://a.example/']],
    [
      'not on this machine or this network',
      ['https://127.0.0.1/', 'https://localhost/', 'https://[::1]/'],
      undefined,
    ],
  ]
  for (const [title, urls, used] of table)
    t.strictSame(hrefs(servicesOf([[['x'], urls]]), 'a.x'), used, title)
  t.equal(baseUrl('https://a.example/rdap').href, 'https://a.example/rdap/')
  t.end()
})

void t.test('servers configured by hand', t => {
  const services = servicesByHand({
    DE: 'https://rdap.denic.example',
    '.lab.': 'http://127.0.0.1:8080/rdap/',
  })
  t.strictSame(hrefs(services, 'a.de'), ['https://rdap.denic.example/'])
  t.strictSame(hrefs(services, 'a.lab'), ['http://127.0.0.1:8080/rdap/'])
  t.throws(() => servicesByHand({ de: 'rdap.denic.example' }))
  t.end()
})

void t.test('text that is no bootstrap file is refused', t => {
  const table = [
    '',
    '<html>',
    'null',
    '[]',
    '{}',
    '{"services":{}}',
    '{"services":[]}',
    '{"services":[[]]}',
    '{"services":[[["com"]]]}',
    '{"services":[[["com"],"https://a.example/"]]}',
    '{"services":[[[7],["https://a.example/"]]]}',
    '{"services":[[["com"],["http://a.example/"]]]}', // nothing in it can be used
  ]
  for (const text of table) t.equal(readServices(text), undefined, text)
  fc.assert(
    fc.property(fc.json(), text => {
      readServices(text)
      readServices(`{"services":${text}}`)
    }),
  )
  t.end()
})

void t.test('recorded bootstrap files are read', t => {
  const folder = sharedData(t, 'rdap/bootstrap')
  if (folder === undefined) return t.end()
  const read = (file: string): Services | undefined => readServices(readFileSync(join(folder, file), 'utf8'))
  const table: [file: string, entries: number | undefined][] = [
    ['iana-dns-2026-03-23.json', 1195], // of 1198 TLDs: .kg, .mg and .ng have no https
    ['iana-dns-2024-02-07.json', 1160],
    ['openrdap-bootstrap-dns.json', 3],
    ['openrdap-bootstrap_malformed-dns_bad_services.json', undefined],
    ['openrdap-bootstrap_malformed-dns_syntax_error.json', undefined],
    ['openrdap-http_error-404.html', undefined],
  ]
  for (const [file, entries] of table) t.equal(read(file)?.size, entries, file)

  const iana = read('iana-dns-2026-03-23.json')
  t.strictSame(hrefs(iana, 'firstlight-coffee.com'), ['https://rdap.verisign.com/com/v1/'])
  t.strictSame(hrefs(iana, 'example.tw'), ['https://ccrdap.twnic.tw/tw/'])
  t.equal(hrefs(iana, 'example.de'), undefined)
  for (const tld of ['kg', 'mg', 'ng']) t.equal(hrefs(iana, `example.${tld}`), undefined, tld)
  t.strictSame(hrefs(read('openrdap-bootstrap-dns.json'), 'a.ar'), ['https://rdap.nic.ar/'])
  t.end()
})
