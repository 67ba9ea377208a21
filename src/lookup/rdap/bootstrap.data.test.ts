import { readFileSync } from 'node:fs'
import t from 'tap'
import { sharedData } from '../../testing/shared-data.js'
import { builtInServices } from './bootstrap.data.js'
import { readServices, servicesOf } from './services.js'

void t.test('the built-in table equals the IANA file of its date', t => {
  const path = sharedData(t, 'rdap/bootstrap/iana-dns-2026-03-23.json')
  if (path === undefined) return t.end()
  const text = readFileSync(path, 'utf8')
  const source = readFileSync('src/lookup/rdap/bootstrap.data.ts', 'utf8')
  const publication = /"publication": "([^"]+)"/.exec(text)?.[1] ?? 'none'
  t.ok(source.includes(`of ${publication}`), 'and it names that date')
  const iana = readServices(text)
  for (const [tld, urls] of servicesOf(builtInServices)) t.strictSame(urls, iana?.get(tld), tld)
  t.end()
})

void t.test('each entry of the built-in table is usable', t => {
  const tlds = builtInServices.flatMap(([labels]) => labels)
  t.equal(servicesOf(builtInServices).size, tlds.length)
  for (const tld of ['com', 'net', 'org', 'info', 'xyz', 'top', 'uk', 'fr', 'nl', 'br'])
    t.ok(tlds.includes(tld), tld)
  t.end()
})
