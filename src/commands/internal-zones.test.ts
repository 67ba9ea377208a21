/** Zones that look like the site's own. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { createReducer } from '../names/psl.js'
import { testIo } from '../testing/io.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { runCommandLine } from './command-line.js'
import { zonesIn } from './internal-zones.js'

const never = new AbortController().signal
const tsv =
  '#separator \\x09\n#fields\tts\tuid\tquery\n1700000000.0\tC1\t_kerberos._tcp.dc._msdcs.tsv.ours.com\n'
const eve = (rrname: string) =>
  `${JSON.stringify({ timestamp: '2026-11-21T08:00:00.000000+0000', event_type: 'dns', dns: { type: 'query', id: 1, rrname, rrtype: 'SRV' } })}\n`

const find = async (t: Test, files: Record<string, string | Buffer>, ...own: readonly string[]) => {
  const dir = t.testdir(files)
  const inputs = Object.keys(files).map(name => ({
    ...{ path: join(dir, name), format: 'auto' as const, sensor: undefined, start: 'end' as const },
  }))
  return (await zonesIn(inputs, createReducer([], own), never)).map(({ zone }) => zone)
}

void t.test(
  'a domain of Active Directory is found in each format, packed or not, and in any case',
  async t => {
    t.strictSame(
      (
        await find(t, {
          'dns.log': tsv,
          'dns.json.log': zeekLines(['_ldap._tcp.dc._MSDCS.Json.ours.com', '_msdcs.of-the-zone.com']),
          'eve.json': eve('0a1b._msdcs.forest.com'),
          'dns.log.1.gz': gzipSync(zeekLines(['_ldap._tcp.gc._msdcs.packed.com'])),
          'broken.gz': gzipSync(zeekLines(['_ldap._tcp.gc._msdcs.cut.com'])).subarray(0, 20),
          'no.log': '\0\0\0',
        })
      ).sort(),
      ['forest.com', 'json.ours.com', 'of-the-zone.com', 'packed.com', 'tsv.ours.com'],
    )
  },
)

void t.test(
  'what never leaves, what is yours already and what lies below another is not proposed',
  async t => {
    const names = [
      'corp.local',
      'lan',
      'yours.com',
      'a.yours.com',
      'ours.com',
      'eu.ours.com',
      'ours.com.ours.com',
    ]
    const queries = [...names, 'no suffix'].map(zone => `_ldap._tcp.dc._msdcs.${zone}`)
    t.strictSame(await find(t, { 'dns.log': zeekLines([...queries, 'x_msdcs.z.com']) }, 'yours.com'), [
      'ours.com',
    ])
  },
)

void t.test(
  'a zone whose answers are all private addresses is proposed, from the highest level that has no other',
  async t => {
    const line = (query: string, ...answers: readonly string[]) =>
      `${JSON.stringify({ _path: 'dns', ts: 1.7e9, uid: 'C1', query, answers })}\n`
    const some = (zone: string, address: string, count = 5) =>
      Array.from({ length: count }, (_, n) => line(`m${n}.${zone}`, address)).join('')
    const log =
      some('corp.public.com', '10.0.0.7') +
      line('www.public.com', '192.0.2.1') +
      some('lab.site.org', '192.168.1.2', 3) +
      some('plant.site.org', 'fd00::1', 3) +
      some('few.com', '10.0.0.7', 4) +
      some('blocked.com', '0.0.0.0') +
      some('blocked.net', '127.0.0.1') +
      some('mixed.com', '10.0.0.7') +
      line('m.mixed.com', '10.0.0.7', '192.0.2.1') +
      some('names.com', 'edge.net')
    t.strictSame((await find(t, { 'dns.log': log })).sort(), ['corp.public.com', 'site.org'])
  },
)

void t.test(
  'a public suffix is refused as an internal zone: all names below it would be skipped',
  async t => {
    const data = t.testdir({ 'domainstats.yaml': 'internal_zones: [ours.com, CO.UK]\n' })
    const io = testIo()
    t.equal(await runCommandLine(['check', '--data', data], io), 1)
    t.match(io.err(), 'internal_zones: anybody may have a name below')
  },
)

void t.test('of a log full of invented zones some are proposed', async t => {
  const names = Array.from({ length: 5_000 }, (_, i) => `_ldap._tcp.dc._msdcs.z${i}.com`)
  t.equal((await find(t, { 'dns.log': zeekLines(names) })).length, 10)
})

void t.test('check proposes them, in words that can be copied, and takes none', async t => {
  const data = t.testdir({
    'domainstats.yaml': 'inputs: [{path: dns.log}]\ninternal_zones: [a.com]\n',
    'dns.log': zeekLines(['_ldap._tcp.dc._msdcs.corp.ours.com']),
  })
  const io = testIo()
  t.equal(await runCommandLine(['check', '--data', data], io), 0)
  t.match(io.out(), '    corp.ours.com: 1 question for its domain controllers\n')
  const words = /--set '(.*)'\n/.exec(io.out())?.[1] ?? ''
  t.equal(words, 'internal_zones=[a.com, corp.ours.com]')
  t.equal(await runCommandLine(['settings', data, '--set', words], testIo()), 0)
  const after = testIo()
  t.equal(await runCommandLine(['check', '--data', data], after), 0)
  t.notMatch(after.out(), 'corp.ours.com: ')
})
