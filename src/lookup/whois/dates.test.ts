import fc from 'fast-check'
import t from 'tap'
import { readWhoisDate } from './dates.js'

const midnight = '1997-09-15T00:00:00Z'
const four = '1997-09-15T04:00:00Z'

const table: [text: string, iso: string | undefined][] = [
  // ISO 8601 and its cousins; no zone is UTC
  ['1997-09-15T04:00:00Z', four],
  ['1997-09-15t04:00:00z', four],
  ['1997-09-15T04:00:00.0Z', four],
  ['1997-09-15T04:00:00.123456Z', four],
  ['1997-09-15 04:00:00', four],
  ['1997-09-15 04:00', four],
  ['1997-09-15T07:00:00+03:00', four],
  ['1997-09-15 06:00:00+02', four],
  ['1997-09-15T00:30:00-0330', four],
  ['1997-09-15 04:00:00 +0000', four],
  ['1997-09-15', midnight],
  ['1997/09/15', midnight],
  ['1997.09.15', midnight],
  ['1997.09.15 04:00:00', four],
  ['1997-9-5', '1997-09-05T00:00:00Z'],
  ['1997. 9. 15.', midnight],
  ['1997. 09. 15.', midnight],
  [' 1997-09-15 \t', midnight],
  // the day first
  ['15.09.1997', midnight],
  ['15/09/1997', midnight],
  ['15-09-1997', midnight],
  ['15.09.1997 04:00:00', four],
  ['15. 9. 1997', midnight],
  ['5.9.1997', '1997-09-05T00:00:00Z'],
  ['03/04/1997', '1997-04-03T00:00:00Z'],
  // unless the second number cannot be a month
  ['09/15/1997', midnight],
  ['13/13/1997', undefined],
  // names of months
  ['15-Sep-1997', midnight],
  ['15-sep-1997 04:00:00 UTC', four],
  ['15 September 1997', midnight],
  ['15th September 1997', midnight],
  ['15 Sept. 1997', midnight],
  ['September 15 1997', midnight],
  ['Sep 15, 1997', midnight],
  ['1997-Sep-15.', midnight],
  ['Mon Sep 15 04:00:00 GMT 1997', four],
  ['Mon Sep 15 04:00:00 1997', four],
  ['Mon, 15 Sep 1997 04:00:00 GMT', four],
  ['Monday, 15 September 1997', midnight],
  ['Mon Sep 15 1997', midnight],
  ['15-Okt-1997', undefined],
  ['15 Septober 1997', undefined],
  // all in one
  ['19970915', midnight],
  ['19970915 #12345', midnight],
  ['19970915040000', four],
  ['19970915T040000Z', four],
  ['20050104 01:30:13', '2005-01-04T01:30:13Z'],
  // zones
  ['1997/09/15 (JST)', '1997-09-14T15:00:00Z'],
  ['1997/09/15 13:00:00 (JST)', four],
  ['1997-09-15 12:00:00 (UTC+8)', four],
  ['1997-09-15 04:00:00 (GMT+0:00)', four],
  ['1997-09-15 07:00:00 MSK', four],
  ['20-Feb-2003 10:11:12 UTC', '2003-02-20T10:11:12Z'],
  ['1997-09-15 07:00:00 EAT', four],
  ['1997-09-15 05:00 WAT', four],
  ['1997-09-15 04:00:00 CLST', four],
  ['1997-09-15 04:00:00 UTC+15', undefined],
  // words behind
  ['1997-09-15.', midnight],
  ['1997-09-15 (YYYY-MM-DD)', midnight],
  ['15-09-1997 by the registrar', midnight],
  ['1997-09-15 - 2010-09-15', midnight],
  // older than
  ['before Aug-1996', '1996-08-01T00:00:00Z'],
  ['Before 2001', '2001-01-01T00:00:00Z'],
  ['before 19970915', midnight],
  ['before 1997-09-15', midnight],
  ['before 15 September 1997', midnight],
  ['prior to 1997', '1997-01-01T00:00:00Z'],
  ['antes de 15/09/1997', midnight],
  ['avant le 15/09/1997', midnight],
  ['vor dem 15.09.1997', midnight],
  // behind its author, or other words
  ['0-UANIC 19970915040000', four],
  ['hostmaster@registry.example 19970915', midnight],
  ['on 15 September 1997', midnight],
  ['since 1997-09-15', midnight],
  ['15th September 1997 at 04:00:00.000', four],
  ['changed 1997-09-15', undefined],
  ['updated on 1997-09-15', undefined],
  ['after 1997-09-15', undefined],
  ['1997', undefined],
  ['Sep-1997', undefined],
  ['a-b', undefined],
  ['a-b 1997', undefined],
  // leap years and leap seconds
  ['29.02.2016', '2016-02-29T00:00:00Z'],
  ['29.02.2015', undefined],
  ['31-Feb-1997', undefined],
  ['1997-06-31', undefined],
  ['1997-06-30 23:59:60', '1997-07-01T00:00:00Z'],
  // none
  ['15.09.97', undefined],
  ['15-Sep-97', undefined],
  ['97-09-15', undefined],
  ['1984-12-31', undefined],
  ['1970-01-01', undefined],
  ['0001-01-01', undefined],
  ['9999-12-31', undefined],
  ['1997-00-15', undefined],
  ['1997-13-32', undefined],
  ['1997-09-00', undefined],
  ['1997-09-15 24:00:00', undefined],
  ['1997-09-15 04:60:00', undefined],
  ['1997-09-15x', undefined],
  ['1997-09-155', undefined],
  ['19970915040', undefined],
  ['874296000', undefined],
  ['N/A', undefined],
  ['registered', undefined],
  ['', undefined],
]

void t.test('a date of a country registry reads as epoch milliseconds, or as none', t => {
  for (const [text, iso] of table)
    t.equal(readWhoisDate(text), iso === undefined ? undefined : Date.parse(iso), JSON.stringify(text))
  t.end()
})

void t.test('no text makes it throw, and none makes it slow', t => {
  fc.assert(
    fc.property(fc.string(), text => {
      const date = readWhoisDate(text)
      t.ok(date === undefined || Number.isInteger(date))
    }),
    { numRuns: 50 },
  )
  for (const piece of [' ', '1', '1997', '-', '. ', 'sep ', 'mon ', '1:', '(', '15-Sep-1997 '])
    t.doesNotThrow(() => readWhoisDate(piece.repeat(64 * 1024)))
  t.end()
})
