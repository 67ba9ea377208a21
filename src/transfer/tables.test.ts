/** Lists in the formats of their publishers, with made-up names: the columns of names and dates are found. */
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { importHeadBytes } from '../limits.js'
import { openList } from './lists.js'
import { contactedName } from './row.js'
import { bytesOf } from './testing/load.js'

/** The rows of a list: a name with its dates as ISO days, or why a line is refused. */
const read = async (text: string | Buffer, size = 65_536): Promise<readonly string[]> => {
  const { pieces } = await openList(bytesOf(text, size))
  const said: string[] = []
  const day = (ms: number | undefined) => (ms === undefined ? '' : new Date(ms).toISOString().slice(0, 10))
  for await (const piece of pieces) {
    if ('refused' in piece) said.push(`${piece.at}: ${piece.refused}`)
    if (!('row' in piece)) continue
    const { domain, dated } = piece.row
    said.push(dated ? [domain, day(dated.registered), day(dated.expires)].join(' ').trim() : domain)
  }
  return said
}

const lists: Readonly<Record<string, readonly [text: string, said: readonly string[]]>> = {
  Majestic: [
    'GlobalRank,TldRank,Domain,TLD,RefSubNets,RefIPs,IDN_Domain,IDN_TLD,PrevGlobalRank,PrevTldRank,PrevRefSubNets,PrevRefIPs\n' +
      '1,1,northwind.com,com,400,900,northwind.com,com,1,1,399,899\n2,1,xn--bcher-kva.de,de,7,9,bücher.de,de,2,1,7,9\n',
    ['northwind.com', 'xn--bcher-kva.de'],
  ],
  Tranco: ['1,northwind.com\r\n2,contoso.org\r\n', ['northwind.com', 'contoso.org']],
  'Tranco with a header': ['rank,domain\r\n1,northwind.com\r\n', ['northwind.com']],
  Umbrella: ['1,northwind.com\r\n2,com\r\n3,api.contoso.org\r\n', ['northwind.com', '2: the name is single-label', 'contoso.org']], // prettier-ignore
  'DomCop, quoted': ['"Rank","Domain","Open Page Rank"\n"1","northwind.com","10.00"\n', ['northwind.com']],
  'Cloudflare Radar': ['domain\nnorthwind.com\ncontoso.org\n', ['northwind.com', 'contoso.org']],
  'Cloudflare Radar, ranked': ['rank,domain,categories\n1,northwind.com,"News, Media"\n', ['northwind.com']],
  'Chrome UX Report': ['origin,rank\nhttps://www.northwind.com,1000\nhttp://shop.contoso.org:8080,1000\n', ['northwind.com', 'contoso.org']], // prettier-ignore
  Quantcast: ['# Quantcast Top Million\n\n1\tnorthwind.com\n2\tHidden profile\n3\tcontoso.org\n', ['northwind.com', '4: the name is not-a-hostname', 'contoso.org']], // prettier-ignore
  'WhoisXML, quoted': [
    '"domainName","registrarName","createdDate","updatedDate","expiresDate","standardRegCreatedDate","standardRegUpdatedDate","standardRegExpiresDate","rawText"\r\n' +
      '"northwind.com","A ""big"" one, Inc.","15-sep-1997","x","14-sep-2028","1997-09-15 04:00:00 UTC","2020-01-01 00:00:00 UTC","2028-09-14 04:00:00 UTC","Domain: northwind.com\r\nStatus: ok\r\n\r\n# end"\r\n' +
      '"contoso.org","","2001-02-03T00:00:00Z","","","2001-02-03 00:00:00 UTC","","",""\r\n',
    ['northwind.com 1997-09-15 2028-09-14', 'contoso.org 2001-02-03'],
  ],
  'WHOIS data, numbered': [
    'num,domain_name,query_time,create_date,update_date,expiry_date\n1,northwind.com,2026-01-01 00:00:00,1997-09-15,2020-01-01,2028-09-14\n2,contoso.org,2026-01-01,,,\n',
    ['northwind.com 1997-09-15 2028-09-14', '3: no registration date'],
  ],
  'dates as registries write them': [
    'Domain Name;Creation Date;Registry Expiry Date\nnorthwind.com;1997-09-15T04:00:00Z;2028-09-14T04:00:00Z\ncontoso.org;15-Sep-1997;\n',
    ['northwind.com 1997-09-15 2028-09-14', 'contoso.org 1997-09-15'],
  ],
  'semicolons, of a spreadsheet': [
    'sep=;\r\ndomain;created;expires;traffic\r\nnorthwind.com;2020-01-02;2030-01-02;"1,5"\r\n',
    ['northwind.com 2020-01-02 2030-01-02'],
  ],
  'semicolons without a header': [
    'northwind.com;2020-01-02;2030-01-02\n',
    ['northwind.com 2020-01-02 2030-01-02'],
  ],
  'tabs, in another order': ['expires\tnote\tdomain\tcreated\n2030-01-02\ta;b\tnorthwind.com\t2020-01-02\n', ['northwind.com 2020-01-02 2030-01-02']], // prettier-ignore
  'a column of names that is called otherwise': ['Rang;Webseite\n1;northwind.com\n2;contoso.org\n', ['1: the name is single-label', 'northwind.com', 'contoso.org']], // prettier-ignore
  'a column of names that is called otherwise, with dates': ['Nummer;Webseite;created\n1;northwind.com;2020-01-02\n', ['northwind.com 2020-01-02']], // prettier-ignore
  'two tables, one behind the other': ['domain,created\na.com,2001-01-01\ndomain,created\nb.com,2001-01-02\n', ['a.com 2001-01-01', 'b.com 2001-01-02']], // prettier-ignore
  'a word in a cell is no header': ['northwind.com,registered\ncontoso.org,expires\n', ['northwind.com', 'contoso.org']], // prettier-ignore
  'the time a row was made is no registration': ['domain,created_at\nnorthwind.com,2020-01-02\n', ['northwind.com']], // prettier-ignore
}

