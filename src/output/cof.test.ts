import t from 'tap'
import type { StoredTuple } from '../model/passive.js'
import { cofLine } from './cof.js'

const tuple: StoredTuple = {
  ...{ rrname: 'www.example.com', rrtype: 'A', rdata: '192.0.2.7', count: 3 },
  ...{ first: 1_795_248_000_900, last: 1_795_248_060_100 },
  ...{ ttlMin: 60, ttlMax: 60, ttlLast: 60, sensor: '' },
}

void t.test('a row as the draft has it', t => {
  t.equal(
    cofLine(tuple),
    '{"rrname":"www.example.com","rrtype":"A","rdata":"192.0.2.7","time_first":1795248000,"time_last":1795248060,"count":3}\n',
  )
  t.match(JSON.parse(cofLine({ ...tuple, sensor: 'dmz' }, 'https://pdns.example.org')), {
    sensor_id: 'dmz',
    origin: 'https://pdns.example.org',
  })
  t.end()
})

void t.test('a type without a mnemonic is a number', t => {
  t.match(JSON.parse(cofLine({ ...tuple, rrtype: 'TYPE65280', rdata: '\\# 1 00' })), { rrtype: 65280 })
  t.end()
})

void t.test('hostile data is one line of printable characters, and comes back as it was', t => {
  const hostile = [
    '"a\nb\r\0\x1b[31m\x9b"',
    '\u202eevil\u2066',
    '\u2028\u2029',
    '\ud800',
    `"${'x'.repeat(65_536)}"`,
    '\\x1b\\"',
    '\u{10ffff}\u00ad',
  ]
  for (const rdata of hostile) {
    const line = cofLine({ ...tuple, rrtype: 'TXT', rdata })
    t.match(line, /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]*\n$/u)
    t.match(JSON.parse(line), { rdata })
  }
  t.end()
})
