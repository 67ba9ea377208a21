/** DNS-TUNNEL: which names raise it, which do not, and what is remembered. */
import t from 'tap'
import { suppressionWindowMs, tunnelNamesMin, tunnelNamesSkipped } from '../limits.js'
import { chanceFrom } from '../testing/chaos/chance.js'
import { Memory } from './memory.js'
import { kinds, namesOf } from './testing/tunnels.js'
import { clientCount, entropyOf, isCoded, measured, tunnelIn, type Measures, type NewName } from './tunnel.js'

const from = Date.UTC(2026, 10, 27)
const name = (part: string, more: Partial<NewName> = {}): NewName => ({
  ...{ name: part === '' ? 'a.test' : `${part}.a.test`, domain: 'a.test', registrable: 'a.test' },
  ...{ qtypeName: 'TXT', origHost: '10.0.0.1', ...more },
})
const measure = (names: readonly NewName[]): Measures | undefined =>
  names.reduce<Measures | undefined>((before, one) => measured(before, one) ?? before, undefined)

/** Alerts with the number of the name that raised each, over a store that forgets nothing. */
const raised = (names: readonly NewName[], memory = new Memory(() => undefined), window = from): string[] =>
  names.flatMap((one, i) => {
    const text = tunnelIn(memory, one, i + 1, window)
    return text === undefined ? [] : [`${i + 1}:${text}`]
  })

for (const kind of kinds)
  void t.test(kind.name, t => {
    for (let seed = 0; seed < 20; seed += 1) {
      const found = raised(namesOf(kind, chanceFrom(seed), 100))
      if (!kind.isTunnel) t.same(found, [], `seed ${seed}`)
      else {
        t.equal(found.length, 1, `seed ${seed}: once`)
        t.equal(parseInt(found[0] ?? ''), tunnelNamesSkipped + tunnelNamesMin, `seed ${seed}: at once`)
      }
    }
    t.end()
  })

void t.test('a tunnel below a domain with ordinary names is found a little later', t => {
  const ordinary = ['www', 'mail', 'ftp', 'shop', 'img', 'static', 'news', 'api', 'vpn', 'login'].map(part =>
    name(part),
  )
  const tunnel = kinds.find(({ name }) => name === 'dnscat2, a shell')
  t.ok(tunnel)
  if (!tunnel) return
  const names = namesOf({ ...tunnel, domain: 'a.test' }, chanceFrom(1), 60)
  t.match(raised([...ordinary, ...names]), [/^(2|3)\d:/])
  t.end()
})

void t.test('the next window begins anew', t => {
  const [tunnel] = kinds
  if (!tunnel) return
  const memory = new Memory(() => undefined)
  const names = namesOf(tunnel, chanceFrom(1), 100)
  t.equal(raised(names, memory).length, 1)
  t.equal(raised(names, memory).length, 0)
  t.equal(raised(names, memory, from + suppressionWindowMs).length, 1)
  t.end()
})

void t.test('the state is small, goes through JSON, and an ordinary domain has none', t => {
  const tunnel = kinds.find(({ name }) => name === 'DNSExfiltrator')
  t.ok(tunnel)
  if (!tunnel) return
  const names = namesOf(tunnel, chanceFrom(1), 100)
  let stored: string | undefined
  let alerts = 0
  for (const [i, one] of names.entries()) {
    const memory = new Memory(() => stored)
    if (tunnelIn(memory, one, i + 1, from) !== undefined) alerts += 1
    stored = memory.changed()[0]?.state ?? stored
    if (i < tunnelNamesSkipped) t.equal(stored, undefined)
    t.ok((stored ?? '').length < 700, `${stored?.length} bytes`)
  }
  t.equal(alerts, 1)
  const memory = new Memory(() => undefined)
  for (const part of ['www', 'mail', 'ftp', 'shop'])
    tunnelIn(memory, name(part, { qtypeName: 'A' }), 50, from)
  t.same(memory.changed(), [])
  t.end()
})

void t.test('what all names have in common is not counted, at the end or at the beginning', t => {
  const chars = (...parts: readonly string[]) => measure(parts.map(part => name(part)))?.chars
  t.equal(chars('abc.key'), 6)
  t.equal(chars('abc.key', 'abd.key'), 7)
  t.equal(chars('ab.key', 'xyz.key'), 8, 'the ends agree')
  t.equal(chars('host-1', 'host-22'), 8, 'the beginnings agree')
  t.equal(chars('a\\xffb'), 3, 'an escaped byte is one character')
  t.end()
})

void t.test('an address in reverse order is not measured', t => {
  const nibbles = 'b.a.9.8.7.6.5.4.3.2.1.0.8.b.d.0'
  for (const part of ['4.3.2.1', '4.3.2.1.zen', nibbles, `${nibbles}.zen`])
    t.equal(measured(undefined, name(part)), undefined, part)
  for (const part of ['4.3.2', '4.3.2.1a', '4.3.2.1000', 'x.4.3.2.1', nibbles.slice(2)])
    t.ok(measured(undefined, name(part)), part)
  t.same(raised(Array.from({ length: 100 }, () => name(''))), [], 'the domain itself carries nothing')
  t.end()
})

void t.test('types are read as sensors write them', t => {
  const types = (...all: readonly (string | undefined)[]) => {
    const found = measure(all.map(qtypeName => name('x', { qtypeName })))
    return [found?.payloadNames, found?.tunnelTypeNames]
  }
  t.same(types('TXT', 'CNAME', 'MX', '16'), [4, 0])
  t.same(types('NULL', '10', 'query-65399', 'TYPE65280', '65534'), [5, 5])
  t.same(
    types('A', 'AAAA', 'HTTPS', 'PTR', '65279', '65535', undefined, ''),
    [undefined, undefined],
    'short names of these carry nothing',
  )
  const long = name('a-long-name-of-a-machine-in-a-cloud', { qtypeName: 'A' })
  t.match(measured(undefined, long), { names: 1, payloadNames: 0, tunnelTypeNames: 0 })
  t.end()
})

void t.test('clients are counted, roughly', t => {
  const clients = (count: number) =>
    clientCount(
      measure(Array.from({ length: count }, (_, i) => name('x', { origHost: `10.0.0.${i + 1}` }))) ?? {
        clients: 0,
      },
    )
  t.equal(clients(1), 1)
  for (const count of [2, 4, 8]) t.ok(Math.abs(clients(count) - count) <= 2, `${count}: ${clients(count)}`)
  t.ok(clients(40) > 15)
  t.equal(clientCount({ clients: 0 }), 1, 'clients that are not logged')
  t.equal(clientCount({ clients: 0xffffffff }), 133, 'full')
  t.end()
})

void t.test('coded text is told from words and numbers', t => {
  const coded = (...parts: readonly string[]) =>
    isCoded(measure(parts.map(part => name(part))) ?? { counts: [], chars: 0 })
  t.ok(coded('deadbeef0123', '9876fedcba54'), 'hex')
  t.notOk(coded('1234567890', '0987654321'), 'numbers')
  t.notOk(coded('themailserver', 'anotherwebserver'), 'words')
  t.ok(coded('\\xfe\\xc0word'), 'raw bytes')
  t.notOk(coded('x', 'x'), 'hardly anything')
  t.equal(entropyOf([]), 0)
  t.equal(Math.round(entropyOf([1000, 1000, 1000, 1000])), 2)
  t.end()
})
