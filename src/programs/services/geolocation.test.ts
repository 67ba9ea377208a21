/** Where an address is, by a database that the test writes. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { commandsOf } from '../testing/commands.js'
import { type MmdbValue, mmdbOf } from '../testing/mmdb.js'

const country = (iso_code: string, en: string): MmdbValue => ({ iso_code, names: { de: '-', en } })

const city = {
  '192.0.2.0/24': {
    ...{ continent: { code: 'EU' }, country: country('NL', 'Netherlands'), city: { names: { en: 'Delft' } } },
    location: { latitude: 52.01, longitude: 4.36, accuracy_radius: 20 },
  },
  '198.51.100.0/25': { registered_country: country('US', 'United States'), traits: { is_anycast: true } },
  '2001:db8::/32': { country: country('JP', 'Japan') },
  '203.0.113.7/32': { country: 'wrong', city: ['wrong'], names: {} },
}

const open = async (t: Test, bytes: Buffer, more: object = {}) => {
  const dir = t.testdir()
  const file = join(dir, 'city.mmdb')
  writeFileSync(file, bytes)
  const commands = await commandsOf(
    t,
    { geo: { preset: 'geolocation', file: 'city.mmdb', ...more } },
    { dir },
  )
  return { ...commands, file }
}

void t.test('country, city and place of an address', async t => {
  const { answer, ask, stats } = await open(t, mmdbOf(city))
  const of = async (value: string) => (await answer('geo', value)).result
  t.strictSame(await of('192.0.2.77'), {
    ...{ continent: 'EU', country: 'NL', country_name: 'Netherlands', city: 'Delft' },
    ...{ latitude: 52.01, longitude: 4.36 },
  })
  t.strictSame(await of('198.51.100.1'), { country: 'US', country_name: 'United States' })
  t.strictSame(await of('198.51.100.128'), null, 'the other half of the network')
  t.strictSame(await of('2001:DB8::1'), { country: 'JP', country_name: 'Japan' })
  t.strictSame(await of('::ffff:192.0.2.77'), await of('192.0.2.77'))
  t.strictSame(await of('203.0.113.7'), null, 'a database of another shape')
  t.strictSame(await of('8.8.8.8'), null)
  const { exit, error, ms } = await answer('geo', '192.0.2.1')
  t.same([exit, error], [undefined, undefined])
  t.ok(Number.isInteger(ms))
  t.match(await ask('geo', 'a.com'), { kind: 'refused', reason: 'bad-value', why: 'it is no address' })
  t.match(stats('geo'), { runs: 9, cached: 0, refused: 1, cache: { answers: 0 } })
})

void t.test('whose network it is, in a database of IPv4', async t => {
  const asn = { autonomous_system_number: 64_500, autonomous_system_organization: 'Example\u001b[31m' }
  const { answer } = await open(t, mmdbOf({ '192.0.0.0/16': asn }, 4), { keep_hours: 1 })
  const wanted = { asn: 64_500, as_org: 'Example\\u{1b}[31m' }
  t.match(await answer('geo', '192.0.2.1'), { result: wanted, cached: false })
  t.match(await answer('geo', '192.0.2.1'), { result: wanted, cached: true })
  t.strictSame((await answer('geo', 'c000:201::')).result, null, 'the same bits, of IPv6')
})

void t.test('1,000 addresses are answered together', async t => {
  const { answer } = await open(t, mmdbOf(city))
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => answer('geo', `192.0.${2 + (i >> 8)}.${i & 255}`)),
  )
  t.equal(answers.filter(({ result }) => result !== null).length, 256)
})

void t.test('a file that has changed is read again', async t => {
  const { answer, file } = await open(t, mmdbOf(city))
  t.match((await answer('geo', '192.0.2.1')).result, { country: 'NL' })
  writeFileSync(`${file}.new`, mmdbOf({ '192.0.2.0/24': { country: country('BE', 'Belgium') } }))
  renameSync(`${file}.new`, file)
  t.match((await answer('geo', '192.0.2.1')).result, { country: 'BE' })
})

void t.test('a file that is missing or damaged is named', async t => {
  const { ask, file, stats } = await open(t, mmdbOf(city))
  const refused = (why: RegExp) => ({ kind: 'refused', reason: 'not-started', why })
  const whole = mmdbOf(city)
  const damaged: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.alloc(0), /^file: .*city\.mmdb is no database in the MMDB format/],
    [Buffer.from('GEOIP, but not this format'), /is no database in the MMDB format/],
    [whole.subarray(0, -200), /is no database in the MMDB format/],
    [whole.subarray(0, -20), /is damaged/],
    // The tree is gone, and what it points to.
    [whole.subarray(-250), /is damaged/],
    [
      Buffer.concat([whole.subarray(0, 300), Buffer.alloc(whole.length - 600, 0xff), whole.subarray(-300)]),
      /is damaged/,
    ],
  ]
  for (const [bytes, why] of damaged) {
    writeFileSync(file, bytes)
    t.match(await ask('geo', '192.0.2.1'), refused(why), String(why))
  }
  rmSync(file)
  t.match(await ask('geo', '192.0.2.1'), refused(/^file: .*city\.mmdb is not there$/))
  t.match(stats('geo'), { runs: 0, failed: damaged.length + 1, cache: { answers: 0 } })
  writeFileSync(file, whole)
  t.match(await ask('geo', '192.0.2.1'), { kind: 'answered' })
})
