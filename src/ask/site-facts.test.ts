/** Which questions the site can be asked, and how its facts are gathered. */
import t from 'tap'
import { siteFactsWaitMs, siteNamesAtOnce, siteRowsMax } from '../limits.js'
import type { SharedFacts } from '../shared/facts.js'
import { openLocalFacts } from '../shared/local-facts.js'
import { factOf } from '../shared/testing/facts.js'
import { handClock } from '../testing/hand-clock.js'
import { readQuestion } from '../transfer/pdns-question.js'
import { siteFactsBy, siteQuestionOf } from './site-facts.js'

const never = new AbortController().signal

const asked = async (text: string) => {
  const question = await readQuestion(text)
  return typeof question === 'string' ? question : siteQuestionOf(question)
}

const ask = async (facts: SharedFacts, text: string, clock = handClock(0)) => {
  const question = await asked(text)
  if (typeof question === 'string') throw new Error(question)
  const { rows, ...how } = await siteFactsBy(facts, clock)(question, never)
  return { rows: rows.map(({ rrname, rrtype, rdata }) => `${rrname} ${rrtype} ${rdata}`).sort(), ...how }
}

void t.test('a name or an address can be asked for, and nothing else', async t => {
  t.same(await asked('mail.example.com'), { names: ['mail.example.com'], targets: ['mail.example.com'] })
  t.same(await asked('192.0.2.7'), { names: [], targets: ['192.0.2.7'] })
  t.same(await asked('2001:DB8:0::7'), { names: [], targets: ['2001:db8::7'] })
  for (const text of ['*.example.com', 'example.*', '*word*', '/x/', '192.0.2.0/24', '192.0.2.1-192.0.2.2'])
    t.match(await asked(text), /by one name or one address/, text)
})

const site = async (): Promise<SharedFacts> => {
  const facts = openLocalFacts()
  const to = (rrname: string, rrtype: string, rdata: string, target: string) =>
    factOf(rrname, rdata, 1, { rrtype, target })
  await facts.push([
    factOf('mail.example.com', '192.0.2.7', 1),
    to('example.com', 'MX', '10 mail.example.com', 'mail.example.com'),
    to('self.example.com', 'CNAME', 'self.example.com', 'self.example.com'),
    // Somebody who can write to the store may have put a name among those of a target to which it does not point.
    to('example.com', 'NAPTR', 'x mail.example.com', 'mail.example.com'),
    to('other.example.com', 'A', '192.0.2.8', '192.0.2.7'),
  ])
  return facts
}

void t.test('the facts of a name, those that point to it, and those of an address', async t => {
  const facts = await site()
  const whole = { isWhole: true, isCut: false, isFull: false }
  t.same(await ask(facts, 'mail.example.com'), {
    ...whole,
    rows: ['example.com MX 10 mail.example.com', 'mail.example.com A 192.0.2.7'],
  })
  t.same(await ask(facts, '192.0.2.7'), { ...whole, rows: ['mail.example.com A 192.0.2.7'] })
  t.same(await ask(facts, 'self.example.com'), { ...whole, rows: ['self.example.com CNAME self.example.com'] }, 'once') // prettier-ignore
  t.same(await ask(facts, 'nobody.example'), { ...whole, rows: [] })
})

void t.test('an answer without all rows says so, and comes in time', async t => {
  const facts = await site()
  const [noNames, noFacts]: SharedFacts[] = [
    { ...facts, namesOf: () => Promise.resolve(undefined) },
    { ...facts, ofNames: names => Promise.resolve(names.map(() => undefined)) },
  ]
  t.match(await ask(noNames ?? facts, 'mail.example.com'), { isWhole: false, rows: ['mail.example.com A 192.0.2.7'] }) // prettier-ignore
  t.match(await ask(noFacts ?? facts, '192.0.2.7'), { isWhole: false, rows: [] })
  const clock = handClock(0)
  const foreign: SharedFacts = {
    ...facts,
    ofNames: async (names, ...rest) => {
      const answers = await facts.ofNames(names, ...rest)
      return names.map((name, at) => (name === '0.com' ? undefined : answers[at]))
    },
  }
  const count = 3 * siteNamesAtOnce
  await facts.push(Array.from({ length: count }, (_, at) => factOf(`${at}.com`, '192.0.2.9', 1)))
  t.match(await ask(foreign, '192.0.2.9'), { isWhole: false, rows: { length: count - 1 } }, 'all others come')
  let asked = 0
  const leaving: SharedFacts = {
    ...foreign,
    isAway: () => asked > 1,
    ofNames: (...of) => ((asked += 1), facts.ofNames(...of)),
  }
  t.match(
    await ask(leaving, '192.0.2.9'),
    { isWhole: false, rows: { length: siteNamesAtOnce } },
    'it went away',
  )
  const silent: SharedFacts = {
    ...facts,
    namesOf: (_, signal) =>
      new Promise(done => signal.addEventListener('abort', () => done(undefined), { once: true })),
  }
  const answer = ask(silent, '192.0.2.7', clock)
  await new Promise(setImmediate)
  clock.pass(siteFactsWaitMs)
  t.match(await answer, { isWhole: false, rows: [] })
})

void t.test('an address of very many names: so many rows, and that there are more', async t => {
  const facts = openLocalFacts()
  await facts.push(Array.from({ length: siteRowsMax + 150 }, (_, at) => factOf(`${at}.com`, '192.0.2.7', 1)))
  t.match(await ask(facts, '192.0.2.7'), { isWhole: true, isCut: true, rows: { length: siteRowsMax } })
})

void t.test('a name or an address of which the site has no room for more', async t => {
  const facts = await site()
  const full: SharedFacts = {
    ...facts,
    ofNames: async (...of) =>
      (await facts.ofNames(...of)).map(
        answer => answer && { ...answer, isFull: of[0].includes('mail.example.com') },
      ),
  }
  t.match(await ask(full, 'mail.example.com'), { isFull: true, isWhole: true, rows: { length: 2 } })
  t.match(await ask(full, '192.0.2.7'), { isFull: true })
  t.match(await ask(full, 'self.example.com'), { isFull: false })
  const crowded: SharedFacts = {
    ...facts,
    namesOf: async (...of) => {
      const answer = await facts.namesOf(...of)
      return answer && { ...answer, isFull: true }
    },
  }
  t.match(await ask(crowded, '192.0.2.7'), { isFull: true, rows: { length: 1 } })
})
