/** Look-alikes in the running program: the setting `brands`, what the site asks most, and `query --peek`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configSchema } from '../config/schema.js'
import { unknownDomain } from '../model/domain.js'
import { openStore } from '../store/store.js'
import { ended } from '../testing/ended.js'
import { startHere } from '../testing/in-process.js'
import { followRecords } from '../testing/record-log.js'
import { openRegistry, registeredOn } from '../testing/registry.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { openLookalikes, mostAskedKey, ownBrandsBy } from './lookalikes.js'

const day = 86_400_000
const brandsOf = async (...brands: readonly string[]) => {
  const own = await ownBrandsBy(configSchema.parse({ brands }), undefined)
  t.ok(own.every(({ kind }) => kind === 'own'))
  return own.map(({ name }) => name)
}

void t.test('the brands of the settings: registered domains, or labels', async t => {
  t.strictSame(await brandsOf('www.Contoso.com.', 'mybank', 'münchner.de', 'contoso.co.uk'), [
    ...['contoso.com', 'mybank', 'xn--mnchner-n2a.de', 'contoso.co.uk'],
  ])
  await t.rejects(brandsOf('co.uk'), /brands: co\.uk is below no public suffix/)
  await t.rejects(brandsOf('-a.com'), /brands: -a\.com is no name/)
  for (const wrong of ['a b', 'http://a.com', 'a..b', '*.a.com', 'a@b.com', ''])
    t.throws(() => configSchema.parse({ brands: [wrong] }), wrong)
})

void t.test(
  'what the site asks most is kept for the next start, and only in a form that is understood',
  async t => {
    const store = openStore(':memory:')
    t.teardown(store.close)
    const first = await openLookalikes([], store)
    t.equal(first.resembles('contosso.com'), undefined)
    t.equal(first.learnedAt(), undefined)
    first.learn(['contoso.com'], 7)
    for (const lookalikes of [first, await openLookalikes([], store)]) {
      t.strictSame(lookalikes.resembles('contosso.com'), { name: 'contoso.com', how: 'typo', isOwn: false })
      t.equal(lookalikes.learnedAt(), 7)
    }
    store.putMeta(mostAskedKey, '{"at":"7"}')
    const next = await openLookalikes([], store)
    t.equal(next.resembles('contosso.com'), undefined)
    t.equal(next.learnedAt(), undefined)
  },
)

/** A folder that has known contoso.com for a month, and a registry for which all names are that old. */
const prepare = async (settings: string, registered: string) => {
  const dir = t.testdir({ D: {}, 'dns.log': '' })
  const data = join(dir, 'D')
  const registry = await openRegistry(t, name => registeredOn(name, registered))
  const yaml = `whois: off\nrdap: { servers: { com: '${registry.url}' } }\n${settings}`
  writeFileSync(join(data, 'domainstats.yaml'), yaml)
  const store = openStore(join(data, 'domainstats.sqlite'))
  const [now, firstSeen] = [Date.now(), Date.now() - 30 * day]
  const known = { checked: now, freshUntil: now + day, failures: 0, absences: 0 }
  const registration = { kind: 'registered', registered: now - 4000 * day, expires: undefined } as const
  const contoso = { ...unknownDomain('contoso.com'), firstSeen, lastSeen: now, queries: 9 }
  store.commit({}, () => ({ domains: [{ ...contoso, known: { ...known, registration } }] }), now)
  store.close()
  const log = join(dir, 'dns.log')
  const go = (...args: readonly string[]) => ended(startHere(t, ...args, '--data', data))
  return { data, log, go, records: followRecords(t, join(data, 'domainstats.log')) }
}

const agoDays = (days: number): string => new Date(Date.now() - days * day).toISOString()

void t.test('run learns what is asked most; then a young look-alike of it is alerted, once', async t => {
  const { log, go, records } = await prepare('', agoDays(3))
  t.equal((await go('run', '--once', '--zeek', log)).code, 0)
  writeFileSync(log, zeekLines(['www.contosso.com', 'contosso.com', 'faceb00k.com', 'contoso.com']))
  t.equal((await go('run', '--once', '--zeek', log)).code, 0)
  await records.until(some => some.length >= 2)
  const lookalikes = records.records.flatMap(({ query, alerts = [] }) =>
    alerts.filter(one => one.startsWith('LOOKALIKE')).map(one => `${query} ${one}`),
  )
  t.strictSame(lookalikes.sort(), [
    'faceb00k.com LOOKALIKE:facebook.com',
    'www.contosso.com LOOKALIKE:contoso.com',
  ])
})

void t.test('query --peek says what a name resembles, whatever its age', async t => {
  const { go } = await prepare('brands: [fabrikam.com]\n', agoDays(4000))
  const names = [
    'www.fabricam.com',
    'fabrikamlogin.com',
    'contosso.com',
    'xn--fcebook-hwa.com',
    'fabrikam.com',
  ]
  const { code, said } = await go('query', ...names, '--peek')
  t.equal(code, 0, said)
  const answers = said.split('\n').filter(line => line.startsWith('{"kind"'))
  t.match(
    answers.map(line => JSON.parse(line) as unknown),
    [
      { resembles: 'fabrikam.com', resembles_by: 'typo', alerts: [] },
      { resembles: 'fabrikam.com', resembles_by: 'affix' },
      { resembles: undefined }, // nothing was learned yet
      { resembles: 'facebook.com', resembles_by: 'similar' },
      { resembles: undefined, resembles_by: undefined },
    ],
  )
})
