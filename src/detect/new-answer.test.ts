/** NEW-ANSWER: which networks are noted of a domain, and which are alerted. */
import t from 'tap'
import { answerNetworksMax } from '../limits.js'
import { day, now, registered } from '../testing/pipeline-kit.js'
import { NotedAnswers, type AnswerNetworks, type NewAnswerRule } from './new-answer.js'

const plain: NewAnswerRule = { newAnswerMs: 7 * day, establishedDays: 730, learningUntil: 0 }
const old: AnswerNetworks = { since: now - 30 * day, networks: ['192.0.2.0/24'] }
const asked = { domain: 'a.com', registrable: 'a.com', ts: now }

/** Notes answers one after the other. Returns what was alerted, and what is stored. */
const note = (
  texts: readonly string[],
  {
    stored = old,
    known = registered(),
    rule = {},
    at = asked,
  }: {
    readonly stored?: AnswerNetworks | undefined
    readonly known?: ReturnType<typeof registered> | undefined
    readonly rule?: Partial<NewAnswerRule>
    readonly at?: typeof asked
  } = {},
) => {
  const noted = new NotedAnswers(
    domain => (domain === 'a.com' && stored.since > 0 ? stored : undefined),
    { ...plain, ...rule },
    now,
  )
  const alerted = texts.flatMap(text => noted.note({ ...at, answers: { first: [text], count: 1 } }, known))
  return { alerted, stored: noted.changed.get(at.domain) }
}

const nothing: AnswerNetworks = { since: 0, networks: [] }

void t.test('an address in a new network is alerted once', t => {
  const { alerted, stored } = note(['192.0.2.9', '198.51.100.4', '198.51.100.5', '::ffff:198.51.100.6'])
  t.same(alerted, ['198.51.100.0/24'])
  t.same(stored, { since: old.since, networks: ['192.0.2.0/24', '198.51.100.0/24'] })
  t.end()
})

void t.test('networks of IPv6 have 48 bits', t => {
  t.same(note(['2001:db8:7:1::1', '2001:db8:7:2::1', '2001:db8:8::']).alerted, [
    '2001:db8:7::/48',
    '2001:db8:8::/48',
  ])
  t.end()
})

void t.test('names and other data in an answer are no networks', t => {
  t.same(note(['edge.example.net', 'v=spf1 ip4:198.51.100.4', '1.2.3']), { alerted: [], stored: undefined })
  t.end()
})

void t.test('nothing is alerted before a domain was noted long enough, but it is noted', t => {
  const young = { since: now - 6 * day, networks: ['192.0.2.0/24'] }
  t.same(note(['198.51.100.4'], { stored: young }), {
    alerted: [],
    stored: { since: young.since, networks: ['192.0.2.0/24', '198.51.100.0/24'] },
  })
  t.same(note(['198.51.100.4'], { stored: nothing }), {
    alerted: [],
    stored: { since: now, networks: ['198.51.100.0/24'] },
  })
  t.same(note(['198.51.100.4'], { rule: { learningUntil: now + 1 } }).alerted, [], 'in the learning time')
  t.end()
})

void t.test('an older event moves the beginning back', t => {
  const at = { ...asked, ts: now - 40 * day }
  t.same(note(['192.0.2.9'], { at }).stored, { since: at.ts, networks: old.networks })
  t.end()
})

void t.test('only established domains are noted, and none below the suffix of a hoster', t => {
  const quiet = { alerted: [], stored: undefined }
  t.same(note(['198.51.100.4'], { known: registered(700) }), quiet, 'young')
  const absent = { ...registered(), registration: { kind: 'absent' } as const }
  t.same(note(['198.51.100.4'], { known: absent }), quiet, 'not registered')
  t.same(note(['198.51.100.4'], { at: { ...asked, registrable: 'com' } }), quiet, 'hosted')
  t.same(note(['198.51.100.4'], { rule: { newAnswerMs: undefined } }), quiet, 'switched off')
  t.end()
})

void t.test('a content network is alerted up to the limit, and no more after it', t => {
  const texts = Array.from({ length: 2 * answerNetworksMax }, (_, i) => `10.0.${i}.1`)
  const { alerted, stored } = note(texts)
  t.equal(alerted.length, answerNetworksMax - 1)
  t.equal(stored?.networks.length, answerNetworksMax)
  t.end()
})
