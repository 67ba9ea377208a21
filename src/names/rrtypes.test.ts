import t from 'tap'
import { rrtypeOf } from './rrtypes.js'

void t.test('a type from what sensors write', t => {
  const cases: readonly (readonly [written: string, type: string | undefined])[] = [
    ['A', 'A'],
    ['aaaa', 'AAAA'],
    ['1', 'A'],
    ['30', 'NXT'],
    ['64', 'SVCB'], // Suricata 7
    ['257', 'CAA'],
    ['TYPE65', 'HTTPS'],
    ['query-65280', 'TYPE65280'], // Zeek
    ['65280', 'TYPE65280'],
    ['0', 'TYPE0'],
    ['65536', undefined],
    ['CDSNKEY', 'CDNSKEY'], // Suricata
    ['*', 'ANY'], // Zeek
    ['NEWTYPE', 'NEWTYPE'],
    ['constructor', 'CONSTRUCTOR'],
    ['', undefined],
    ['A B', undefined],
    ['\u001b[2J', undefined],
    ['A'.repeat(17), undefined],
  ]
  for (const [written, type] of cases) t.equal(rrtypeOf(written), type, written)
  t.end()
})
