import t from 'tap'
import { serviceKinds } from '../model/service.js'
import { toALabels, isHostname, suffixesOf } from './hostname.js'
import { createReducer } from './psl.js'
import { serviceNames } from './services.data.js'
import { hasServiceBelow, serviceOf } from './services.js'

const all = serviceKinds.flatMap(kind => serviceNames[kind].map(name => ({ kind, name })))

void t.test('each name of the list is a host in A-labels, and stands in it once', t => {
  for (const { name } of all) {
    t.ok(isHostname(name) && toALabels(name) === name, name)
    t.type(createReducer([]).reduce(`x.${name}`), 'object', `${name} lies below a public suffix`)
  }
  t.equal(new Set(all.map(({ name }) => name)).size, all.length)
  t.ok(all.length >= 150, `${all.length} names`)
  t.end()
})

void t.test('no name of the list lies below another of its kind, which would stand for it', t => {
  for (const { kind, name } of all) {
    const above = [...suffixesOf(name)].slice(1)
    t.same(above.filter(parent => serviceNames[kind].includes(parent)), [], name) // prettier-ignore
  }
  t.end()
})

void t.test('a name has the service that it is, or lies below', t => {
  for (const { kind, name } of all) {
    t.same(serviceOf(name), { kind, name })
    t.equal(serviceOf(`x.y.${name}`)?.kind, kind)
  }
  t.end()
})

void t.test('which names have a service below them', t => {
  for (const name of ['spamhaus.org', 'amazonaws.com', 'org']) t.ok(hasServiceBelow(name), name)
  for (const name of ['zen.spamhaus.org', 'x.ipify.org', 'example.com']) t.notOk(hasServiceBelow(name), name)
  t.end()
})

void t.test('the longest name decides, label by label', t => {
  t.same(serviceOf('checkip.dyndns.org'), { kind: 'ip-check', name: 'checkip.dyndns.org' })
  t.same(serviceOf('my.checkip.dyndns.org'), { kind: 'ip-check', name: 'checkip.dyndns.org' })
  t.same(serviceOf('house.dyndns.org'), { kind: 'dyndns', name: 'dyndns.org' })
  t.same(serviceOf('2.0.0.127.zen.spamhaus.org'), { kind: 'dnsbl', name: 'zen.spamhaus.org' })
  for (const name of [
    'www.spamhaus.org',
    'notipify.org',
    'ipify.org.evil.com',
    'amazonaws.com',
    'org',
    '',
    '.',
  ])
    t.equal(serviceOf(name), undefined, name)
  t.end()
})

void t.test('the labels before the end of a name are not looked at, however many there are', t => {
  t.equal(serviceOf(`${'a.'.repeat(100_000)}ipify.org`)?.name, 'ipify.org')
  t.equal(serviceOf('.'.repeat(100_000)), undefined)
  t.end()
})
