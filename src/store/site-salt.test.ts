import t from 'tap'
import { unknownDomain } from '../model/domain.js'
import { openDatabase } from './database.js'
import { domainsIn } from './domains.js'
import { siteSaltIn } from './site-salt.js'

const [ours, site] = ['0123456789abcdef', 'fedcba9876543210']

void t.test('with a new salt clients are dropped in steps, whoever interrupts them', t => {
  const { db, close } = openDatabase(':memory:')
  t.teardown(close)
  const domains = domainsIn(db)
  const names = Array.from({ length: 2_500 }, (_, at) => `${at}.com`)
  for (const name of names)
    domains.add({ ...unknownDomain(name), clients: Buffer.from('00000001', 'hex') }, null)
  const left = () => names.filter(name => domains.get(name)?.clients !== null).length
  const remember = db.prepare<[string, number, string]>('INSERT INTO memory VALUES (?, ?, 0, ?)')
  remember.run('spread', 1, '{"isRaised":false}')
  remember.run('spread', 2, '{"isRaised":true}')
  remember.run('other', 3, '{}')

  const first = siteSaltIn(db, ours)
  const before = first.clientHash('192.0.2.1')
  first.useSiteSalt(site).next()
  t.equal(left(), 1_500)
  t.not(first.clientHash('192.0.2.1'), before, 'from the first step on')
  t.equal(first.siteSalt(), undefined, 'a crash here begins anew')

  const second = siteSaltIn(db, ours)
  t.equal(second.clientHash('192.0.2.1'), before)
  t.equal([...second.useSiteSalt(site)].length, 3)
  t.equal(left(), 0)
  t.equal(second.siteSalt(), site)
  t.same(
    db.prepare('SELECT key FROM memory ORDER BY key').pluck().all(),
    [2, 3],
    'what has been alerted stays',
  )
  t.equal(siteSaltIn(db, ours).clientHash('192.0.2.1'), first.clientHash('192.0.2.1'), 'also after a restart')
  t.end()
})
