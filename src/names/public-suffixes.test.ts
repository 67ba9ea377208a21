/** The suffixes of a list of the site's own, in the cases that the format describes, and against those of tldts. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadSuffixes, builtInSuffixes, readSuffixes } from './psl.js'

const list = `// a comment
// ===BEGIN ICANN DOMAINS===
com
jp
*.kawasaki.jp
!city.kawasaki.jp
co.uk  and what stands behind a space
\u4e2d\u56fd

// ===END ICANN DOMAINS===
// ===BEGIN PRIVATE DOMAINS===
blogspot.com
*.cloud.com
!own.cloud.com
// ===END PRIVATE DOMAINS===
`

const cases: readonly (readonly [name: string, domain?: string, registrable?: string])[] = [
  ['com'],
  ['nothing.test'],
  ['uk'],
  ['a.com', 'a.com', 'a.com'],
  ['b.a.com', 'a.com', 'a.com'],
  ['a.co.uk', 'a.co.uk', 'a.co.uk'],
  ['co.uk'],
  ['kawasaki.jp', 'kawasaki.jp', 'kawasaki.jp'],
  ['a.kawasaki.jp'],
  ['b.a.kawasaki.jp', 'b.a.kawasaki.jp', 'b.a.kawasaki.jp'],
  ['x.city.kawasaki.jp', 'city.kawasaki.jp', 'city.kawasaki.jp'],
  ['a.xn--fiqs8s', 'a.xn--fiqs8s', 'a.xn--fiqs8s'],
  ['blogspot.com', 'blogspot.com', 'blogspot.com'],
  ['b.a.blogspot.com', 'a.blogspot.com', 'blogspot.com'],
  ['a.x.cloud.com', 'a.x.cloud.com', 'cloud.com'],
  ['x.cloud.com', 'x.cloud.com', 'cloud.com'],
  ['a.own.cloud.com', 'own.cloud.com', 'cloud.com'],
]

void t.test('rules, wildcards, exceptions, two sections, Unicode', t => {
  const suffixes = readSuffixes(list)
  for (const [name, domain, registrable] of cases)
    t.strictSame(suffixes?.(name), domain === undefined ? undefined : { domain, registrable }, name)
  t.end()
})

void t.test('a file that is not such a list is refused, with its name and the remedy', async t => {
  const dir = t.testdir({ 'page.html': '<html>', 'list.dat': list })
  const load = (file: string) => loadSuffixes(join(dir, file))
  t.strictSame((await load('list.dat'))('a.com'), { domain: 'a.com', registrable: 'a.com' })
  for (const file of ['page.html', 'missing.dat', '.'])
    await t.rejects(load(file), { message: /^psl_file: .*\. Put a copy of https:\S+\.dat there\.$/ })
  t.equal(await loadSuffixes(undefined), builtInSuffixes)
})

const installed = '/usr/share/publicsuffix/public_suffix_list.dat'

void t.test(
  'a whole list reads as tldts does',
  { skip: existsSync(installed) ? false : `no ${installed}` },
  t => {
    const text = readFileSync(installed, 'utf8')
    const suffixes = readSuffixes(text)
    const rules = text.split('\n').filter(line => /^[a-z0-9][a-z0-9.-]*$/.test(line))
    const names = rules.flatMap(rule => [rule, `a.${rule}`, `c.b.${rule}`])
    const differ = names.filter(
      name => JSON.stringify(suffixes?.(name)) !== JSON.stringify(builtInSuffixes(name)),
    )
    // The two are of different days.
    t.ok(names.length > 20_000 && differ.length < names.length / 8, `${differ.length} of ${names.length}`)
    t.end()
  },
)
