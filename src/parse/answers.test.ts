import t from 'tap'
import { answerCharsMax } from '../limits.js'
import { answersOf, eveAnswers, tsvTexts } from './answers.js'

void t.test('the answers of an EVE message', t => {
  const a = (rdata: string) => ({ rrname: 'a.com', rrtype: 'A', ttl: 9, rdata })
  const cases: [string, object, object | undefined][] = [
    [
      'version 2 and 3',
      { answers: [a('192.0.2.1'), a('192.0.2.2')] },
      { first: ['192.0.2.1', '192.0.2.2'], count: 2 },
    ],
    [
      'the first four, and how many there are',
      { answers: ['1', '2', '3', '4', '5', '6'].map(a) },
      { first: ['1', '2', '3', '4'], count: 6 },
    ],
    [
      'a type that Suricata gives no text counts',
      { answers: [{ rrtype: 'HTTPS', rrname: 'a.com' }, a('192.0.2.1')] },
      { first: ['192.0.2.1'], count: 2 },
    ],
    [
      'a service',
      { answers: [{ rrtype: 'SRV', srv: { priority: 1, port: 5060, name: 'sip.a.com' } }] },
      { first: ['sip.a.com'], count: 1 },
    ],
    [
      'grouped alone',
      { grouped: { CNAME: ['edge.net'], A: ['192.0.2.1'], SRV: [{ name: 'sip.a.com' }] } },
      { first: ['edge.net', '192.0.2.1', 'sip.a.com'], count: 3 },
    ],
    [
      'both: the list',
      { answers: [a('192.0.2.1')], grouped: { A: ['192.0.2.1'] } },
      { first: ['192.0.2.1'], count: 1 },
    ],
    ['version 1', { type: 'answer', rdata: '192.0.2.1' }, { first: ['192.0.2.1'], count: 1 }],
    ['nothing', { answers: [] }, undefined],
    ['no answer is an object of its own kind', { answers: 'all' }, undefined],
    ['hostile types', { answers: [null, 7, {}, { rdata: 7 }, { srv: [] }] }, { first: [], count: 5 }],
  ]
  for (const [what, message, expected] of cases)
    t.strictSame(eveAnswers(message as Record<string, unknown>), expected, what)
  t.end()
})

void t.test('the answers of a Zeek record', t => {
  t.strictSame(answersOf(['edge.net', '192.0.2.1']), { first: ['edge.net', '192.0.2.1'], count: 2 })
  t.strictSame(answersOf([undefined, '']), { first: [], count: 2 })
  t.equal(answersOf([]), undefined)
  t.strictSame(tsvTexts('edge.net,192.0.2.1', ','), ['edge.net', '192.0.2.1'])
  t.strictSame(tsvTexts('TXT 5 a\\x2cb\\xff,\\xc3\\xa4;x', ','), ['TXT 5 a,b\\xff', 'ä;x'])
  t.strictSame(tsvTexts('a.com;b.com', ';'), ['a.com', 'b.com'])
  t.strictSame(tsvTexts(undefined, ','), [])
  t.strictSame(tsvTexts('', ','), [])
  t.end()
})

void t.test('an answer of any length is cut, and not in the midst of a character', t => {
  const found = eveAnswers({ answers: [{ rdata: `${'x'.repeat(answerCharsMax - 1)}\u{1f600}yyy` }] })
  t.strictSame(found, { first: ['x'.repeat(answerCharsMax - 1)], count: 1 })
  t.end()
})
