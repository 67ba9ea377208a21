/** Clients and alerts of the ISC server in the store. */
import { join } from 'node:path'
import t from 'tap'
import { iscAlertsOfDomainMax } from '../limits.js'
import { verifyDatabase } from './maintenance.js'
import { openStore } from './store.js'

const at = Date.UTC(2026, 10, 28, 12)
const token = (text: string) => Buffer.from(text.padEnd(32))

void t.test('another process adds, denies and removes clients beside the server', t => {
  const file = join(t.testdir(), 'domainstats.sqlite')
  const [server, command] = [openStore(file), openStore(file)]
  const { iscChanges } = command
  t.equal(server.isc.clientOf(token('a')), undefined)
  t.equal(iscChanges.addClient('sensor-a', token('a'), undefined, at), undefined)
  t.equal(iscChanges.addClient('sensor-b', token('b'), 60, at), undefined)
  t.equal(iscChanges.addClient('sensor-b', token('c'), 60, at), 'name-taken')
  t.match(server.isc.clientOf(token('a')), {
    number: 1,
    name: 'sensor-a',
    perMinute: undefined,
    denied: undefined,
  })
  t.match(server.isc.clientOf(token('b')), { number: 2, perMinute: 60, status: undefined })

  t.equal(iscChanges.denyClient('sensor-a', 'update first'), true)
  t.match(server.isc.clientOf(token('a')), { denied: 'update first' })
  t.equal(iscChanges.denyClient('sensor-a', undefined), true)
  t.match(server.isc.clientOf(token('a')), { denied: undefined })
  t.equal(iscChanges.denyClient('nobody', 'x'), false)

  const status = { software: '0.1', database: undefined, cache: [1, 2, 3], databaseHits: [4, 5], at }
  server.iscChanges.putStatus(1, status)
  server.iscChanges.noteClients(new Map([[1, { queries: 3, refused: 1, seen: at + 5 }]]))
  server.iscChanges.noteClients(new Map([[1, { queries: 2, refused: 0, seen: at + 9 }]]))
  t.match(command.isc.clients(), [{ name: 'sensor-a', queries: 5, refused: 1, seen: at + 9, status }, { name: 'sensor-b', queries: 0 }]) // prettier-ignore

  t.equal(iscChanges.removeClient('sensor-a'), true)
  t.equal(iscChanges.removeClient('sensor-a'), false)
  t.equal(server.isc.clientOf(token('a')), undefined)
  iscChanges.addClient('sensor-a', token('new'), undefined, at)
  const { number = 0 } = server.isc.clientOf(token('new')) ?? {}
  t.ok(number > 2, 'a number is never used again: rows of askers stay those of the old client')
  for (const store of [server, command]) store.close()
  t.doesNotThrow(() => verifyDatabase(file))
  t.end()
})

void t.test('alerts of a domain: each once, few, and removed one by one or together', t => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const { putDomainAlert, removeDomainAlerts } = store.iscChanges
  const put = (domain: string, text: string, by = 'ann') => putDomainAlert({ domain, text, at, by })
  t.equal(put('evil.com', 'phishing kit'), undefined)
  t.equal(put('evil.com', 'phishing kit', 'bob'), undefined)
  t.equal(put('other.com', 'sinkhole'), undefined)
  t.strictSame(store.isc.alertsOf('evil.com'), ['phishing kit'])
  t.strictSame(store.isc.domainAlerts().map(({ domain, by }) => [domain, by]), [['evil.com', 'bob'], ['other.com', 'ann']]) // prettier-ignore
  for (let i = 1; i < iscAlertsOfDomainMax; i += 1) t.equal(put('evil.com', `alert ${i}`), undefined)
  t.equal(put('evil.com', 'one more'), 'too-many-of-domain')
  t.equal(put('evil.com', 'alert 1'), undefined, 'one that is there may be set again')
  t.equal(removeDomainAlerts('evil.com', 'alert 1'), 1)
  t.equal(removeDomainAlerts('evil.com', 'alert 1'), 0)
  t.equal(removeDomainAlerts('evil.com', undefined), iscAlertsOfDomainMax - 1)
  t.strictSame(store.isc.alertsOf('evil.com'), [])
  t.end()
})
