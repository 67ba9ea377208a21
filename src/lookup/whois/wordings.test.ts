import { readFileSync } from 'node:fs'
import t from 'tap'
import { readWhois } from './response.js'
import { fold, labelOf, it, wordings } from './wordings.js'

const now = Date.parse('2026-11-21T12:00:00Z')
const iso = (text: string): number => Date.parse(text)

void t.test('each wording of the table is recognised', t => {
  for (const { tlds, absent, created, expires } of wordings)
    for (const tld of tlds) {
      const asked = `never-brewed-here.${tld}`
      for (const wording of absent) {
        const said = wording.replaceAll(it, asked).replace(' (alone)', '')
        const text = said.includes('status: ') ? `Domain: ${asked}\n${said}\n` : `${said}\n`
        t.strictSame(readWhois(text, asked, now), { kind: 'absent' }, `${tld}: ${wording}`)
      }
      for (const label of created)
        t.match(
          readWhois(`Domain: ${asked}\n${label}: 1997-09-15\n`, asked, now),
          { kind: 'registered', registered: iso('1997-09-15'), expires: undefined },
          `${tld}: ${label}`,
        )
      for (const label of expires)
        t.match(
          readWhois(`Domain: ${asked}\ncreated: 1997-09-15\n${label}: 2027-09-15\n`, asked, now),
          { registered: iso('1997-09-15'), expires: iso('2027-09-15') },
          `${tld}: ${label}`,
        )
    }
  t.end()
})

void t.test('the table is folded, and no TLD is in it twice', t => {
  const tlds = wordings.flatMap(row => row.tlds)
  t.equal(new Set(tlds).size, tlds.length)
  for (const row of wordings) {
    t.match(row.sources, /^[FJLMNPRW]+$/, row.tlds.join(' '))
    for (const wording of row.absent) t.equal(fold(wording), wording)
    for (const label of [...row.created, ...row.expires]) t.equal(labelOf(label), label)
  }
  t.end()
})

void t.test('no label means both a registration and an expiry, a change or a name', t => {
  const created = new Set(wordings.flatMap(row => row.created))
  for (const label of wordings.flatMap(row => row.expires)) t.notOk(created.has(label), label)
  for (const label of created) t.notMatch(label, /updat|chang|modif|last|expir|renew|due/)
  t.end()
})

void t.test('the figures in the comment on the table are right', t => {
  const source = readFileSync('src/lookup/whois/wordings.ts', 'utf8')
  const tlds = wordings.flatMap(row => row.tlds).length
  const of = (cell: 'absent' | 'created' | 'expires') =>
    wordings.filter(row => row[cell].length > 0).flatMap(row => row.tlds).length
  t.ok(
    source.includes(
      `${tlds} TLDs: of ${of('absent')} the words for a free name, of ${of('created')} the label of the date, of ${of('expires')} that of the expiry`,
    ),
    `${tlds} ${of('absent')} ${of('created')} ${of('expires')}`,
  )
  t.end()
})
