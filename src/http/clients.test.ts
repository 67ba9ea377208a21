/** Which addresses the port answers. */
import t from 'tap'
import { clientsOf, isLoopback, isNetwork } from './clients.js'

void t.test('addresses and CIDR ranges are networks, nothing else is', t => {
  for (const text of ['10.0.0.0/8', '10.1.2.3', '::1', 'fd00::/8', '0.0.0.0/0', '::/0', '::/128'])
    t.ok(isNetwork(text), text)
  for (const text of [
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    'x',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
  ])
    t.notOk(isNetwork(text), text)
  t.throws(
    () => clientsOf({ host: '127.0.0.1', allow: ['10.0.0.0/33'] }),
    /^10\.0\.0\.0\/33 is no IP address/,
  )
  t.end()
})

void t.test('loopback addresses and localhost are this machine', t => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) t.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'sensor.corp', '::ffff:10.0.0.1', ''])
    t.notOk(isLoopback(host), host)
  t.end()
})

const own = ['127.0.0.1', '::1', '::ffff:127.0.0.1']
const near = ['10.1.2.3', '172.31.0.1', '192.168.1.1', 'fd12::1', 'fe80::1', '::ffff:192.168.1.1']
const far = ['8.8.8.8', '172.32.0.1', '100.64.0.1', '2001:db8::1', '::ffff:8.8.8.8']

void t.test('clients are answered by the list, the token and the bound address', t => {
  const cases = [
    ['bound to this machine', { host: '127.0.0.1', allow: [] }, [...own, ...near, ...far], []],
    ['bound to all', { host: '0.0.0.0', allow: [] }, [...own, ...near], far],
    ['bound to all, IPv6', { host: '::', allow: [] }, [...own, ...near], far],
    ['with a token', { host: '::', allow: [], token: 'x' }, [...own, ...near, ...far], []],
    [
      'with a list',
      { host: '::', allow: ['8.8.8.0/24', '2001:db8::1'] },
      [...own, '8.8.8.8', '2001:db8::1', '::ffff:8.8.8.8'],
      near,
    ],
    ['with both', { host: '::', allow: ['8.8.8.8'], token: 'x' }, [...own, '8.8.8.8'], [...near, '8.8.8.9']],
  ] as const
  for (const [title, options, yes, no] of cases) {
    const { answers } = clientsOf(options)
    for (const address of yes) t.ok(answers(address), `${title}: ${address}`)
    for (const address of no) t.notOk(answers(address), `${title}: not ${address}`)
  }
  t.notOk(clientsOf({ host: '::', allow: [] }).answers(undefined), 'who is gone already')
  t.end()
})
