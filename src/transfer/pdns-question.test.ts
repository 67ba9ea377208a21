import t from 'tap'
import { addressText } from '../names/address.js'
import { readQuestion } from './pdns-question.js'

const shown = async (text: string): Promise<string> => {
  const question = await readQuestion(text)
  if (typeof question === 'string') return `! ${question}`
  switch (question.kind) {
    case 'name':
    case 'below':
      return `${question.kind} ${question.names.join(' ')}`
    case 'starts':
    case 'contains':
      return `${question.kind} ${question.text}`
    case 'matches':
    case 'targets':
      return question.kind
    case 'addresses':
      return question.ranges.map(({ from, to }) => `${addressText(from)} ${addressText(to)}`).join()
  }
}

const questions: readonly (readonly [text: string, question: string])[] = [
  ['www.example.com', 'name www.example.com'],
  ['WWW.Example.COM.', 'name www.example.com'],
  ['evil[.]com', 'name evil.com'],
  ['hxxps://evil.com/x?y', 'name evil.com'],
  ['_sip._udp.example.com', 'name _sip._udp.example.com'],
  ['münchen.de', 'name xn--mnchen-3ya.de münchen.de'],
  ['xn--mnchen-3ya.de', 'name xn--mnchen-3ya.de münchen.de'],
  ['*.example.com', 'below example.com'],
  ['*.Evil[.]com', 'below evil.com'],
  ['*.com', 'below com'],
  ['example.*', 'starts example.'],
  ['exam*', 'starts exam'],
  ['*Word*', 'contains word'],
  ['**word**', 'contains word'],
  ['*word', 'matches'],
  ['a*b.com', 'matches'],
  ['/^www[0-9]/', 'matches'],
  ['192.0.2.7', '192.0.2.7 192.0.2.7'],
  ['192.0.2[.]7', '192.0.2.7 192.0.2.7'],
  ['192.0.2.7/24', '192.0.2.0 192.0.2.255'],
  ['2001:db8::/32', '2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['192.0.2.1-192.0.2.9', '192.0.2.1 192.0.2.9'],
]

void t.test('what people write is what they mean', async t => {
  for (const [text, question] of questions) t.equal(await shown(text), question, text)
})

const refused: readonly (readonly [text: string, why: RegExp])[] = [
  ['', /it is empty/],
  ['*', /every name: give a part of a name/],
  ['***', /every name/],
  ['192.0.2.0/33', /from \/0 to \/32/],
  ['192.0.2.9-192.0.2.1', /begins with its lower address/],
  ['/(?=a)/', /look-around/],
  ['/[/', /missing closing/],
  ['/(?:a{1000}){1000}/', /invalid repeat count/],
  ['a.com b.com', /several names/],
  ['a..com', /empty label|could not hold/],
  ['x'.repeat(2_000), /more than 1024 characters/],
]

void t.test('what cannot be asked for is refused, with the remedy', async t => {
  for (const [text, why] of refused) {
    const question = await readQuestion(text)
    t.match(typeof question === 'string' ? question : 'taken', why, text.slice(0, 40))
  }
})

void t.test('an expression that other engines never finish takes no longer', async t => {
  const question = await readQuestion('/^(a+)+$/')
  if (typeof question === 'string' || question.kind !== 'matches') return t.fail('not an expression')
  t.equal(question.matches(`${'a'.repeat(250)}!`), false)
  t.equal(question.matches('a'.repeat(250)), true)
})

void t.test('stars stand for any characters', async t => {
  const matching = async (text: string, name: string) => {
    const question = await readQuestion(text)
    return typeof question === 'object' && question.kind === 'matches' && question.matches(name)
  }
  t.equal(await matching('*login', 'a.login'), true)
  t.equal(await matching('*login', 'login.a'), false)
  t.equal(await matching('a*b*c', 'a.xb.c'), true)
  t.equal(await matching('a*b*c', 'a.c.b'), false)
})
