/** Which alerts mutes take from a record. */
import t from 'tap'
import type { Mute, ClientNetwork } from '../model/mute.js'
import { readTagValue } from '../names/tag-value.js'
import { addHits, MuteTable } from './mutes.js'

const now = 1_000
const network = (text: string): ClientNetwork => {
  const target = readTagValue(text)
  if (typeof target === 'string' || target.kind !== 'network') throw new Error(text)
  return target
}
let made = 0
const mute = (more: Partial<Mute>): Mute => {
  made += 1
  const scope = { domain: undefined, client: undefined, alert: undefined }
  return { number: made, ...scope, until: now + 1, at: 0, by: 'ann', note: undefined, hits: 0, ...more }
}
const alerts = ['YOUR-FIRST-CONTACT', 'YOUNG:3d']
const left = (mutes: readonly Mute[], query: string, origHost?: string, at = now) =>
  new MuteTable(mutes).without(alerts, { query, origHost }, at).alerts

void t.test('a domain is muted with all names below it, and no other', t => {
  const mutes = [mute({ domain: 'evil.com' })]
  t.strictSame(left(mutes, 'evil.com'), [])
  t.strictSame(left(mutes, 'a.b.evil.com'), [])
  for (const other of ['notevil.com', 'com', 'evil.com.org']) t.strictSame(left(mutes, other), alerts, other)
  t.strictSame(left([mute({ domain: 'xn--bcher-kva.de' })], 'www.bücher.de'), [], 'canonical text, too')
  t.end()
})

const clients: readonly (readonly [network: string, client: string | undefined, isMuted: boolean])[] = [
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.4', false],
  ['10.1.2.0/23', '10.1.3.9', true],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['2001:db8::/32', '2001:0DB8::7', true],
  ['fe80::/16', 'fe80::1%eth0', true],
  ['2001:db8::/32', '32.1.13.184', false],
  ['10.0.0.0/8', undefined, false],
  ['10.0.0.0/8', 'host', false],
]
for (const [muted, client, isMuted] of clients)
  void t.test(`client ${client} and ${muted}`, t => {
    t.strictSame(left([mute({ client: network(muted) })], 'a.com', client), isMuted ? [] : alerts)
    t.end()
  })

void t.test('an alert is muted whatever text stands behind it; the others stay', t => {
  t.strictSame(left([mute({ alert: 'YOUNG' })], 'a.com'), ['YOUR-FIRST-CONTACT'])
  t.end()
})

void t.test('all parts of a mute must hold', t => {
  const mutes = [mute({ domain: 'a.com', client: network('10.0.0.0/8'), alert: 'YOUNG' })]
  t.strictSame(left(mutes, 'a.com', '10.1.1.1'), ['YOUR-FIRST-CONTACT'])
  t.strictSame([left(mutes, 'b.com', '10.1.1.1'), left(mutes, 'a.com', '11.1.1.1')], [alerts, alerts])
  t.end()
})

void t.test('a mute that is over does nothing', t => {
  const mutes = [mute({ domain: 'a.com', until: now })]
  t.strictSame([left(mutes, 'a.com', undefined, now - 1), left(mutes, 'a.com')], [[], alerts])
  t.end()
})

void t.test('each mute that took an alert counts once a record', t => {
  const [wide, narrow, idle] = [
    mute({ alert: 'YOUNG' }),
    mute({ domain: 'a.com' }),
    mute({ domain: 'b.com' }),
  ]
  const { muted } = new MuteTable([wide, narrow, idle]).without(alerts, { query: 'a.com' }, now)
  t.strictSame(muted, [narrow.number], 'the narrowest domain takes all')
  const hits = new Map<number, number>()
  addHits(hits, muted)
  addHits(hits, muted)
  addHits(hits, undefined)
  t.strictSame([...hits], [[narrow.number, 2]])
  t.strictSame(new MuteTable([wide]).without([], { query: 'a.com' }, now).muted, undefined)
  t.end()
})
