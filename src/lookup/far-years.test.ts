/** A date whose offset leads out of the years 0 to 9999 is no date. */
import t from 'tap'
import { hasPlainYear, readRdapDate } from './rdap/response.js'

void t.test('the first and the last time that a record can hold are read, and none beyond', t => {
  t.equal(readRdapDate('9999-12-31T23:59:59.999Z'), Date.parse('9999-12-31T23:59:59.999Z'))
  t.equal(readRdapDate('0000-01-01T00:00:00Z'), Date.parse('0000-01-01T00:00:00Z'))
  for (const text of ['9999-12-31T23:59:60Z', '9999-12-31T23:00:00-12:00', '0000-01-01T00:00:00+01:00'])
    t.equal(readRdapDate(text), undefined, text)
  for (const ms of [NaN, Infinity, -Infinity, 8.64e15, 1e300]) t.notOk(hasPlainYear(ms), String(ms))
  t.end()
})