void t.test('the columns of a list are found, however it is compressed and chunked', async t => {
  for (const [publisher, [text, said]] of Object.entries(lists)) {
    t.strictSame(await read(text), said, publisher)
    t.strictSame(await read(`\ufeff${text}`, 1), said, `${publisher}, with a byte order mark`)
    t.strictSame(await read(gzipSync(`\ufeff${text}`), 7), said, `${publisher}, packed`)
  }
})

void t.test('a record at the end of the head is read whole', async t => {
  const rows = Array.from({ length: importHeadBytes / 8 }, (_, i) => `"name-${i}.com","2001-02-03"`)
  const said = await read(['domain,created', ...rows].join('\r\n'))
  t.equal(said.length, rows.length)
  t.equal(said.at(-1), `name-${rows.length - 1}.com 2001-02-03`)
})

const noLists: readonly (readonly [text: string | Buffer, why: RegExp])[] = [
  [
    'root:x:0:0:root:/root:/bin/bash\n',
    /^is no list of domains: .* Line 1 is "root:x:0:0:root:\/root:\/bin\/bash"/,
  ],
  ['\n# x\n<!DOCTYPE html>\n', /Line 3 is "<!DOCTYPE html>"/],
  ['id;label\n1;none\n', /no column is called domain\. Line 1 is "id;label"/],
  ['', /^is empty/],
  ['\ufeff \r\n# nothing\n', /^is empty/],
  [Buffer.from('504b03041400', 'hex'), /^is zip\. Say: unzip -p top-1m\.zip \| domainstats import -/],
  [Buffer.from('28b52ffd2406', 'hex'), /^is zstd\. Say: zstdcat /],
  [gzipSync(Buffer.from('28b52ffd2406', 'hex')), /^is zstd packed with gzip\. Say: zcat .* \| zstdcat - \|/],
  [Buffer.from('\ufeffa.com', 'utf16le'), /^is UTF-16\. Say: iconv -f UTF-16 -t UTF-8 /],
  ['[Adblock Plus 2.0]\n! x\n', /Line 1 is "\[Adblock Plus 2\.0\]"/],
  [
    'domain,created\ra.com,2001-02-03\r',
    /^ends its lines with CR alone\. Say: tr '\\r' '\\n' < top-1m\.zip \|/,
  ],
  [Buffer.from('SQLite format 3\0'), /^holds bytes that are no text/],
]

void t.test('an input that is no list is refused with what it is', async t => {
  for (const [text, why] of noLists)
    await t.rejects(openList(bytesOf(text), { name: 'top-1m.zip' }), { message: why })
  await t.rejects(openList(bytesOf('rank,domain\n1,a.com\n'), { stated: 'csv' }), {
    message: 'has no column with registration dates. Its columns: rank, domain',
  })
})

void t.test('a truncated gzip list is imported up to there, and the error is reported', async t => {
  const packed = gzipSync(
    Array.from({ length: 20_000 }, (_, i) => `${i * 7919},name-${i * 104_729}.com\n`).join(''),
  )
  const { pieces } = await openList(bytesOf(packed.subarray(0, packed.length / 2)))
  let count = 0
  await t.rejects(
    async () => {
      for await (const piece of pieces) if ('row' in piece) count += 1
    },
    { message: /^the gzip file is damaged \(unexpected end of file\)/ },
  )
  t.ok(count > 1_000)
})

void t.test('the host of a URL is the name, also in a defanged URL', t => {
  for (const text of [
    'https://www.a.com',
    'HTTP://user@www.a.com:8443/x?y#z',
    'ftp://www.a.com.',
    'hxxps://www[.]a[.]com/x',
    'www.a.com',
  ])
    t.match(contactedName(text), { domain: 'a.com' })
  t.end()
})
