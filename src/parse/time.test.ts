import fc from 'fast-check'
import t from 'tap'
import { sensorTime } from './json.js'

void t.test('the times that sensors write', t => {
  const table: [unknown, number][] = [
    ['1521911720.865716', 1521911720865.716],
    [1504226060.051483, 1504226060051.483],
    ['1521911720', 1521911720000],
    [1504226060051, 1504226060051], // TS_MILLIS
    ['1504226060051', 1504226060051],
    [-1.5, -1500],
    [0, 0],
    ['2018-03-24T17:15:20.865716Z', 1521911720865.716],
    ['2018-03-24T17:15:20Z', 1521911720000],
    ['2018-03-24 17:15:20.8', 1521911720800], // no zone: UTC
    ['2018-03-24T17:15:20.865716999Z', 1521911720865.716],
    ['2023-03-08T22:05:16.231213+0000', 1678313116231.213], // Suricata: no colon
    ['2011-08-12T14:55:22.154618+0200', 1313153722154.618],
    ['2011-08-12T14:55:22.154618+02:00', 1313153722154.618],
    ['2011-08-12T07:25:22.154618-0530', 1313153722154.618],
    ['2011-08-12T14:55:22.154618+02', 1313153722154.618],
  ]
  for (const [value, expected] of table) t.equal(sensorTime(value), expected, String(value))
  t.end()
})

void t.test('a value that is not a time is NaN', t => {
  const table: unknown[] = [
    ...['XXXXXXXXXX.XXXXXX', '-', '', '2018-13-01T00:00:00Z', '2018-03-24', '0x10', '1e9', 'Infinity', ' 1'],
    ...[undefined, null, true, {}, [], NaN, Infinity, 1e300, '9'.repeat(400)],
  ]
  for (const value of table) t.ok(Number.isNaN(sensorTime(value)), String(value))
  t.end()
})

void t.test('one instant is one number in every format', t => {
  const micros = fc
    .integer({ min: 946684800, max: 4102444800 })
    .chain(s =>
      fc
        .integer({ min: 0, max: 999_999 })
        .map(fraction => ({ s, fraction: fraction.toString().padStart(6, '0') })),
    )
  fc.assert(
    fc.property(micros, ({ s, fraction }) => {
      const iso = `${new Date(s * 1000).toISOString().slice(0, 19)}.${fraction}Z`
      const found = sensorTime(iso)
      return found === sensorTime(`${s}.${fraction}`) && found === sensorTime(Number(`${s}.${fraction}`))
    }),
  )
  t.end()
})
