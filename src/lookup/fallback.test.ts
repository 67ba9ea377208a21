import t from 'tap'
import type { FailedReason, Lookup, Registration } from '../model/domain.js'
import { fallback, isCountryCode } from './lookup.js'

const live = (): AbortSignal => new AbortController().signal
const registered: Registration = { kind: 'registered', registered: 1, expires: undefined }
const absent: Registration = { kind: 'absent' }
const noService: Registration = { kind: 'unsupported', reason: 'no-rdap-service' }
const noEvent: Registration = { kind: 'unsupported', reason: 'no-registration-event' }
const noDate: Registration = { kind: 'unsupported', reason: 'no-registration-date' }
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })
const says =
  (answer: Registration): Lookup =>
  () =>
    Promise.resolve(answer)

void t.test('the better of both answers counts', async t => {
  const table: [first: Registration, second: Registration, wins: 'first' | 'second'][] = [
    [noService, registered, 'second'],
    [noService, absent, 'second'],
    [noService, noDate, 'second'],
    [noService, failed('timeout'), 'second'],
    [noEvent, registered, 'second'],
    [noEvent, absent, 'first'],
    [noEvent, noDate, 'first'],
    [noEvent, noService, 'first'],
    [noEvent, failed('timeout'), 'first'],
    [failed('server-error'), registered, 'second'],
    [failed('server-error'), absent, 'second'],
    [failed('server-error'), noDate, 'first'],
    [failed('server-error'), noService, 'first'],
    [failed('server-error'), failed('timeout'), 'first'],
    [failed('no-bootstrap'), registered, 'second'],
    [failed('no-bootstrap'), absent, 'second'],
    [failed('no-bootstrap'), noDate, 'second'],
    [failed('no-bootstrap'), noService, 'second'],
    [failed('no-bootstrap'), failed('timeout'), 'second'],
    [failed('no-bootstrap'), failed('rate-limited'), 'second'],
    [absent, registered, 'second'],
    [absent, failed('timeout'), 'first'],
  ]
  for (const [first, second, wins] of table) {
    const answer = await fallback(says(first), says(second), () => true)('a.io', live())
    t.equal(answer, wins === 'first' ? first : second, JSON.stringify([first, second]))
  }
})

void t.test('the second look-up is tried only where the first one needs it', async t => {
  const asked: string[] = []
  const second: Lookup = name => {
    asked.push(name)
    return Promise.resolve(registered)
  }
  const lookup = fallback(says(noService), second, (answer, name) => answer === noService && name === 'a.io')
  t.equal(await lookup('a.io', live()), registered)
  t.equal(await lookup('b.io', live()), noService)
  t.strictSame(asked, ['a.io'])
})

void t.test('an abort in either look-up rejects', async t => {
  const stops: Lookup = () => Promise.reject(new Error('stopping'))
  await t.rejects(fallback(stops, says(absent), () => true)('a.io', live()), { message: 'stopping' })
  await t.rejects(fallback(says(noService), stops, () => true)('a.io', live()), { message: 'stopping' })
})

void t.test("a country's TLD", t => {
  const table: [name: string, country: boolean][] = [
    ['a.io', true],
    ['a.co.uk', true],
    ['xn--e1afmkfd.xn--p1ai', true],
    ['a.com', false],
    ['a.museum', false],
    ['uk.com', false],
    ['', false],
  ]
  for (const [name, country] of table) t.equal(isCountryCode(name), country, name)
  t.end()
})
