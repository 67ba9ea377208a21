/** An answer of a megabyte may hold half a million mistakes: reading it takes little time and memory, and never throws. */
import { cpuUsage } from 'node:process'
import t from 'tap'
import { responseBytesMax } from '../limits.js'
import { readConfig } from './isc/responses.js'
import { readAnswer, parseJson } from './rdap/response.js'
import { readServices } from './rdap/services.js'

/** As many as fit. */
const list = (item: string): string => {
  const room = Math.floor((responseBytesMax - 100) / (item.length + 1))
  return `[${`${item},`.repeat(room - 1)}${item}]`
}
const read = (text: string) => readAnswer(parseJson(text), 'a.com', Date.UTC(2026, 1))

const texts: readonly (readonly [
  what: string,
  text: string,
  read: (text: string) => unknown,
  said: unknown,
])[] = [
  ['events', `{"objectClassName":"domain","events":${list('1')}}`, read, { reason: 'no-registration-event' }],
  [
    'empty events',
    `{"objectClassName":"domain","events":${list('{}')}}`,
    read,
    { reason: 'no-registration-event' },
  ],
  ['notices', `{"notices":${list('1')}}`, read, { reason: 'malformed-answer' }],
  ['words of a notice', `{"notices":[{"description":${list('1')}}]}`, read, { reason: 'malformed-answer' }],
  ['services', `{"services":${list('1')}}`, readServices, undefined],
  ['URLs of a service', `{"services":[[["com"],${list('1')}]]}`, readServices, undefined],
  ['TLDs of the ISC', `{"prohibited_tlds":${list('1')}}`, text => readConfig(parseJson(text)), undefined],
]

void t.test('answers with half a million mistakes are read quickly and without much memory', t => {
  for (const [what, text, read, said] of texts) {
    const before = cpuUsage()
    const answer = read(text)
    const { user, system } = cpuUsage(before)
    if (said === undefined) t.equal(answer, said, what)
    else t.match(answer, said, what)
    t.ok(user + system < 1_000_000, `${what}: ${Math.round((user + system) / 1000)} ms`)
  }
  t.end()
})
